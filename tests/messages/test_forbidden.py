"""What must never happen to a message, each forbidden by name."""

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.errors import NotAllowed, Stale, WrongState
from console.incidents import operations as incidents
from console.messages import queries
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.operations import approve, control, drafts, rounds, submit
from console.people.models import PersonRole
from tests.cast import client_for
from tests.stage import Stage

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def stage(database):
    return Stage(database, accounts=3)


def give_role(person, role):
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=person.id, role=role))
    with db.unit_of_work() as session:
        return session.get(type(person), person.id)


def attempt_approval(stage, actor, version, seen=None):
    with db.unit_of_work() as session:
        approve.approve(session, actor, version.id, seen or version.content_hash, clock.now())


def nothing_is_released():
    with db.unit_of_work() as session:
        return session.scalars(select(Broadcast)).first() is None


def test_the_writer_never_approves_their_own_text_not_even_in_an_exercise(stage):
    """Lesson 16."""
    version = stage.submit(stage.write("first"))
    both = give_role(stage.lisa, "approver")
    with pytest.raises(NotAllowed):
        attempt_approval(stage, both, version)
    assert nothing_is_released()


def test_nobody_approves_a_text_that_they_saved_last(stage):
    message = stage.write("first")
    karin = give_role(stage.karin, "information_unit")
    with db.unit_of_work() as session:
        fields = {**message.fields, "text": "Karin skrev om."}
        drafts.save(session, karin, message.id, fields, message.revision, clock.now())
    with db.unit_of_work() as session:
        message = session.get(Message, message.id)
    version = stage.submit(message)
    with pytest.raises(NotAllowed):
        attempt_approval(stage, karin, version)


def test_nobody_approves_a_text_that_they_once_saved_whoever_saved_it_since(stage):
    message = stage.write("first")
    karin = give_role(stage.karin, "information_unit")
    for writer, text in ((karin, "Karin skrev om."), (stage.lisa, "Lisa skrev om igen.")):
        with db.unit_of_work() as session:
            kept = session.get_one(Message, message.id)
            fields = {**kept.fields, "text": text}
            drafts.save(session, writer, message.id, fields, kept.revision, clock.now())
    with db.unit_of_work() as session:
        message = session.get(Message, message.id)
    version = stage.submit(message)
    with pytest.raises(NotAllowed):
        attempt_approval(stage, karin, version)
    assert nothing_is_released()


def test_a_person_without_the_role_never_approves(stage):
    version = stage.submit(stage.write("first"))
    with pytest.raises(NotAllowed):
        attempt_approval(stage, stage.olle, version)
    assert nothing_is_released()


def test_another_hash_than_the_one_that_was_seen_approves_nothing(stage):
    version = stage.submit(stage.write("first"))
    with pytest.raises(Stale):
        attempt_approval(stage, stage.karin, version, seen="0" * 64)
    assert nothing_is_released()


def test_a_text_changed_after_submission_is_never_approved_on_the_old_version(stage):
    """Lesson 18."""
    message = stage.write("first")
    version = stage.submit(message)
    with db.unit_of_work() as session:
        fields = {**message.fields, "text": "Ändrat efteråt."}
        drafts.save(session, stage.lisa, message.id, fields, message.revision, clock.now())
    with pytest.raises(WrongState):
        attempt_approval(stage, stage.karin, version)
    assert nothing_is_released()


def test_an_approved_text_is_never_edited(stage):
    message = stage.write("first")
    stage.approve(stage.submit(message))
    with db.unit_of_work() as session, pytest.raises(WrongState):
        drafts.save(session, stage.lisa, message.id, {}, message.revision, clock.now())


def test_bytes_changed_behind_the_approval_are_never_sent(stage):
    """Lesson 18: the approval is bound to a hash of what was approved."""
    broadcast = stage.release("first")
    with db.unit_of_work() as session:
        version = session.get(Version, broadcast.version_id)
        session.execute(
            update(Version)
            .where(Version.id == version.id)
            .values(canonical=version.canonical.replace("bakterier", "ingenting"))
        )
    assert stage.tick() == 0
    with db.unit_of_work() as session:
        assert session.get(Broadcast, broadcast.id).state == "void"
        assert session.scalars(select(Delivery)).first() is None


def test_a_text_is_never_approved_twice_by_the_same_person(stage):
    version = stage.submit(stage.write("first"))
    attempt_approval(stage, stage.karin, version)
    with pytest.raises(WrongState):
        attempt_approval(stage, stage.karin, version)


def test_a_lock_only_account_is_never_in_what_is_approved(stage):
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident)
        incidents.change_use(
            session, stage.lisa, incident, stage.account_ids[1], "lock_only", "Fel", clock.now(),
            mail=False,
        )  # fmt: skip
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        reached = set(session.scalars(select(Delivery.account_id)))
    assert reached == set(stage.account_ids) - {stage.account_ids[1]}


