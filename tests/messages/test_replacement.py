"""The text that replaces what was wrong: approved with the correction, and never against less."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import WrongState
from console.messages import queries
from console.messages.models import Broadcast, Message
from console.messages.operations import approve, control, drafts, rounds
from tests.stage import Stage

BOTH = "Koka vattnet i Torsby och Oleby."


@pytest.fixture
def stage(database):
    return Stage(database)


def prepared(stage):
    """The instruction and an update are out; a correction of the update, and what replaces it."""
    stage.release("instruction")
    stage.tick()
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        first, update = session.scalars(select(Message.id).order_by(Message.id)).all()
    correction = stage.write("correction", corrects=update)
    replacing = stage.write("update", prepared_with=correction.id, text="Oleby får tankar.")
    return first, correction, replacing


def decide(stage, correction, **fields):
    """The writer says what applies after the correction."""
    with db.unit_of_work() as session:
        draft = session.get_one(Message, correction.id)
        return drafts.save(
            session, stage.lisa, draft.id, draft.fields | fields, draft.revision, clock.now()
        )


def waiting(message):
    with db.unit_of_work() as session:
        return queries.waiting_version(session, message.id)


def test_a_replacement_sent_before_the_correction_is_decided_is_frozen_anew_and_goes_out(
    stage, move_clock
):
    """4-k. Sent first, it was frozen against an instruction that the correction then ended: it was
    approved, and stood still at its first round."""
    instruction, correction, replacing = prepared(stage)
    old = stage.submit(replacing)
    decided = decide(stage, correction, ends=[instruction], instruction=BOTH)
    first, second = stage.submit(decided), waiting(replacing)
    assert second.id != old.id
    assert BOTH in second.canonical
    with db.unit_of_work() as session:
        assert session.get_one(type(old), old.id).state == "void"
        approve.approve_both(
            session, stage.karin, first.id, first.content_hash,
            second.id, second.content_hash, clock.now(),
        )  # fmt: skip
    stage.tick()
    move_clock(timedelta(seconds=2))
    stage.tick()
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast).filter_by(message_id=replacing.id)).one()
        assert broadcast.state == "running"


def test_a_replacement_written_against_what_will_apply_is_left_as_it_is(stage):
    instruction, correction, replacing = prepared(stage)
    decided = decide(stage, correction, ends=[instruction], instruction=BOTH)
    before = stage.submit(replacing)
    stage.submit(decided)
    assert waiting(replacing).id == before.id


def test_a_replacement_that_lacks_something_meanwhile_is_a_draft_again(stage, move_clock):
    """Nothing is asked of the approver that can't go out."""
    instruction, correction, replacing = prepared(stage)
    soon = clock.now() + timedelta(hours=5)
    stage.submit(replacing)
    move_clock(timedelta(hours=4, minutes=30))  # the word that it promised has passed
    promise_at = soon.isoformat()
    decided = decide(stage, correction, ends=[instruction], instruction=BOTH, promise_at=promise_at)
    stage.submit(decided)
    assert waiting(replacing) is None
    with db.unit_of_work() as session:
        assert session.get_one(Message, replacing.id).state == "draft"


def test_what_replaces_is_not_approved_before_its_correction(stage):
    """Alone it would go out before the correction, or be void because that changes what applies."""
    instruction, correction, replacing = prepared(stage)
    decided = decide(stage, correction, ends=[instruction], instruction=BOTH)
    alone = stage.submit(replacing)
    with pytest.raises(WrongState, match="rättelsens sida"):
        stage.approve(alone)
    first = stage.submit(decided)
    with pytest.raises(WrongState, match="rättelsens sida"):
        stage.approve(alone)
    with db.unit_of_work() as session:
        approve.approve_both(
            session, stage.karin, first.id, first.content_hash,
            alone.id, alone.content_hash, clock.now(),
        )  # fmt: skip
    stage.tick()
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast).filter_by(message_id=replacing.id)).one()
        assert broadcast.state == "running"


