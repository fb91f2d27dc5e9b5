"""The site process: prompt, stubborn, and no site holds up another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
import redis
from sqlalchemy import make_url, select

from console import clock, db
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages.models import Delivery, Round
from console.messages.operations import website
from console.messages.process_models import Heartbeat
from console.policy.queries import page_seen
from console.site.files import mark_of
from tests.services import Running
from tests.stage import Stage
from workers import look
from workers.look import Looks
from workers.site import SiteProcess

Move = Callable[[timedelta], None]
UNSEEN = "https://127.0.0.1:9"
"""Nobody answers there."""


def states() -> list[str]:
    with db.unit_of_work() as session:
        query = select(Delivery.state).where(Delivery.leading).order_by(Delivery.id)
        return list(session.scalars(query))


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def another_exercise(stage: Stage, name: str) -> Incident:
    """A second exercise on the same accounts."""
    with db.unit_of_work() as session:
        return incidents.open_incident(
            session, stage.lisa, name=name, area="Torsby", stage="staff", reason="Övning",
            exercise=True, choices=dict.fromkeys(stage.account_ids, ("publish", "")),
            narrowing_reason="", now=clock.now(), mail=False,
        )  # fmt: skip


def break_folder(settings: Settings, slug: str) -> None:
    """Nothing can be written where the exercise's site should stand."""
    folder = settings.exercise_folder(slug)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("not a folder")


@contextmanager
def running(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    env = {
        **os.environ,
        "BUDKAVLE_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
    }
    process = subprocess.Popen([sys.executable, "-m", "workers", "site"], env=env)
    try:
        until(_beats)
        yield process
    finally:
        process.kill()
        process.wait()


def _beats() -> bool:
    with db.unit_of_work() as session:
        return session.scalar(select(Heartbeat.name).where(Heartbeat.kind == "site")) is not None


def test_a_hint_is_enough_to_have_the_website_sent_and_the_followers_let_go(
    database: Settings,
) -> None:
    stage = Stage(database)
    with running(database):
        stage.release("first")
        stage.tick()
        until(lambda: states() == ["sent"])
        with db.unit_of_work() as session:
            assert session.scalars(select(Round.release_reason)).one() == "website"


def test_it_finds_what_is_to_do_when_no_hint_reaches_it(database: Settings) -> None:
    stage = Stage(database)
    with running(database), redis.Redis.from_url(database.redis_url or "") as valkey:
        valkey.client_kill_filter(_type="pubsub")
        valkey.config_set("maxclients", valkey.info("clients")["connected_clients"] or 1)
        try:
            stage.release("first")
            stage.tick()
            until(lambda: states() == ["sent"])
        finally:
            valkey.config_set("maxclients", 10000)


def test_it_carries_on_when_the_database_has_dropped_its_connections(
    database: Settings, services: Running
) -> None:
    name = make_url(database.database_url or "").database
    url = services.superuser_url.replace("+psycopg", "")
    stage = Stage(database)
    with running(database):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )
        stage.release("first")
        stage.tick()
        until(lambda: states() == ["sent"])


def test_it_stops_within_two_seconds_of_being_asked(database: Settings) -> None:
    Stage(database)
    with running(database) as process:
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - begun < 2


def test_one_sites_failure_does_not_hold_up_the_live_one(database: Settings) -> None:
    """Lesson 20."""
    stage = Stage(database, exercise=False)
    broken = another_exercise(stage, "Trasig")
    break_folder(database, broken.slug)
    stage.release("first")
    stage.tick()
    SiteProcess(database).pull()
    assert states() == ["sent"]


def test_a_broken_exercise_lets_the_others_past_after_ten_seconds(
    database: Settings, move_clock: Move
) -> None:
    stage = Stage(database)
    break_folder(database, stage.incident.slug)
    stage.release("first")
    stage.tick()
    process = SiteProcess(database)
    process.pull()
    first, stage.incident = stage.incident, another_exercise(stage, "Hel")
    stage.release("first")
    stage.tick()
    process.pull()
    assert states() == ["started", "queued"]
    move_clock(timedelta(seconds=website.PATIENCE_SECONDS + 1))
    process.pull()
    assert states() == ["unknown", "sent"]
    database.exercise_folder(first.slug).unlink()
    process.pull()
    assert states() == ["sent", "sent"]


def test_in_live_use_the_website_is_sent_only_when_the_public_address_shows_it(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.3-b: what the public can read is what counts."""
    stage = Stage(database, exercise=False)
    process = SiteProcess(replace(database, public_url=UNSEEN))
    stage.release("first")
    stage.tick()
    process.pull()
    assert states() == ["started"]
    page = database.site_folder / "current" / "h" / stage.incident.slug / "index.html"
    assert "Koka ditt kranvatten" in page.read_text()  # it is there, and nobody has seen it
    asked: list[str] = []

    def sees(self: Looks, address: str, mark: str) -> bool:
        asked.append(address)
        return mark in page.read_text()

    monkeypatch.setattr(Looks, "sees", sees)
    process.pull()
    assert states() == ["sent"]
    assert asked == [f"{UNSEEN}/h/{stage.incident.slug}/"]


@pytest.mark.parametrize("ours", [True, False])
def test_the_public_start_page_is_looked_at_now_and_then_and_what_was_seen_is_kept(
    database: Settings, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    address, asked = "https://kris.torsby.se", []
    page = database.site_folder / "current" / "index.html"

    async def gave(where: str) -> str:
        asked.append(where)
        return mark_of(page.read_bytes()) if ours else "somebody else's"

    monkeypatch.setattr(look, "_page", gave)
    process = SiteProcess(replace(database, public_url=address))
    process.look()
    assert process.start_page is None  # nothing is served yet
    process.pull()
    for number in (1, 2):
        process.look()
        assert process.start_page is not None
        process.start_page.join(5)
        process.look()
        assert asked == [f"{address}/"] * number
        with db.unit_of_work() as session:
            assert bool(page_seen(session, address)) is ours
        process.looked -= 30


def test_an_unseen_website_still_shows_every_newer_message(
    database: Settings, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(database, exercise=False)
    process = SiteProcess(replace(database, public_url=UNSEEN))
    stage.release("first")
    stage.tick()
    process.pull()
    stage.release("rumour")
    stage.tick()
    move_clock(timedelta(seconds=website.PATIENCE_SECONDS + 1))
    process.pull()
    assert states() == ["unknown", "started"]
    page = (database.site_folder / "current" / "h" / stage.incident.slug / "index.html").read_text()
    assert "Koka ditt kranvatten" in page and "inte förgiftat" in page
    monkeypatch.setattr(Looks, "sees", lambda self, address, mark: True)
    process.pull()
    assert states() == ["sent", "sent"]


def test_two_messages_that_fall_due_together_are_both_sent_in_one_pull(
    database: Settings,
) -> None:
    stage = Stage(database)
    for _ in range(2):
        stage.release("rumour")
    stage.tick()
    SiteProcess(database).pull()
    assert states() == ["sent", "sent"]
