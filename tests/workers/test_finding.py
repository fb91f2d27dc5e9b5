"""Answers lost on a real protocol: one post, found on the account or sent when it isn't there."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.messages.models import Delivery
from console.messages.operations import finding, restored
from simulators.base import Effect
from simulators.mastodon import TOKEN, Mastodon
from tests.stage import Stage
from tests.workers.test_fanout import released
from workers import fanout
from workers import finding as looking
from workers.finding import find_posts
from workers.posting import Stored

PUBLISHES = ("POST", r"/api/v1/statuses$")
Move = Callable[[timedelta], None]


def simulated(*, keeps_keys: bool, software: str) -> Mastodon:
    return Mastodon(keeps_keys=keeps_keys, software=software, now=lambda: clock.now().timestamp())


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with simulated(keeps_keys=True, software="mastodon") as server:
        yield server


@pytest.fixture
def deaf() -> Iterator[Mastodon]:
    """A server that speaks the API and passes over keys."""
    with simulated(keeps_keys=False, software="pixelfed") as server:
        yield server


def stage_on(settings: Settings, server: Mastodon, accounts: int = 1) -> Stage:
    return Stage(
        settings, accounts=accounts, exercise=False, kind="mastodon", secret={"token": TOKEN},
        account_settings={
            "server": server.url, "account": server.account, "software": server.software,
        },
    )  # fmt: skip


def send(settings: Settings, server: Mastodon, round_id: int) -> None:
    hosts = (f"127.0.0.1:{server.port}",)
    asyncio.run(fanout.Fanout(round_id, 0, 1, "test", hosts).run())


def find(settings: Settings, server: Mastodon) -> int:
    opened = replace(settings, allow_hosts=(f"127.0.0.1:{server.port}",))
    return find_posts(opened)


def states() -> Counter[str]:
    with db.unit_of_work() as session:
        return Counter(session.scalars(select(Delivery.state).where(~Delivery.leading)))


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_server_that_ignores_keys_and_loses_the_answer_has_one_post_found_by_reading_back(
    database: Settings, deaf: Mastodon, move_clock: Move
) -> None:
    round_id = released(stage_on(database, deaf))
    deaf.fault(Effect.LOSE_ANSWER, *PUBLISHES)
    send(database, deaf, round_id)
    assert states() == {"unknown": 1}
    assert find(database, deaf) == 0, "not before the request has had time to arrive"
    move_clock(after(finding.FIRST_WAIT + 1))
    assert find(database, deaf) == 1
    assert states() == {"sent": 1}
    send(database, deaf, round_id)
    (shown,) = deaf.shown
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(~Delivery.leading)).one()
        assert row.remote_id == shown.remote_id
        assert row.remote_link is not None


def test_what_is_not_seen_where_absence_proves_nothing_is_left_to_a_person(
    database: Settings, deaf: Mastodon, move_clock: Move
) -> None:
    round_id = released(stage_on(database, deaf))
    deaf.fault(Effect.ERROR_BEFORE, *PUBLISHES)
    send(database, deaf, round_id)
    for look in range(3):
        move_clock(after((look + 1) * 200))
        assert find(database, deaf) == 1
    assert states() == {"unknown": 1}
    send(database, deaf, round_id)
    assert deaf.shown == []


def test_lesson_4_a_key_noted_too_late_doubles_nothing_because_we_look_before_we_send_again(
    database: Settings, mastodon: Mastodon, move_clock: Move
) -> None:
    round_id = released(stage_on(database, mastodon))
    mastodon.fails_before_key = True
    send(database, mastodon, round_id)
    assert states() == {"retry": 1}
    move_clock(after(5))
    send(database, mastodon, round_id)
    assert states() == {"sent": 1}
    assert len(mastodon.taken) == 1


def test_a_look_that_gets_no_answer_sends_nothing(
    database: Settings, mastodon: Mastodon, move_clock: Move
) -> None:
    round_id = released(stage_on(database, mastodon))
    mastodon.fails_before_key = True
    send(database, mastodon, round_id)
    mastodon.fault(Effect.ERROR_BEFORE, "GET", times=10)
    move_clock(after(5))
    send(database, mastodon, round_id)
    assert states() == {"retry": 1}
    assert len(mastodon.taken) == 1


def test_what_the_old_console_sent_after_the_backup_is_found_and_not_sent_again(
    database: Settings, deaf: Mastodon
) -> None:
    """A restored console's picture: the post waits, and is out all the same."""
    round_id = released(stage_on(database, deaf))
    send(database, deaf, round_id)
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).where(~Delivery.leading)).one()
        row.state, row.remote_id, row.settled_at, row.attempts = "queued", None, None, 0
    with db.unit_of_work() as session:
        restored.doubt_posts(session, clock.now())
    send(database, deaf, round_id)
    assert find(database, deaf) == 1
    assert states() == {"sent": 1} and len(deaf.shown) == 1


def test_an_account_that_nothing_can_be_made_of_keeps_no_other_post_from_being_looked_for(
    database: Settings, deaf: Mastodon, move_clock: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lesson 8. Its settings were stored by hand, say, or by another version."""
    stage = stage_on(database, deaf, accounts=2)
    round_id = released(stage)
    deaf.fault(Effect.LOSE_ANSWER, *PUBLISHES, times=2)
    send(database, deaf, round_id)
    assert states() == {"unknown": 2}
    target_of = looking.target_of

    def picky(row: Delivery, account: Stored) -> Any:
        if row.account_id == stage.account_ids[1]:
            raise KeyError("server")
        return target_of(row, account)

    monkeypatch.setattr(looking, "target_of", picky)
    move_clock(after(finding.FIRST_WAIT + 1))
    assert find(database, deaf) == 2
    assert states() == {"sent": 1, "unknown": 1}
    assert len(deaf.shown) == 2
