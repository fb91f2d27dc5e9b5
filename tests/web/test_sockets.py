"""Hints over a real websocket, from a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import redis
import socketio

from console import clock, db, live
from console.cli import children
from console.config import Settings
from console.people import login
from console.people.models import Person
from console.web import logins
from tests.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    port: int
    process: subprocess.Popen[bytes]


@dataclass
class Browser:
    """A socket, and what it has heard."""

    client: socketio.Client
    hints: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, server: Server, token: str | None) -> Browser:
        client = socketio.Client(reconnection=False, request_timeout=30)
        browser = cls(client)
        client.on("hint", browser.hints.append)
        cookie = {} if token is None else {"Cookie": f"{logins.COOKIE}={token}"}
        url = f"http://127.0.0.1:{server.port}"
        client.connect(url, headers=cookie, transports=["websocket"], wait_timeout=10)
        return browser

    def watch(self, slug: object) -> list[str]:
        """An event's board; what it is sent comes into the list."""
        bodies: list[str] = []
        self.client.on("part", lambda part: bodies.append(part["body"]))
        self.client.emit("watch", slug)
        return bodies


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    """The file's one, once it is started."""
    started: list[Server] = []
    yield started
    for one in started:
        one.process.terminate()
        one.process.wait(20)


@pytest.fixture
def server(
    database: Settings, servers: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """The console as an installation runs it. It stays for the file's other tests, whose database
    is the same and emptied: starting it takes longer than any of them."""
    if not servers:
        servers.append(_start(database, tmp_path_factory.mktemp("web")))
    return servers[0]


def _start(settings: Settings, folder: Path) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = (settings.database_url or "").replace("postgresql+psycopg", "postgresql")
    environment = os.environ | {
        "BUDKAVLE_HOME": str(folder / "home"),
        "DATABASE_URL": address,
        "REDIS_URL": settings.redis_url or "",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            children.web(replace(settings, port=port)).argv, cwd=ROOT, env=environment, stderr=log
        )
    _wait(lambda: _answers(port), 30)
    return Server(port, process)


def test_a_change_is_hinted_at_to_those_who_listen_to_its_event(
    server: Server, stage: Stage
) -> None:
    browser = Browser.open(server, _token(stage.lisa))
    topic = live.incident_topic(stage.incident.id)
    browser.client.emit("join", topic)
    _hint_until(browser, topic)
    other = len(browser.hints)
    _announce("incident:4711")
    time.sleep(1)
    assert browser.hints[other:] in ([], [topic]), "only what was asked for, and its trailing hint"
    browser.client.disconnect()


def test_a_storm_of_changes_becomes_a_few_hints_and_a_last_one(
    server: Server, stage: Stage
) -> None:
    browser = Browser.open(server, _token(stage.lisa))
    topic = live.incident_topic(stage.incident.id)
    browser.client.emit("join", topic)
    _hint_until(browser, topic)
    time.sleep(1.2)
    before = len(browser.hints)
    for _ in range(300):
        _announce(topic)
    _wait(lambda: len(browser.hints) >= before + 2)
    time.sleep(1.2)
    assert 2 <= len(browser.hints) - before <= 4
    browser.client.disconnect()


@pytest.mark.parametrize("token", [None, "not a secret of anybody, but long enough"])
def test_nobody_without_a_session_gets_a_socket(
    server: Server, stage: Stage, token: str | None
) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        Browser.open(server, token)


def test_a_socket_is_closed_when_its_session_ends(server: Server, stage: Stage) -> None:
    token = _token(stage.lisa)
    browser, stays = Browser.open(server, token), Browser.open(server, _token(stage.karin))
    with db.unit_of_work() as session:
        login.log_out(session, clock.now(), token)
    _wait(lambda: not browser.client.connected, 12)
    assert stays.client.connected
    stays.client.disconnect()


def test_a_topic_that_is_not_there_is_not_joined(server: Server, stage: Stage) -> None:
    browser = Browser.open(server, _token(stage.lisa))
    for topic in ("incident:4711", "incident:x", "work", "", None, {"a": 1}):
        browser.client.emit("join", topic)
    topic = live.incident_topic(stage.incident.id)
    browser.client.emit("join", topic)
    _hint_until(browser, topic)
    for wrong in ("incident:4711", "work"):
        _announce(wrong)
    time.sleep(1)
    assert set(browser.hints) == {topic}
    browser.client.disconnect()


def test_hints_come_again_after_redis_has_dropped_the_listener(
    server: Server, stage: Stage, redis_url: str
) -> None:
    browser = Browser.open(server, _token(stage.lisa))
    topic = live.incident_topic(stage.incident.id)
    browser.client.emit("join", topic)
    _hint_until(browser, topic)
    with redis.Redis.from_url(redis_url) as connection:
        connection.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    time.sleep(0.2)
    browser.hints.clear()
    _hint_until(browser, topic)
    browser.client.disconnect()


def test_a_board_is_sent_as_its_readers_roles_and_language_show_it(
    server: Server, stage: Stage
) -> None:
    stage.submit(stage.write("first"))
    with db.unit_of_work() as session:
        session.get_one(Person, stage.karin.id).language = "en"
    topic = f"incident:{stage.incident.id}"
    lisa, karin = (Browser.open(server, _token(who)) for who in (stage.lisa, stage.karin))
    lisas, karins = (one.watch(stage.incident.slug) for one in (lisa, karin))
    _sent(lisas, topic, "Lisa Berg lämnade in")
    body = _sent(karins, topic, "Read and approve")
    assert "Läs och godkänn" not in "".join(lisas)
    assert f"/incidents/{stage.incident.slug}/" in body
    for one in (lisa, karin):
        one.client.disconnect()


def test_what_is_unchanged_is_not_sent_again(server: Server, stage: Stage) -> None:
    topic = f"incident:{stage.incident.id}"
    lisa = Browser.open(server, _token(stage.lisa))
    bodies = lisa.watch(stage.incident.slug)
    _sent(bodies, topic, "Gör nu")
    for _ in range(5):
        _announce(topic)
    stage.submit(stage.write("first"))
    _wait(lambda: "Lisa Berg lämnade in" in bodies[-1])
    assert len(bodies) == len(set(bodies))
    lisa.client.disconnect()


def test_whoever_gets_other_roles_is_sent_nothing_more_as_before(
    server: Server, stage: Stage
) -> None:
    lisa = Browser.open(server, _token(stage.lisa))
    _sent(lisa.watch(stage.incident.slug), f"incident:{stage.incident.id}", "Gör nu")
    with db.unit_of_work() as session:
        session.get_one(Person, stage.lisa.id).role_rows = []
    _wait(lambda: not lisa.client.connected, 15)


@pytest.mark.parametrize("slug", ["finns-inte", 7, None])
def test_a_board_that_is_not_there_is_not_watched(
    server: Server, stage: Stage, slug: object
) -> None:
    lisa = Browser.open(server, _token(stage.lisa))
    bodies = lisa.watch(slug)  # type: ignore[arg-type]
    _announce(f"incident:{stage.incident.id}")
    lisa.client.emit("join", f"incident:{stage.incident.id}")
    _wait(lambda: bool(lisa.hints) or bool(_announce(f"incident:{stage.incident.id}")))
    assert bodies == []
    lisa.client.disconnect()


def _sent(bodies: list[str], topic: str, having: str) -> str:
    """Hints until a body with these words has come."""

    def come() -> bool:
        _announce(topic)
        return any(having in body for body in bodies)

    _wait(come)
    return next(body for body in bodies if having in body)


def _token(person: Person) -> str:
    with db.unit_of_work() as session:
        return login.start_session(session, person, clock.now())


def _announce(topic: str) -> None:
    with db.unit_of_work() as session:
        live.announce(session, topic)


def _hint_until(browser: Browser, topic: str) -> None:
    """Announce until it is heard: joining and subscribing take a moment."""

    def heard() -> bool:
        _announce(topic)
        return topic in browser.hints

    _wait(heard)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(done: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
