"""A correction that ends before it went out is a draft again: what is wrong stays struck and
stopped until it is put right, and nobody has to say that it was right to get there."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db, phrases
from console.errors import WrongState
from console.messages import carried, queries, rules
from console.messages.models import Broadcast, FaultMark, Message, Round
from console.messages.operations import approve, control, drafts
from console.review import record_shown
from tests.cast import client_for
from tests.messages.test_fault import RIGHT, correct, go, press
from tests.messages.test_forbidden import take_the_website_out
from tests.stage import Stage
from tests.waiting import until_one_waits


@pytest.fixture
def stage(database):
    return Stage(database, accounts=2)


def approved(stage):
    """A text that repeats, *Fel ute* and its correction, approved and about to go out."""
    stage.release("update")
    go(stage)
    mark = press(stage)
    return mark, correct(stage, mark)


def state_of(model, identity):
    with db.unit_of_work() as session:
        return session.get_one(model, identity).state


@pytest.mark.parametrize("by", [control.stop, control.stop_all])
def test_stopped_by_a_person(stage, by):
    mark, broadcast = approved(stage)
    with db.unit_of_work() as session:
        one = broadcast.id if by is control.stop else stage.incident.id
        by(session, stage.lisa, one, clock.now())
    assert state_of(Message, mark.correction_id) == "draft"
    stage.tick()
    with db.unit_of_work() as session:
        assert session.get_one(FaultMark, mark.id).open
        running = session.scalars(select(Broadcast).filter_by(repeating=True)).one()
        assert running.state == ("paused" if by is control.stop else "stopped")
        assert len(session.scalars(select(Round)).all()) == 1


def test_void_because_the_website_was_taken_out(database):
    stage = Stage(database, accounts=2, exercise=False)
    mark, broadcast = approved(stage)
    take_the_website_out(stage)
    stage.tick()
    assert state_of(Broadcast, broadcast.id) == "void"
    assert state_of(Message, mark.correction_id) == "draft"


def test_once_it_is_void_the_board_leads_on_to_the_draft_until_it_is_out(stage, app):
    mark, broadcast = approved(stage)
    base = f"/incidents/{stage.incident.slug}"
    with db.unit_of_work() as session:
        held = session.get_one(Broadcast, broadcast.id)
        control.settle(session, held, "void", clock.now(), "target_changed")
    lisa = client_for(app, stage.lisa)
    page = lisa.get(f"{base}/").text
    assert "Godkänd text gick inte ut" in page
    assert f'href="{base}/messages/{mark.correction_id}"' in page and "Skriv vidare" in page
    correct(stage, mark)
    go(stage)
    assert "Godkänd text gick inte ut" not in lisa.get(f"{base}/").text


def test_sent_again_it_goes_out_once_and_closes_the_error(stage):
    mark, broadcast = approved(stage)
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, broadcast.id, clock.now())
    again = correct(stage, mark)
    go(stage)
    assert (state_of(Broadcast, broadcast.id), state_of(Broadcast, again.id)) == ("stopped", "done")
    with db.unit_of_work() as session:
        assert not session.get_one(FaultMark, mark.id).open
        assert session.get_one(Message, mark.correction_id).record_number is not None
        rounds = session.scalars(select(Round).where(Round.broadcast_id != 1)).all()
        assert [one.broadcast_id for one in rounds] == [again.id]


def test_the_board_leads_to_it_and_its_page_says_why(stage, app):
    mark, broadcast = approved(stage)
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, broadcast.id, clock.now())
    lisa, base = client_for(app, stage.lisa), f"/incidents/{stage.incident.slug}"
    write = f"{base}/messages/{mark.correction_id}"
    assert f'href="{write}"' in lisa.get(f"{base}/").text
    page = lisa.get(write).text
    assert "Texten godkändes men gick inte ut. Stoppad av en person. Skicka den på nytt." in page
    assert RIGHT in page


def test_another_text_that_was_stopped_is_not_said_to_be_waiting(stage, app):
    broadcast = stage.release("first")
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, broadcast.id, clock.now())
    assert state_of(Message, broadcast.message_id) == "approved"
    base = f"/incidents/{stage.incident.slug}"
    assert "Godkänd, gick inte ut" in client_for(app, stage.lisa).get(f"{base}/messages").text


def test_stopped_as_its_round_is_written_it_is_out_and_no_draft(stage, monkeypatch):
    """The page has read that it waits; the ticker holds it. A correction that is out and stands as
    a draft would be sent a second time."""
    mark, broadcast = approved(stage)
    check, pressed, failed = approve.check_standing, [], []

    def stop():
        try:
            with db.unit_of_work() as session:
                read = session.get_one(Broadcast, broadcast.id)  # as the view does
                control.stop(session, stage.lisa, read.id, clock.now())
        except Exception as error:
            failed.append(error)

    def meanwhile(*given):
        pressed.append(threading.Thread(target=stop))
        pressed[0].start()
        until_one_waits()
        check(*given)

    monkeypatch.setattr(approve, "check_standing", meanwhile)
    assert stage.tick() == 1
    pressed[0].join(20)
    assert failed == []
    assert state_of(Broadcast, broadcast.id) == "done"
    assert state_of(Message, mark.correction_id) == "out"


def test_a_pause_pressed_as_another_stops_it_does_not_wake_it(stage):
    running = stage.release("update")
    stage.tick()
    failed = []

    def pause():
        with db.unit_of_work() as session:
            read = session.get_one(Broadcast, running.id)
            holds.set()
            stops.wait(20)
            try:
                control.pause(session, stage.lisa, read.id, clock.now())
            except WrongState as error:
                failed.append(error.message)

    holds, stops = threading.Event(), threading.Event()
    thread = threading.Thread(target=pause)
    thread.start()
    holds.wait(20)
    with db.unit_of_work() as session:
        control.stop(session, stage.karin, running.id, clock.now())
    stops.set()
    thread.join(20)
    assert state_of(Broadcast, running.id) == "stopped"
    assert failed == ["Utsändningen har redan avslutats."]


def sent_again(stage, later, **second):
    """A correction that was to go out later is stopped; another wording of it goes out now."""
    stage.release("update")
    go(stage)
    mark = press(stage)
    first = correct(stage, mark, first_at=(clock.now() + later).isoformat())
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, first.id, clock.now())
    second = correct(stage, mark, first_at="", **second)
    go(stage)
    return mark, first, second


def test_what_a_stopped_wording_promised_is_owed_to_nobody(stage, app):
    """It never went out: only what did is asked about, and said to be late."""
    in_two_hours = (clock.now() + timedelta(hours=2)).isoformat()
    _mark, first, second = sent_again(stage, timedelta(minutes=30), promise_at=in_two_hours)
    with db.unit_of_work() as session:
        said = {one.broadcast_id for one in queries.words(session, stage.incident.id)}
        owed = rules.owing(queries.words(session, stage.incident.id))
    assert first.id not in said and second.id in said
    assert owed[0].promise_at == second.promise_at != first.promise_at
    board = client_for(app, stage.lisa).get(f"/incidents/{stage.incident.slug}/").text
    assert phrases.clock(second.promise_at) in board
    assert f"Utlovat kl {phrases.clock(first.promise_at)}" not in board


def test_a_stopped_wording_is_no_text_that_carries_the_error(stage):
    """What replaces was stopped with its correction, and went out without the sentence: it goes on
    when that is called wrong elsewhere."""
    said = "Tankarna fylls kl 10."
    other = stage.release("update", text=f"Nu finns vattentankar. {said}").message_id
    go(stage)
    mark = press(stage, sentence="Nu finns vattentankar.", message=other)
    replacing = stage.write("update", prepared_with=mark.correction_id, text=f"Tankar. {said}")
    replaced = stage.submit(replacing)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
        fields = draft.fields | {"right": RIGHT}
        drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    with db.unit_of_work() as session:
        draft = session.get_one(Message, mark.correction_id)
    correction = stage.submit(draft)
    with db.unit_of_work() as session:
        first = approve.approve_both(
            session, stage.karin, correction.id, correction.content_hash,
            replaced.id, replaced.content_hash, clock.now(),
        )  # fmt: skip
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, first.id, clock.now())
    correct(stage, mark)
    go(stage)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, replacing.id)
        fields = draft.fields | {"text": "Tankar vid torget."}
        drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    with db.unit_of_work() as session:
        draft = session.get_one(Message, replacing.id)
    stage.approve(stage.submit(draft))
    go(stage)
    with db.unit_of_work() as session:
        assert carried.messages(session, other, said) == [other]


def test_the_record_names_who_approved_what_went_out(stage):
    """4.5-a. An approval of words that nobody was given is none of the record."""
    mark, _first, _second = sent_again(stage, timedelta(minutes=30))
    with db.unit_of_work() as session:
        correction = session.get_one(Message, mark.correction_id)
        shown = record_shown.of_message(session, correction, {stage.karin.id: "Karin Holm"})
    assert [who for who, _at in shown.approved] == ["Karin Holm"]
