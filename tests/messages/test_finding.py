"""A post whose answer was lost is looked for: only proof sends it again; a person comes first."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.messages.models import Attempt, Delivery, Round
from console.messages.operations import delivery, finding, outcomes, settling
from console.messages.process_models import Pace
from console.people.models import Person
from console.timeline.queries import tags_count
from tests.stage import Stage

Move = Callable[[timedelta], None]


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lost(stage: Stage) -> int:
    """A post that is unknown, and to be looked for now."""
    stage.release("rumour")
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(
            select(Delivery).where(Delivery.account_id == stage.account_ids[1])
        ).one()
        now = clock.now()
        row.state, row.attempts, row.maybe_out = "unknown", 1, True
        row.settled_at = row.look_at = now
        session.get_one(Round, row.round_id).released_at = now
        return row.id


def claimed() -> list[int]:
    with db.unit_of_work() as session:
        return [row.id for row in finding.claim(session, 16, clock.now())]


def absent(delivery_id: int, *, proves: bool = True) -> bool:
    with db.unit_of_work() as session:
        return finding.absent(session, delivery_id, proves=proves, now=clock.now())


def row_of(delivery_id: int) -> Delivery:
    with db.unit_of_work() as session:
        return session.get_one(Delivery, delivery_id)


def test_a_post_that_is_seen_is_sent_and_the_timeline_says_that_it_was_looked_for(
    stage: Stage, lost: int
) -> None:
    with db.unit_of_work() as session:
        assert finding.seen(session, lost, "17", "https://masto.example/17", clock.now())
    row = row_of(lost)
    assert (row.state, row.remote_id, row.remote_link) == ("sent", "17", "https://masto.example/17")
    assert row.look_at is None
    with db.unit_of_work() as session:
        assert tags_count(session, stage.incident.id)["delivery:sent"] == 1
        attempt = session.scalars(select(Attempt).where(Attempt.event == "sent")).one()
        assert attempt.detail == finding.NOT_SEEN


def test_a_post_is_looked_for_again_and_again_with_longer_waits_and_then_no_more(
    lost: int, move_clock: Move
) -> None:
    for look in range(len(finding.WAITS) + 1):
        assert claimed() == [lost]
        assert claimed() == []
        move_clock((look + 1) * timedelta(seconds=max(finding.WAITS) + 1))
    assert claimed() == []
    assert row_of(lost).state == "unknown"


def test_what_is_missing_once_or_too_soon_is_not_sent_again(lost: int, move_clock: Move) -> None:
    """The request may still be on its way."""
    for _look in range(3):
        assert not absent(lost)
    move_clock(finding.PROVEN_AFTER)
    assert absent(lost)
    row = row_of(lost)
    assert (row.state, row.maybe_out, row.look_at) == ("queued", False, None)


def test_what_was_missing_before_it_was_sent_again_says_nothing_of_the_new_attempt(
    lost: int, move_clock: Move
) -> None:
    """Two looks each: a platform may show late what it took a moment ago."""
    absent(lost)
    move_clock(finding.PROVEN_AFTER)
    assert absent(lost)
    row, token = row_of(lost), uuid.uuid4()
    with db.unit_of_work() as session:
        most = {row.pacing_key: 1}
        assert delivery.claim(session, row.round_id, 0, 1, most, token)
    with db.unit_of_work() as session:
        assert delivery.start(session, [lost], token, 20, "test") == {lost}
    said = outcomes.Outcome(lost, token, "unknown", "no_answer")
    with db.unit_of_work() as session:
        assert outcomes.settle(session, [said], "test", set()) == [lost]
    move_clock(2 * finding.PROVEN_AFTER)
    assert not absent(lost)
    assert absent(lost)


def test_where_absence_proves_nothing_a_person_is_asked(lost: int, move_clock: Move) -> None:
    for look in range(5):
        move_clock(look * finding.PROVEN_AFTER)
        assert not absent(lost, proves=False)
    assert row_of(lost).state == "unknown"


def test_a_round_that_is_too_old_is_not_sent_again(lost: int, move_clock: Move) -> None:
    absent(lost)
    move_clock(timedelta(days=1))
    assert not absent(lost)
    assert row_of(lost).state == "unknown"


def test_an_ordinary_post_is_never_sent_again_by_itself(lost: int, move_clock: Move) -> None:
    with db.unit_of_work() as session:
        row = session.get_one(Delivery, lost)
        # Only what the rule reads: the check that ordinary posts have no event lies elsewhere.
        session.expunge(row)
        row.incident_id = None
        assert not finding.may_queue(row, expires_at=clock.now() + timedelta(hours=1),
                                     now=clock.now())  # fmt: skip


@pytest.mark.parametrize("is_out", [True, False])
def test_whoever_has_looked_comes_first(
    stage: Stage, lost: int, is_out: bool, move_clock: Move
) -> None:
    with db.unit_of_work() as session:
        lisa = session.get_one(Person, stage.lisa.id)
        settling.resolve_unknown(session, lisa, lost, is_out, "", clock.now())
    said = row_of(lost).state
    move_clock(timedelta(minutes=5))
    assert not absent(lost)
    with db.unit_of_work() as session:
        assert not finding.seen(session, lost, "17", None, clock.now())
    assert claimed() == []
    assert row_of(lost).state == said


def test_a_platform_that_asks_us_to_wait_is_left_alone_so_long(lost: int, move_clock: Move) -> None:
    with db.unit_of_work() as session:
        finding.later(session, lost, 600, clock.now())
    move_clock(timedelta(seconds=599))
    assert claimed() == []
    move_clock(timedelta(seconds=601))
    assert claimed() == [lost]


def test_no_job_is_handed_out_while_the_platform_has_asked_us_to_wait(lost: int) -> None:
    def has_work() -> bool:
        with db.unit_of_work() as session:
            return finding.has_work(session, clock.now())

    assert has_work()
    with db.unit_of_work() as session:
        key = session.get_one(Delivery, lost).pacing_key
        session.add(Pace(key=key, not_before=clock.now() + timedelta(minutes=5)))
    assert not has_work()
