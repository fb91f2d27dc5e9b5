"""*Avbryt övningen – skarpt läge*: the exercise ends whole, and nothing of it becomes real."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from console import clock, db
from console.errors import NotAllowed, WrongState
from console.incidents import queries as incidents
from console.incidents.models import Incident, Lock
from console.messages.models import Broadcast, Delivery, Message, Version
from console.messages.operations import approve, breaking_off
from console.policy.models import LiveUse
from console.timeline.queries import entries_of
from tests.stage import Stage

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def stage(database):
    return Stage(database)


def break_off(stage, actor=None):
    with db.unit_of_work() as session:
        incident = session.get(Incident, stage.incident.id)
        breaking_off.break_off(session, actor or stage.lisa, incident, clock.now(), mail=True)


def by_hand(stage):
    with db.unit_of_work() as session:
        row = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        row.state = "by_hand"


def test_one_press_stops_what_is_sent_ends_tasks_and_texts_and_closes_the_exercise(stage):
    stage.release("first", interval=60)
    stage.tick()
    by_hand(stage)
    waiting = stage.submit(stage.write("update"))
    break_off(stage)
    with db.unit_of_work() as session:
        incident = session.get(Incident, stage.incident.id)
        assert (incident.state, incident.broken_off, incident.exercise) == ("closed", True, True)
        assert session.scalars(select(Broadcast.state)).all() == ["stopped"]
        assert set(session.scalars(select(Delivery.state))) == {"stopped"}
        assert session.get(Version, waiting.id).state == "void"
        assert session.scalars(select(Lock).where(Lock.released_at.is_(None))).all() == []
        tags = [e.tag for e in entries_of(session, incident.id)]
        assert tags.index("exercise:broken_off") > tags.index("incident:closed")  # newest first
    assert stage.tick() == 0


def test_what_waited_for_approval_is_never_approved_afterwards(stage):
    waiting = stage.submit(stage.write("first"))
    break_off(stage)
    with db.unit_of_work() as session, pytest.raises(WrongState):
        approve.approve(session, stage.karin, waiting.id, waiting.content_hash, clock.now())


def test_breaking_off_opens_nothing_and_touches_no_live_event(stage):
    with db.unit_of_work() as session:
        session.add(LiveUse(condition="live_use", evidence={}, at=clock.now()))
    stage.release("first")
    break_off(stage)
    with db.unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1
        assert session.scalars(select(Message.incident_id)).all() == [stage.incident.id]


def test_an_exercise_never_becomes_live(stage):
    break_off(stage)
    with db.unit_of_work() as session:
        assert session.get(Incident, stage.incident.id).exercise


def test_administrators_hear_that_it_was_broken_off_and_not_that_all_is_over(stage):
    break_off(stage)
    with db.unit_of_work() as session:
        kinds = [n.kind for n in incidents.notices_of(session, stage.incident.id)]
    assert kinds == ["locked", "broken_off"]


def test_the_approver_may_break_off_and_an_administrator_may_not(stage):
    with pytest.raises(NotAllowed):
        break_off(stage, stage.olle)
    break_off(stage, stage.karin)
    with pytest.raises(WrongState, match="redan avslutad"):
        break_off(stage)


def test_a_live_event_is_never_broken_off(database):
    stage = Stage(database, exercise=False, kind="webhook",
                  account_settings={"url": "http://127.0.0.1:9/{place}"},
                  secret={"secret": "a secret of sixteen characters"})  # fmt: skip
    with pytest.raises(WrongState, match="ingen övning"):
        break_off(stage)
    with db.unit_of_work() as session:
        assert session.get(Incident, stage.incident.id).state == "open"
