"""What goes on after a correction, Läget över or a change of type: never what is known to be wrong,
and never what was written before everything was over (4-k, 7-c)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import Stale, WrongState
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import approve, control, drafts
from console.messages.rules import MessageType
from tests.stage import Stage
from tests.waiting import until_one_waits

WRONG = "Oleby berörs inte."


@pytest.fixture
def stage(database):
    return Stage(database)


def broadcast_of(message_id):
    with db.unit_of_work() as session:
        return session.scalars(select(Broadcast).filter_by(message_id=message_id)).one()


def out(stage, kind, **fields):
    """Write, approve and send; the message's id."""
    released = stage.release(kind, **fields)
    stage.tick()
    return released.message_id


def corrected_beside_another(stage):
    """The number of a running text whose correction is out, and an older one's correction that is
    begun."""
    first = out(stage, "update")
    running = out(stage, "update", text="Vattnet räcker till lördag.")
    of_first = stage.write("correction", corrects=first)
    of_running = stage.write(
        "correction", corrects=running, wrong="Vattnet räcker till lördag.",
        right="Vattnet räcker till fredag.",
    )  # fmt: skip
    stage.approve(stage.submit(of_running))
    stage.tick()
    return running, of_first


def test_a_corrected_text_does_not_go_on_when_a_correction_of_another_text_goes_out(
    stage, move_clock
):
    running, of_first = corrected_beside_another(stage)
    assert broadcast_of(running).state_reason == "correction"
    stage.approve(stage.submit(of_first))
    stage.tick()
    assert broadcast_of(running).state == "paused"
    assert broadcast_of(running).state_reason == "fault", "nobody writes a correction any more"
    move_clock(timedelta(minutes=30))
    assert stage.tick() == 0


def test_a_corrected_text_does_not_go_on_when_another_correction_is_taken_back(stage):
    running, of_first = corrected_beside_another(stage)
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, of_first.id, clock.now())
    assert broadcast_of(running).state == "paused"


def test_a_running_text_that_says_the_corrected_sentence_too_does_not_go_on(stage, move_clock):
    """The correction edits its posts, so that what comes after must not say it anew."""
    first = out(stage, "update")
    running = out(stage, "update", text=f"{WRONG} Tankarna står kvar.")
    correction = stage.write("correction", corrects=first)
    stage.approve(stage.submit(correction))
    stage.tick()
    assert broadcast_of(running).state == "paused"
    move_clock(timedelta(minutes=30))
    assert stage.tick() == 0
    with db.unit_of_work() as session, pytest.raises(WrongState, match="rättad"):
        control.resume(session, stage.lisa, broadcast_of(running).id, clock.now())


def test_a_running_text_that_says_something_else_goes_on_after_the_correction(stage):
    first = out(stage, "update")
    running = out(stage, "update", text="Vattnet räcker till lördag.")
    stage.approve(stage.submit(stage.write("correction", corrects=first)))
    stage.tick()
    assert broadcast_of(running).state == "running"


def test_a_text_that_says_the_sentence_again_after_the_correction_may_be_paused_and_go_on(stage):
    """It was approved when everybody knew."""
    first = out(stage, "update")
    stage.approve(stage.submit(stage.write("correction", corrects=first)))
    stage.tick()
    running = out(stage, "update", text=f"Nya prov är klara. {WRONG}")
    with db.unit_of_work() as session:
        control.pause(session, stage.lisa, broadcast_of(running).id, clock.now())
    with db.unit_of_work() as session:
        control.resume(session, stage.lisa, broadcast_of(running).id, clock.now())
    assert broadcast_of(running).state == "running"


def test_a_text_that_was_to_go_out_later_does_not_say_what_was_called_wrong_meanwhile(
    stage, move_clock
):
    """It would replace the paused text, and repeat the same error."""
    first = out(stage, "update")
    at = clock.now() + timedelta(minutes=10)
    later = stage.release("update", first_at=at.isoformat(), text=f"Skolan är öppen. {WRONG}")
    stage.write("correction", corrects=first)
    move_clock(timedelta(minutes=11))
    assert stage.tick() == 0
    assert broadcast_of(later.message_id).state == "void"


