"""Calling the approver: the one on duty, then the next; one approval counts (Must show 3)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident, Notice
from console.messages import calls
from console.messages.models import ApproverCall, Broadcast, Message, Round, Version
from console.messages.operations import approve, calling, drafts
from console.people import duty
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.policy.operations import set_profile
from console.timeline.models import Entry
from tests.stage import Stage
from workers import chores, ticker

pytestmark = pytest.mark.usefixtures("database")

JUST_OVER = timedelta(minutes=5, seconds=1)


@pytest.fixture(autouse=True)
def _no_jobs(monkeypatch):
    monkeypatch.setattr(ticker.queue, "enqueue", lambda *job: None)


@pytest.fixture
def stage(database):
    """Karin is on duty; Per stands next; Nils has the role and stands on no list."""
    one = Stage(database)
    with db.unit_of_work() as session:
        one.per = one._person(session, "Per Lind", "approver")
        one.nils = one._person(session, "Nils Ask", "approver")
        session.get_one(Person, one.karin.id).phone = "070-174 06 21"
    on_duty(one.karin)
    with db.unit_of_work() as session:
        per = session.get_one(Person, one.per.id)
        duty.call_earlier(session, per, Role.APPROVER, per, clock.now())
    return one


def on_duty(person):
    with db.unit_of_work() as session:
        there = session.get_one(Person, person.id)
        duty.hand_over(session, there, Role.APPROVER, there, clock.now())


def called():
    """(first name, turn, outcome, everybody) in the order they were called."""
    with db.unit_of_work() as session:
        return [
            (call.person.name.split()[0], call.position, call.outcome, call.everybody)
            for call in session.scalars(select(ApproverCall).order_by(ApproverCall.id))
        ]


def told():
    """First names of those who have a notice about a text to approve, in the order it was made."""
    with db.unit_of_work() as session:
        query = select(Notice).where(Notice.kind == "approve").order_by(Notice.id)
        return [notice.person.name.split()[0] for notice in session.scalars(query)]


def tags(prefix):
    with db.unit_of_work() as session:
        query = select(Entry.tag).where(Entry.tag.startswith(prefix)).order_by(Entry.n)
        return list(session.scalars(query))


def approve_as(person, version):
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        return approve.approve(session, actor, version.id, version.content_hash, clock.now())


def test_submitting_calls_the_one_on_duty_in_the_same_breath(stage):
    version = stage.submit(stage.write("first"))
    assert called() == [("Karin", 1, "", False)]
    with db.unit_of_work() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "approve")).one()
    assert notice.person_id == stage.karin.id
    assert notice.subject == "Godkänn: Koka vattnet, går ut när du godkänner"
    assert notice.path == f"/incidents/{stage.incident.slug}/approve/{version.id}"
    for said in ("Koka ditt kranvatten", "Lisa Berg skrev.", "Fakta från Anders Nyman."):
        assert said in notice.content
    assert tags("approver") == ["approver:called"]


def test_the_call_says_when_the_text_goes_out(stage):
    at = clock.now() + timedelta(hours=2)
    stage.submit(stage.write("update", first_at=at.isoformat()))
    with db.unit_of_work() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "approve")).one()
    from console import phrases

    assert notice.subject == f"Godkänn: Koka vattnet, går ut {phrases.when(at, clock.now())}"


@pytest.mark.parametrize("hand", ["author", "saver", "submitter"])
def test_an_approver_on_duty_who_had_a_hand_in_the_text_is_never_called(stage, hand):
    message = stage.write("first")
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=stage.karin.id, role="information_unit"))
        row = session.get_one(Message, message.id)
        if hand == "author":
            row.author_id = stage.karin.id
        if hand == "saver":
            row.hands = [*row.hands, stage.karin.id]
    if hand == "submitter":
        lisa, stage.lisa = stage.lisa, stage.karin
        with db.unit_of_work() as session:
            stage.lisa = session.get_one(Person, stage.karin.id)
        stage.submit(message)
        stage.lisa = lisa
    else:
        stage.submit(message)
    assert called() == [("Per", 1, "", False)]
    assert told() == ["Per"]


def test_after_five_minutes_the_next_is_called_and_not_before(stage, move_clock):
    stage.submit(stage.write("first"))
    move_clock(timedelta(minutes=4, seconds=50))
    ticker.tick(1)
    chores.see_to(mail=False)
    assert called() == [("Karin", 1, "", False)]
    move_clock(JUST_OVER)
    ticker.tick(1)
    chores.see_to(mail=False)
    assert called() == [("Karin", 1, "unanswered", False), ("Per", 2, "", False)]
    assert told() == ["Karin", "Per"]
    assert tags("approver") == ["approver:called", "approver:unanswered", "approver:called"]


def test_when_the_list_is_out_everybody_is_called_once_and_it_is_said(stage, move_clock):
    version = stage.submit(stage.write("first"))
    for turn in (1, 2, 3, 4):
        move_clock(turn * JUST_OVER)
        for _ in range(3):
            ticker.tick(1)
            chores.see_to(mail=False)
    assert called() == [
        ("Karin", 1, "unanswered", False),
        ("Per", 2, "unanswered", False),
        ("Nils", 3, "unanswered", True),
    ]
    assert told() == ["Karin", "Per", "Nils"]
    with db.unit_of_work() as session:
        assert calls.list_is_out(calls.of_version(session, session.get(Version, version.id)))
    assert tags("approver:list") == ["approver:list:out"] * 2
    approve_as(stage.karin, version)
    assert called()[0] == ("Karin", 1, "approved", False)


def test_the_wait_is_the_profiles(stage, move_clock):
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"approver_wait_minutes": 1})
    stage.submit(stage.write("first"))
    move_clock(timedelta(seconds=61))
    ticker.tick(1)
    chores.see_to(mail=False)
    assert told() == ["Karin", "Per"]


def test_a_ticker_that_stood_still_calls_one_not_the_whole_list(stage, move_clock):
    stage.submit(stage.write("first"))
    move_clock(timedelta(hours=2))
    ticker.tick(1)
    chores.see_to(mail=False)
    ticker.tick(1)
    chores.see_to(mail=False)
    assert told() == ["Karin", "Per"]


def test_any_number_of_tickers_call_each_person_once(stage, move_clock):
    stage.submit(stage.write("first"))
    move_clock(JUST_OVER)
    gate, errors = threading.Barrier(4), []

    def run():
        gate.wait()
        try:
            for _ in range(3):
                chores.call_approvers(mail=False)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert told() == ["Karin", "Per"]
    assert [name for name, *_ in called()] == ["Karin", "Per"]


def test_who_gets_the_duty_while_a_text_waits_is_called_at_once(stage):
    stage.submit(stage.write("first"))
    on_duty(stage.nils)
    ticker.tick(1)
    chores.see_to(mail=False)
    assert called() == [("Karin", 1, "", False), ("Nils", 2, "", False)]


def test_a_called_approver_who_is_shut_out_is_not_waited_for(stage):
    stage.submit(stage.write("first"))
    with db.unit_of_work() as session:
        session.get_one(Person, stage.karin.id).active = False
    ticker.tick(1)
    chores.see_to(mail=False)
    assert called() == [("Karin", 1, "unanswered", False), ("Per", 2, "", False)]


def test_nobody_on_duty_means_that_everybody_with_the_role_is_called(stage):
    with db.unit_of_work() as session:
        for row in session.scalars(select(PersonRole).where(PersonRole.role == "approver")):
            if row.person_id != stage.nils.id:
                row.role = "archivist"
    stage.submit(stage.write("first"))
    assert called() == [("Nils", 1, "", True)]


def test_a_text_that_nobody_may_approve_says_so_and_calls_whoever_gets_the_role(stage):
    with db.unit_of_work() as session:
        for row in session.scalars(select(PersonRole).where(PersonRole.role == "approver")):
            row.role = "archivist"
    stage.submit(stage.write("first"))
    assert called() == []
    assert tags("approver") == ["approver:list:out"]
    ticker.tick(1)
    chores.see_to(mail=False)
    assert tags("approver") == ["approver:list:out"]
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=stage.nils.id, role="approver"))
    ticker.tick(1)
    chores.see_to(mail=False)
    assert told() == ["Nils"]


def test_where_two_must_approve_two_are_called(stage):
    with db.unit_of_work() as session:
        set_profile(session, None, clock.now(), {"approvals_required": 2})
    version = stage.submit(stage.write("first"))
    assert told() == ["Karin", "Per"]
    assert approve_as(stage.karin, version) is None
    assert called() == [("Karin", 1, "approved", False), ("Per", 2, "", False)]
    assert approve_as(stage.nils, version) is not None
    assert called()[1] == ("Per", 2, "ended", False)


@pytest.mark.parametrize("end", ["returned", "edited", "withdrawn", "closed"])
def test_a_text_that_waits_no_more_ends_its_calls(stage, end, move_clock):
    message = stage.write("first")
    version = stage.submit(message)
    with db.unit_of_work() as session:
        now = clock.now()
        if end == "returned":
            karin = session.get_one(Person, stage.karin.id)
            approve.send_back(session, karin, version.id, "Fel gata.", now)
        elif end == "edited":
            fields = {**message.fields, "text": "Annat."}
            drafts.save(session, stage.lisa, message.id, fields, message.revision, now)
        elif end == "withdrawn":
            drafts.withdraw(session, stage.lisa, message.id, now)
        else:
            incident = session.get_one(Incident, stage.incident.id)
            incidents.close(session, stage.lisa, incident, now, mail=False)
    move_clock(JUST_OVER)
    ticker.tick(1)
    chores.see_to(mail=False)
    outcome = "returned" if end == "returned" else "ended"
    assert called() == [("Karin", 1, outcome, False)]
    assert told() == ["Karin"]


def test_a_new_version_calls_anew(stage):
    message = stage.write("first")
    version = stage.submit(message)
    with db.unit_of_work() as session:
        karin = session.get_one(Person, stage.karin.id)
        approve.send_back(session, karin, version.id, "Fel gata.", clock.now())
    stage.submit(message)
    assert told() == ["Karin", "Karin"]


def test_a_text_that_replaces_is_called_about_with_its_correction(stage):
    wrong = stage.release("update")
    stage.tick()
    correction = stage.write("correction", corrects=wrong.message_id)
    replacing = stage.write("update", prepared_with=correction.id)
    first = stage.submit(correction)
    stage.submit(replacing)
    ticker.tick(1)
    chores.see_to(mail=False)
    with db.unit_of_work() as session:
        query = select(ApproverCall.version_id).where(ApproverCall.version_id >= first.id)
        assert list(session.scalars(query)) == [first.id]


def test_two_approve_at_once_after_the_next_was_called_and_one_approval_counts(stage, move_clock):
    """Must show 3: the one on duty doesn't answer, the next is called, then both press."""
    version = stage.submit(stage.write("first"))
    move_clock(JUST_OVER)
    ticker.tick(1)
    chores.see_to(mail=False)
    assert told() == ["Karin", "Per"]
    gate, outcomes = threading.Barrier(2), {}

    def press(person):
        with db.unit_of_work() as session:
            actor = session.get_one(Person, person.id)
            # As the page does: the version has been read as waiting before either holds it.
            read = session.get_one(Version, version.id)
            assert read.state == "waiting"
            gate.wait()
            try:
                outcomes[person.name] = approve.approve(
                    session, actor, read.id, read.content_hash, clock.now()
                )
            except WrongState as error:
                outcomes[person.name] = error.message

    threads = [threading.Thread(target=press, args=(one,)) for one in (stage.karin, stage.per)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    won = [name for name, outcome in outcomes.items() if isinstance(outcome, Broadcast)]
    lost = [outcome for outcome in outcomes.values() if isinstance(outcome, str)]
    assert len(won) == 1
    assert lost == [f"{won[0]} har redan godkänt texten."]
    assert tags("message:approved") == ["message:approved"]
    assert tags("broadcast:released") == ["broadcast:released"]
    results = {name: outcome for name, _turn, outcome, _all in called()}
    winner = won[0].split()[0]
    other = "Per" if winner == "Karin" else "Karin"
    assert results == {winner: "approved", other: "unanswered" if other == "Karin" else "ended"}
    ticker.tick(1)
    chores.see_to(mail=False)
    with db.unit_of_work() as session:
        assert len(session.scalars(select(Broadcast)).all()) == 1
        assert len(session.scalars(select(Round)).all()) == 1


def test_calling_again_by_hand_changes_nothing_while_an_answer_is_waited_for(stage):
    version = stage.submit(stage.write("first"))
    with db.unit_of_work() as session:
        calling.step(session, version.id, clock.now(), mail=True)
    assert told() == ["Karin"]