def test_an_account_that_another_event_holds_is_never_published_on(database):
    stage = Stage(database, accounts=2, exercise=False, kind="webhook",
                  account_settings={"url": "http://127.0.0.1:9/{place}"},
                  secret={"secret": "a secret of sixteen characters"})  # fmt: skip
    broadcast = stage.release("first")
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident)
        account_id = stage.account_ids[1]
        incidents.release_lock(
            session, stage.lisa, incident, account_id, "Behövs i en annan händelse", clock.now(),
            mail=False,
        )  # fmt: skip
        incidents.open_incident(
            session, stage.lisa, name="Skogsbrand", area="", stage="staff", reason="Brand",
            exercise=False,
            choices={one: ("publish" if one == account_id else "leave", "Annat")
                     for one in stage.account_ids},
            narrowing_reason="Bara det kontot", now=clock.now(), mail=False,
        )  # fmt: skip
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(
            select(Delivery).where(
                Delivery.broadcast_id == broadcast.id, Delivery.account_id == account_id
            )
        ).one()
        assert (row.state, row.reason) == ("refused", "not_ours")


def test_nothing_is_submitted_that_leaves_the_official_website_out(stage):
    """2.3-a"""
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident)
        incidents.change_use(
            session, stage.lisa, incident, stage.account_ids[0], "leave", "Fel", clock.now(),
            mail=False,
        )  # fmt: skip
    message = stage.write("first")
    with db.unit_of_work() as session:
        session.add(message)
        plan = submit.prepare(session, message, clock.now(), "http://example")
    assert "accounts" in plan.faults


@pytest.fixture
def live_stage(database):
    return Stage(database, accounts=2, exercise=False, kind="webhook",
                 account_settings={"url": "http://127.0.0.1:9/{place}"},
                 secret={"secret": "a secret of sixteen characters"})  # fmt: skip


def take_the_website_out(stage):
    with db.unit_of_work() as session:
        incidents.change_use(
            session, stage.lisa, session.merge(stage.incident), stage.account_ids[0], "leave",
            "Fel", clock.now(), mail=False,
        )  # fmt: skip


def test_no_account_goes_out_with_what_the_website_no_longer_can_lead_2_3_a(live_stage):
    """2.3-a: an approved text whose official website has been taken out never starts."""
    live_stage.release("first")
    take_the_website_out(live_stage)
    assert live_stage.tick() == 0
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        assert (broadcast.state, broadcast.state_reason) == ("void", "no_website")
        assert session.scalars(select(Delivery)).all() == []
        assert session.scalars(select(Message)).one().record_number is None


def test_a_running_text_stops_when_the_website_is_taken_out_and_the_board_says_so_2_3_a(
    live_stage, app
):
    """2.3-a: no further round, no retry of an earlier one, an alarm and a line in the log."""
    live_stage.release("first", interval=60)
    assert live_stage.tick() == 1
    take_the_website_out(live_stage)
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        written = rounds.write_due(session, broadcast.id, broadcast.next_due)
        assert written is None
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        assert (broadcast.state, broadcast.state_reason) == ("stopped", "no_website")
        assert len(session.scalars(select(Round)).all()) == 1
        assert {row.state for row in session.scalars(select(Delivery))} == {"stopped"}
    page = client_for(app, live_stage.lisa).get(f"/incidents/{live_stage.incident.slug}/").text
    assert "Upprepningen är stoppad" in page
    assert "Ta med webbplatsen" in page
    assert "Sändningen är stoppad. Den officiella webbplatsen är inte med längre." in page


def test_a_late_tick_never_sends_the_same_round_again(stage):
    """Lesson 1: a round is its own row, and there is one of each."""
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
        broadcast.next_n, broadcast.next_due = 1, clock.now()
    with pytest.raises(Exception, match="uq_rounds"), db.unit_of_work() as session:
        rounds.write_due(session, broadcast.id, clock.now())
    with db.unit_of_work() as session:
        assert len(session.scalars(select(Round)).all()) == 1


def test_a_running_text_is_never_repeated_once_what_applies_has_changed(stage):
    stage.release("first", interval=60)
    stage.tick()
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message)).one()
    stage.release(
        "correction", corrects=wrong.id, instruction="Koka vattnet i Torsby och Oleby.",
        ends=[wrong.id], wrong="Vi tar nya prover nu.", right="Vi tar prover i morgon.",
    )  # fmt: skip
    stage.tick()
    with db.unit_of_work() as session:
        running = queries.running(session, stage.incident.id)
        assert running is not None and running.state == "paused"
    with db.unit_of_work() as session, pytest.raises(WrongState):
        control.resume(session, stage.karin, running.id, clock.now())


def test_a_deactivated_person_does_nothing_more(stage):
    with db.unit_of_work() as session:
        session.get_one(type(stage.karin), stage.karin.id).active = False
    with db.unit_of_work() as session:
        karin = session.get(type(stage.karin), stage.karin.id)
    version = stage.submit(stage.write("first"))
    with pytest.raises(NotAllowed):
        attempt_approval(stage, karin, version)
