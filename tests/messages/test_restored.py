"""What a restored console takes for possibly sent: everything that has had its time by now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import restored
from tests.stage import Stage

MoveClock = Callable[[timedelta], None]


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database, accounts=2)


def read(broadcast: Broadcast) -> Broadcast:
    with db.unit_of_work() as session:
        return session.get_one(Broadcast, broadcast.id)


def skip() -> int:
    with db.unit_of_work() as session:
        return restored.skip_rounds(session, clock.now())


def test_a_round_whose_time_has_passed_is_missed_even_if_it_could_still_go_out(
    stage: Stage, move_clock: MoveClock
) -> None:
    broadcast = stage.release("update", interval=300)
    stage.tick()
    move_clock(timedelta(seconds=301))
    assert skip() == 1
    assert stage.tick() == 0
    after = read(broadcast)
    assert after.state == "running" and after.next_n == 3
    assert after.next_due == after.anchor + timedelta(seconds=600)
    with db.unit_of_work() as session:
        missed = session.scalars(select(Round).where(Round.n == 2)).one()
        assert (missed.state, missed.number) == ("missed", 2)


def test_a_message_that_goes_out_once_and_may_have_gone_out_waits_for_a_person(
    stage: Stage,
) -> None:
    broadcast = stage.release("rumour")
    assert skip() == 1
    after = read(broadcast)
    assert (after.state, after.state_reason) == ("void", "restored")
    assert stage.tick() == 0


def test_what_is_due_later_is_left_alone(stage: Stage) -> None:
    at = clock.now() + timedelta(hours=1)
    broadcast = stage.release("update", first_at=at.isoformat())
    assert skip() == 0
    after = read(broadcast)
    assert (after.state, after.next_n) == ("waiting", 1)


def test_posts_that_waited_may_be_out_and_the_website_is_only_written_again(stage: Stage) -> None:
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        counts = restored.doubt_posts(session, clock.now())
        rows = {d.kind: d for d in session.scalars(select(Delivery))}
        assert counts == {"retry": 2}  # an exercise's wall knows its keys
        assert rows["website"].state == "queued" and not rows["website"].maybe_out
        assert rows["pretend"].maybe_out and rows["pretend"].attempts == 1


def test_a_pause_waits_for_a_person(stage: Stage) -> None:
    broadcast = stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        assert restored.pause(session, clock.now()) == 1
        assert restored.going_on(session) == []
    assert read(broadcast).state_reason == "restored"


def test_record_numbers_that_the_old_console_may_have_given_are_left_out(stage: Stage) -> None:
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        restored.move_record_numbers(session, clock.now())
    second = stage.release("rumour")
    stage.tick()
    assert read(second).message.record_number == 2 + restored.NUMBERS
