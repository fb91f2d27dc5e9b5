"""An event ends only when nothing is being sent, after Läget över or with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.config import Settings
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents.models import Incident, Lock
from console.messages.models import Delivery, Version
from console.messages.operations import closing, control
from console.people.models import Person
from console.timeline.queries import entries_of
from tests.stage import Stage


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def _end(stage: Stage, person: Person | None = None, reason: str = "") -> Incident:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, (person or stage.lisa).id)
        incident = session.get_one(Incident, stage.incident.id)
        closing.end_event(session, actor, incident, clock.now(), reason, mail=False)
        return incident


def _deliver(state: str) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state=state))


def test_an_event_ends_after_laget_over(stage: Stage) -> None:
    stage.release("all_clear")
    stage.tick()
    _deliver("sent")
    assert _end(stage).state == "closed"
    with db.unit_of_work() as session:
        assert not session.scalars(select(Lock).where(Lock.released_at.is_(None))).all()


def test_an_event_without_laget_over_asks_for_a_reason(stage: Stage) -> None:
    with pytest.raises(BadInput) as refused:
        _end(stage)
    assert refused.value.field == "reason"
    assert _end(stage, reason="Falskt larm").state == "closed"
    with db.unit_of_work() as session:
        said = [
            e for e in entries_of(session, stage.incident.id) if e.tag == "incident:end:decided"
        ]
    assert [e.facts["reason"] for e in said] == ["Falskt larm"]


@pytest.mark.parametrize("paused", [False, True])
def test_an_event_with_an_active_broadcast_is_not_closed(stage: Stage, paused: bool) -> None:
    broadcast = stage.release("first")
    stage.tick()
    _deliver("sent")
    if paused:
        with db.unit_of_work() as session:
            control.pause(session, stage.lisa, broadcast.id, clock.now())
    with pytest.raises(WrongState, match="sänds fortfarande"):
        _end(stage, reason="Klart")


@pytest.mark.parametrize("state", ["queued", "retry", "claimed", "started"])
def test_an_event_with_posts_on_their_way_is_not_closed(stage: Stage, state: str) -> None:
    stage.release("all_clear")
    stage.tick()
    _deliver("sent")
    with db.unit_of_work() as session:
        session.scalars(select(Delivery).limit(1)).one().state = state
    with pytest.raises(WrongState, match="på väg ut"):
        _end(stage)


def test_open_by_hand_tasks_end_with_the_event(stage: Stage) -> None:
    stage.release("all_clear")
    stage.tick()
    _deliver("by_hand")
    _end(stage)
    with db.unit_of_work() as session:
        rows = session.scalars(select(Delivery)).all()
        assert {(row.state, row.reason) for row in rows} == {("stopped", "event_closed")}


def test_one_open_task_by_hand_is_one(app: object, stage: Stage, client_for: Any) -> None:
    stage.release("first")
    stage.tick()
    _deliver("sent")
    with db.unit_of_work() as session:
        session.scalars(select(Delivery).limit(1)).one().state = "by_hand"
    page = client_for(stage.lisa).get(f"/incidents/{stage.incident.slug}/close").text
    assert "1 uppgift för hand är inte bekräftad. Den avslutas." in page


def test_only_the_information_unit_ends_an_event(stage: Stage) -> None:
    for person in (stage.karin, stage.olle):
        with pytest.raises(NotAllowed):
            _end(stage, person, "Klart")


def test_a_text_that_waits_leaves_the_approvers_list_with_its_event(stage: Stage) -> None:
    version = stage.submit(stage.write("first"))
    _end(stage, reason="Falskt larm")
    with db.unit_of_work() as session:
        kept = session.get_one(Version, version.id)
        assert (kept.state, kept.message.state) == ("void", "draft")
        (said,) = [
            e for e in entries_of(session, stage.incident.id) if e.tag == "incident:end:decided"
        ]
    assert said.facts["void"] == [version.id]