def test_what_replaces_may_come_after_its_correction_and_says_what_applies_once(stage):
    """Its writer was late: the correction is out, and what it says applies stands already."""
    instruction, correction, replacing = prepared(stage)
    stage.approve(stage.submit(decide(stage, correction, ends=[instruction], instruction=BOTH)))
    stage.tick()
    version = stage.submit(replacing)
    assert version.canonical.count(f'"headline":"{BOTH}"') == 1
    stage.approve(version)
    stage.tick()
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast).filter_by(message_id=replacing.id)).one()
        assert broadcast.state == "running"


def both_approved(stage, **fields):
    """A correction and what replaces it, approved together; nothing has gone out."""
    _instruction, correction, replacing = prepared(stage)
    first = stage.submit(decide(stage, correction, **fields))
    second = stage.submit(replacing)
    with db.unit_of_work() as session:
        approve.approve_both(
            session, stage.karin, first.id, first.content_hash,
            second.id, second.content_hash, clock.now(),
        )  # fmt: skip
    return correction, replacing


def broadcast_of(message):
    with db.unit_of_work() as session:
        return session.scalars(select(Broadcast).filter_by(message_id=message.id)).one()


def test_a_correction_taken_back_takes_what_replaces_with_it_though_both_are_approved(
    stage, move_clock
):
    """4-k. It was written for the correction, and nobody has said yes to it alone."""
    correction, replacing = both_approved(stage)
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction.id, clock.now())
    for message in (correction, replacing):
        assert (broadcast_of(message).state, broadcast_of(message).state_reason) == (
            "void",
            "withdrawn",
        )
    move_clock(timedelta(seconds=2))
    assert stage.tick() == 0
    with db.unit_of_work() as session:
        assert session.get_one(Message, replacing.id).state == "withdrawn"


def test_what_replaces_waits_for_a_correction_that_is_to_go_out_at_a_later_time(stage, move_clock):
    at = clock.now() + timedelta(minutes=30)
    _correction, replacing = both_approved(stage, first_at=at.isoformat())
    assert stage.tick() == 0
    assert broadcast_of(replacing).next_due == at
    move_clock(timedelta(minutes=30, seconds=1))
    assert stage.tick() == 2
    assert broadcast_of(replacing).state == "running" and broadcast_of(replacing).next_n == 2


def test_what_replaces_never_goes_out_before_a_correction_whose_round_could_not_be_written(
    stage, move_clock
):
    _correction, replacing = both_approved(stage)
    with db.unit_of_work() as session:
        assert rounds.write_due(session, broadcast_of(replacing).id, clock.now()) is None
    waits = broadcast_of(replacing)
    assert waits.state == "waiting" and waits.next_due > clock.now()
    move_clock(timedelta(seconds=2))
    assert stage.tick() == 2


def stop(stage, message):
    with db.unit_of_work() as session:
        control.stop(session, stage.karin, broadcast_of(message).id, clock.now())


def test_what_replaces_is_void_once_its_correction_was_stopped(stage):
    correction, replacing = both_approved(stage)
    stop(stage, correction)
    assert (broadcast_of(replacing).state, broadcast_of(replacing).state_reason) == (
        "void",
        "correction_unsent",
    )
    assert stage.tick() == 0
    with db.unit_of_work() as session:
        assert session.get_one(Message, replacing.id).state == "draft"


def test_what_replaces_never_goes_out_after_another_wording_of_its_correction(stage, move_clock):
    """It says what the stopped one said: it was approved with that, and with nothing else."""
    later = clock.now() + timedelta(minutes=30)
    correction, replacing = both_approved(stage, first_at=later.isoformat())
    stop(stage, correction)
    other = decide(stage, correction, first_at="", right="Bara Oleby ska koka vattnet.")
    stage.approve(stage.submit(other))
    assert stage.tick() == 1
    move_clock(timedelta(minutes=31))
    stage.tick()
    assert broadcast_of(replacing).state == "void" and broadcast_of(replacing).next_n == 1


def test_all_is_stopped_for_one_reason(stage):
    correction, replacing = both_approved(stage)
    with db.unit_of_work() as session:
        control.stop_all(session, stage.karin, stage.incident.id, clock.now())
    for message in (correction, replacing):
        assert broadcast_of(message).state_reason == "stop_all"
        assert broadcast_of(message).state == "stopped"
