"""*Fel ute* on a sentence that a later message says too: that one doesn't go on saying it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import WrongState
from console.messages.models import Broadcast, Delivery
from console.messages.operations import control, marks
from tests.messages.test_fault import WRONG, correct, go, press, rows, work
from tests.stage import Stage


@pytest.fixture
def stage(database):
    return Stage(database, accounts=2)


def said_twice(stage):
    """The wrong sentence is out in one message and repeated in the one that replaced it."""
    stage.release("update")
    go(stage)
    stage.release("update", text=f"Tankar finns nu även i Vitsand. {WRONG}")
    go(stage)


def newest():
    with db.unit_of_work() as session:
        query = select(Broadcast).where(Broadcast.repeating).order_by(Broadcast.id.desc())
        return session.scalars(query).first()


def test_a_running_text_that_says_what_was_corrected_elsewhere_is_not_repeated(stage, move_clock):
    said_twice(stage)
    mark = press(stage)
    correct(stage, mark)
    go(stage)
    move_clock(timedelta(minutes=31))
    before = len(rows())
    go(stage)
    assert [one.content for one in rows()[before:] if WRONG in one.content] == []
    assert newest().state == "paused"
    with db.unit_of_work() as session, pytest.raises(WrongState, match="rättad"):
        control.resume(session, stage.karin, newest().id, clock.now())


def test_a_running_text_that_does_not_say_it_goes_on(stage):
    stage.release("update")
    go(stage)
    stage.release("update", text="Tankar finns nu även i Vitsand.")
    go(stage)
    correct(stage, press(stage))
    go(stage)
    assert newest().state == "running"


def test_its_posts_that_come_back_to_be_tried_again_never_are(stage):
    said_twice(stage)
    with db.unit_of_work() as session:
        one = session.scalars(
            select(Delivery)
            .where(Delivery.broadcast_id == newest().id, ~Delivery.leading)
            .order_by(Delivery.id)
        ).first()
        one.state, one.settled_at, one.remote_id = "started", None, None
        number = one.id
    mark = press(stage)
    with db.unit_of_work() as session:
        session.get_one(Delivery, number).state = "retry"
    with db.unit_of_work() as session:
        marks.sweep(session, clock.now())
    correct(stage, mark)
    go(stage)
    work(stage)
    assert [(row.state, row.reason) for row in rows(id=number)] == [("stopped", "fault")]


def test_what_may_be_out_when_it_is_stopped_is_looked_for(stage):
    """Else the wrong text stays uncorrected where it is, until somebody comes to look."""
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        one = session.scalars(select(Delivery).where(~Delivery.leading)).first()
        one.state, one.attempts, one.maybe_out = "retry", 1, True
        number = one.id
    press(stage)
    [row] = rows(id=number)
    assert row.state == "unknown" and row.look_at is not None
