"""A post with many recipients that some have: sent on to the rest, and never taken for unsent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.sms import SETTLE_SECONDS
from console import clock, db
from console.config import Settings
from console.messages.models import Delivery, Round
from console.messages.operations import outcomes
from simulators.sms import Sms
from tests.stage import Stage
from workers.fanout import Fanout

ANNA, BO = "+46700000001", "+46700000002"
Move = Callable[[timedelta], None]


@pytest.fixture
def server() -> Iterator[Sms]:
    with Sms() as server:
        server.now = clock.now()
        yield server


@pytest.fixture
def send(database: Settings, server: Sms) -> Callable[[], Delivery]:
    stage = Stage(
        database,
        accounts=1,
        exercise=False,
        kind="sms",
        account_settings={
            "api": server.url,
            "user": "u1",
            "from": "Torsby",
            "recipients": [ANNA, BO],
        },
        secret={"password": "hemlig-1"},
    )
    stage.release("update", text="Vattnet är borta.", interval=600)
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(select(Round)).one()
        row.released_at = clock.now()
        number = row.id
        for one in session.scalars(select(Delivery).where(Delivery.leading)):
            one.state = "sent"

    def once() -> Delivery:
        asyncio.run(Fanout(number, 0, 1, "test", (f"127.0.0.1:{server.port}",)).run())
        with db.unit_of_work() as session:
            return session.scalars(select(Delivery).where(~Delivery.leading)).one()

    return once


def test_the_rest_gets_it_at_the_next_attempt_and_nobody_gets_it_twice(
    send: Callable[[], Delivery], server: Sms, move_clock: Move
) -> None:
    """Lesson 22."""
    server.answers[BO] = 429
    row = send()
    assert (row.state, row.maybe_out) == ("retry", True)
    assert row.reason.startswith("partly: 1 of 2 have it")
    server.answers.clear()
    move_clock(timedelta(seconds=SETTLE_SECONDS + 1))
    assert send().state == "sent"
    assert [len(server.to(number)) for number in (ANNA, BO)] == [1, 1]


def test_what_some_have_is_unknown_and_not_expired_when_its_time_is_out(
    send: Callable[[], Delivery], server: Sms, move_clock: Move
) -> None:
    server.answers[BO] = 429
    send()
    move_clock(timedelta(seconds=601))
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
    with db.unit_of_work() as session:
        assert session.scalars(select(Delivery).where(~Delivery.leading)).one().state == "unknown"


def test_what_some_have_is_unknown_and_not_refused_when_the_rest_is_refused(
    send: Callable[[], Delivery], server: Sms, move_clock: Move
) -> None:
    """Else the board would say that nobody has it, and *Send again* would double it."""
    server.answers[BO] = 429
    send()
    server.answers[BO] = 401
    move_clock(timedelta(seconds=SETTLE_SECONDS + 1))
    row = send()
    assert (row.state, row.maybe_out, row.attempts) == ("unknown", True, 2)


def test_what_nobody_has_is_refused(send: Callable[[], Delivery], server: Sms) -> None:
    server.answers = dict.fromkeys((ANNA, BO), 401)
    assert send().state == "refused"


def test_what_nobody_has_expires(
    send: Callable[[], Delivery], server: Sms, move_clock: Move
) -> None:
    server.answers = dict.fromkeys((ANNA, BO), 429)
    row = send()
    assert (row.state, row.maybe_out) == ("retry", False)
    move_clock(timedelta(seconds=601))
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
    with db.unit_of_work() as session:
        assert session.scalars(select(Delivery).where(~Delivery.leading)).one().state == "expired"
