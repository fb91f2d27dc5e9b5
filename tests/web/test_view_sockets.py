"""A view link's socket, from a real server: it hears of its own event, until it is revoked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
import socketio

from console import clock, db, live
from console.incidents import view_links
from console.incidents.models import Incident
from console.web import guard, view_sockets
from tests.stage import Stage
from tests.web.test_sockets import (
    Server,
    _announce,
    _token,
    _wait,
    server,
    servers,
    stage,
)

__all__ = ["server", "servers", "stage"]


@dataclass
class Screen:
    """A wall, and what it has heard."""

    client: socketio.Client
    hints: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, server: Server, auth: object, namespace: str = view_sockets.NAMESPACE) -> Screen:
        client = socketio.Client(reconnection=False, request_timeout=30)
        screen = cls(client)
        client.on("hint", screen.hints.append, namespace=namespace)
        client.connect(
            f"http://127.0.0.1:{server.port}",
            auth=auth,
            namespaces=[namespace],
            transports=["websocket"],
            wait_timeout=10,
        )
        return screen

    @property
    def open_still(self) -> bool:
        return view_sockets.NAMESPACE in self.client.namespaces


def make(stage: Stage) -> tuple[int, str]:
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        link, token = view_links.make(
            session, stage.lisa, incident, "wall", "Här", clock.now(), purposes=["wall"]
        )
        return link.id, token


def hear(screen: Screen, topic: str) -> None:
    def heard() -> bool:
        _announce(topic)
        return topic in screen.hints

    _wait(heard)


def test_a_screen_hears_of_its_own_event_and_of_nothing_else(server: Server, stage: Stage) -> None:
    _link, token = make(stage)
    screen, topic = Screen.open(server, {"view": token}), live.incident_topic(stage.incident.id)
    for other in ("incident:4711", "work", live.CALM):
        screen.client.emit("join", other, namespace=view_sockets.NAMESPACE)
    hear(screen, topic)
    for other in ("incident:4711", "work", live.CALM):
        _announce(other)
    hear(screen, topic)
    assert set(screen.hints) == {topic}
    screen.client.disconnect()


@pytest.mark.parametrize("auth", [None, {}, {"view": "x" * 43}, {"view": 7}, "text", ["view"]])
def test_no_secret_that_stands_no_socket(server: Server, stage: Stage, auth: object) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        Screen.open(server, auth)


def test_a_links_secret_opens_no_other_namespace(server: Server, stage: Stage) -> None:
    _link, token = make(stage)
    with pytest.raises(socketio.exceptions.ConnectionError):
        Screen.open(server, {"view": token}, namespace="/")


def test_a_revoked_links_screens_are_shut_out_within_a_second(server: Server, stage: Stage) -> None:
    link, token = make(stage)
    screen, stays = (
        Screen.open(server, {"view": token}),
        Screen.open(server, {"view": make(stage)[1]}),
    )
    hear(screen, live.incident_topic(stage.incident.id))
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        view_links.revoke(session, stage.lisa, incident, link, clock.now())
    start = time.monotonic()
    _wait(lambda: not screen.open_still, 5)
    assert time.monotonic() - start < 1
    assert stays.open_still
    with pytest.raises(socketio.exceptions.ConnectionError):
        Screen.open(server, {"view": token})
    stays.client.disconnect()


def test_a_revocation_that_nobody_was_told_of_is_seen_at_the_next_look(
    server: Server, stage: Stage
) -> None:
    link, token = make(stage)
    screen = Screen.open(server, {"view": token})
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, stage.incident.id)
        view_links.revoke(session, stage.lisa, incident, link, clock.now())
        session.info.pop("topics")
    _wait(lambda: not screen.open_still, 12)


def test_the_sockets_of_links_say_why_anybody_may_open_them() -> None:
    statement = guard.statement_of(guard.socket_public("a reason")(lambda: None))
    assert statement is not None
    assert (statement.permission, statement.reason) == (None, "a reason")
    assert view_sockets.CONNECTS
    assert guard.statement_of(view_sockets.gone) is not None


def test_somebody_logged_in_still_needs_a_link_for_a_screens_socket(
    server: Server, stage: Stage
) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        Screen.open(server, {"view": _token(stage.lisa)})
