"""*Stoppa allt* pressed at the moment when a newer text takes over: nobody is told to try again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from console import clock, db
from console.messages.operations import approve, control
from tests.stage import Stage
from tests.waiting import until_one_waits


@pytest.fixture
def stage(database):
    return Stage(database)


def test_a_stop_never_locks_up_with_the_round_that_replaces_what_it_stops(
    stage, monkeypatch, move_clock
):
    stage.release("update")
    stage.tick()
    stage.release("no_news")
    check, failed, pressed = approve.check_standing, [], []

    def stop():
        try:
            with db.unit_of_work() as session:
                control.stop_all(session, stage.karin, stage.incident.id, clock.now())
        except Exception as error:
            failed.append(error)

    def meanwhile(*given):
        thread = threading.Thread(target=stop)
        thread.start()
        pressed.append(thread)
        until_one_waits()
        check(*given)

    monkeypatch.setattr(approve, "check_standing", meanwhile)
    stage.tick()
    [thread] = pressed
    thread.join(20)
    assert failed == []
    move_clock(timedelta(hours=1))
    assert stage.tick() == 0