def test_a_text_that_waits_and_says_what_was_called_wrong_meanwhile_is_not_approved(stage):
    first = out(stage, "update")
    version = stage.submit(stage.write("update", text=f"Skolan är öppen. {WRONG}"))
    other = stage.submit(stage.write("update", text="Skolan är öppen."))
    correction = stage.write("correction", corrects=first)
    after = stage.submit(stage.write("rumour", text=f"Det stämmer. {WRONG}"))
    with pytest.raises(Stale, match="fel"):
        stage.approve(version)
    stage.approve(other)
    stage.approve(after)
    with db.unit_of_work() as session:
        drafts.withdraw(session, stage.lisa, correction.id, clock.now())
    stage.approve(version)


def test_a_text_that_was_to_go_out_later_does_not_begin_again_after_all_clear(stage, move_clock):
    out(stage, "update")
    at = clock.now() + timedelta(minutes=40)
    later = stage.release("update", first_at=at.isoformat()).message_id
    out(stage, "all_clear")
    move_clock(timedelta(minutes=41))
    assert stage.tick() == 0
    assert broadcast_of(later).state == "void"


def test_a_text_that_waits_for_approval_at_all_clear_is_not_approved_unread(stage, move_clock):
    out(stage, "update")
    version = stage.submit(stage.write("update"))
    move_clock(timedelta(seconds=5))
    out(stage, "all_clear")
    with pytest.raises(Stale):
        stage.approve(version)


def test_what_is_written_after_all_clear_goes_out(stage, move_clock):
    out(stage, "update")
    out(stage, "all_clear")
    move_clock(timedelta(seconds=5))
    again = out(stage, "update")
    assert broadcast_of(again).state == "running"


def test_a_correction_and_a_rumour_written_before_all_clear_still_go_out(stage, move_clock):
    wrong = out(stage, "update")
    correction = stage.submit(stage.write("correction", corrects=wrong))
    rumour = stage.submit(stage.write("rumour"))
    move_clock(timedelta(seconds=5))
    out(stage, "all_clear")
    stage.approve(correction)
    stage.approve(rumour)
    assert stage.tick() == 2


@pytest.mark.parametrize(("kind", "other"), [("all_clear", "update"), ("update", "no_news")])
def test_a_submitted_text_that_becomes_another_type_no_longer_waits(stage, kind, other):
    """Else the approver would approve a Läget över that the console takes for an update."""
    message = stage.write(kind, ends=[])
    with db.unit_of_work() as session:
        draft = session.get_one(Message, message.id)
        kept = {n: v for n, v in draft.fields.items() if n != "promise_at" or kind != "all_clear"}
        draft.fields = kept
    version = stage.submit(message)
    with db.unit_of_work() as session:
        drafts.change_type(
            session, stage.lisa, message.id, MessageType(other), message.revision, clock.now()
        )
    with db.unit_of_work() as session:
        changed = session.get_one(Message, message.id)
        assert (changed.type, changed.state) == (other, "draft")
        assert changed.revision == message.revision + 1
        assert session.get_one(Version, version.id).state == "void"
    with db.unit_of_work() as session, pytest.raises(WrongState):
        approve.approve(session, stage.karin, version.id, version.content_hash, clock.now())


def test_one_who_approves_and_one_who_changes_the_text_do_not_lock_each_other_out(stage):
    """The database ends one of two that wait for each other, and that person's press is lost."""
    message = stage.write("update")
    version = stage.submit(message)
    outcomes = []

    def change():
        try:
            with db.unit_of_work() as session:
                fields = {**message.fields, "text": "Ny text."}
                drafts.save(session, stage.lisa, message.id, fields, message.revision, clock.now())
        except Exception as error:
            outcomes.append(type(error))

    with db.unit_of_work() as session:
        session.get_one(Version, version.id, with_for_update={"of": Version})
        thread = threading.Thread(target=change)
        thread.start()
        until_one_waits()
        approve.approve(session, stage.karin, version.id, version.content_hash, clock.now())
    thread.join()
    assert outcomes == [WrongState], "who came second is told so"
    assert broadcast_of(message.id).content_hash == version.content_hash
