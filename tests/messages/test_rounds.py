"""Anchored rounds, missed rounds, replacement, what applies: decided row by row."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from console import clock, db
from console.messages import queries
from console.messages.models import Broadcast, Delivery, Message, Round
from tests.stage import Stage

pytestmark = pytest.mark.usefixtures("database")


def rows(model, *order):
    with db.unit_of_work() as session:
        return list(session.scalars(select(model).order_by(*(order or (model.id,)))))


def standing(stage):
    with db.unit_of_work() as session:
        return [one.headline for one in queries.standing(session, stage.incident.id)]


def test_the_first_round_goes_out_at_approval_once_per_account(database):
    stage = Stage(database, accounts=3)
    stage.release("first")
    assert stage.tick() == 1
    assert stage.tick() == 0
    deliveries = rows(Delivery)
    assert len(deliveries) == 4
    assert {one.state for one in deliveries} == {"queued"}
    assert [one.leading for one in deliveries] == [True, False, False, False]
    assert all("Koka ditt kranvatten" in one.content for one in deliveries)
    assert all(one.content.startswith("ÖVNING.") for one in deliveries)


def test_what_applies_stands_in_later_messages_until_it_is_ended(database):
    stage = Stage(database)
    stage.release("first")
    stage.tick()
    first = rows(Message)[0]
    stage.release("instruction", ends=[first.id])
    stage.tick()
    assert standing(stage) == ["Koka allt vatten du dricker eller lagar mat med."]
    stage.release("rumour")
    stage.tick()
    rumour = [one for one in rows(Delivery) if "förgiftat" in one.content]
    assert rumour and all("Koka allt vatten" in one.content for one in rumour)
    assert not any("Koka ditt" in one.content for one in rumour)


def test_a_text_written_against_what_no_longer_applies_is_not_sent(database):
    stage = Stage(database)
    stage.release("first")
    stage.tick()
    first = rows(Message)[0]
    late = stage.release("update", first_at=(clock.now() + timedelta(hours=1)).isoformat())
    stage.release("instruction", ends=[first.id])
    stage.tick()
    with db.unit_of_work() as session:
        session.get(Broadcast, late.id).next_due = clock.now()
    assert stage.tick() == 0
    assert [one.state for one in rows(Broadcast) if one.id == late.id] == ["void"]


def test_replacement_happens_when_the_new_round_is_written_and_ends_what_was_unstarted(database):
    stage = Stage(database)
    old = stage.release("first")
    stage.tick()
    new = stage.release("update")
    assert [one.state for one in rows(Broadcast)] == ["running", "waiting"]
    stage.tick()
    assert [one.state for one in rows(Broadcast)] == ["replaced", "running"]
    old_rows = [one for one in rows(Delivery) if one.broadcast_id == old.id]
    assert {(one.state, one.reason) for one in old_rows} == {("expired", "replaced")}
    assert {one.state for one in rows(Delivery) if one.broadcast_id == new.id} == {"queued"}


def test_the_same_text_never_goes_out_in_the_same_words_twice(database, move_clock):
    """Lesson 5: networks refuse identical repeats, so the varying part is there by design."""
    stage = Stage(database, accounts=4)
    stage.release("first", interval=60)
    for minute in range(4):
        move_clock(timedelta(minutes=minute, seconds=1))
        assert stage.tick() == 1
    by_account = {}
    for one in rows(Delivery):
        by_account.setdefault(one.account_id, []).append(one)
    assert len(by_account) == 5
    for sent in by_account.values():
        assert len({one.content for one in sent}) == len({one.marker for one in sent}) == 4
        assert all(one.marker in one.content for one in sent)
        assert len({one.content.replace(one.marker, "") for one in sent}) == 1


def test_a_machine_asleep_for_an_hour_sends_one_round_and_records_the_missed(database, move_clock):
    """Lessons 1 and 9: rounds are anchored to what was approved; no backlog goes out."""
    stage = Stage(database)
    stage.release("first", interval=600)
    stage.tick()
    move_clock(timedelta(hours=1, minutes=1))
    assert stage.tick() == 1
    states = [(one.n, one.state) for one in rows(Round, Round.n)]
    assert states == [(1, "written"), *((n, "missed") for n in range(2, 7)), (7, "written")]
    assert [one.number for one in rows(Round, Round.n)] == list(range(1, 8))
    assert stage.tick() == 0


def test_a_round_past_its_promise_is_never_sent_and_the_broadcast_goes_stale(database, move_clock):
    """Lesson 9: what is too late is not sent."""
    stage = Stage(database)
    stage.release(
        "first", interval=600, promise_at=(clock.now() + timedelta(minutes=25)).isoformat()
    )
    stage.tick()
    move_clock(timedelta(hours=1))
    assert stage.tick() == 0
    assert [one.state for one in rows(Broadcast)] == ["stale"]
    assert [one.state for one in rows(Round, Round.n)] == ["written", "missed", "missed"]


@pytest.mark.parametrize(
    "around", ["2026-03-29T00:40:00+00:00", "2026-10-25T00:10:00+00:00"], ids=["spring", "autumn"]
)
def test_rounds_are_evenly_spaced_over_stockholms_clock_changes(database, move_clock, around):
    """Lesson 10."""
    from datetime import datetime

    start = datetime.fromisoformat(around)
    move_clock(start - clock.now())
    stage = Stage(database)
    stage.release("first", interval=1800)
    stage.tick()
    for step in range(1, 5):
        move_clock(start + step * timedelta(minutes=30, seconds=5) - _machine_now())
        assert stage.tick() == 1
    dues = [one.due_at for one in rows(Round, Round.n)]
    assert {b - a for a, b in pairwise(dues)} == {timedelta(minutes=30)}
    assert [one.number for one in rows(Round, Round.n)] == [1, 2, 3, 4, 5]


def _machine_now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_a_correction_pauses_what_repeats_and_a_withdrawn_one_lets_it_go_on(database):
    from console.messages.operations import drafts

    stage = Stage(database)
    stage.release("update")
    stage.tick()
    wrong = rows(Message)[0]
    correction = stage.write("correction", corrects=wrong.id)
    assert [one.state for one in rows(Broadcast)] == ["paused"]
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction.id, clock.now())
    assert [one.state for one in rows(Broadcast)] == ["running"]
