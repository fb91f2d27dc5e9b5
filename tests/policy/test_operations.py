from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from console import clock
from console.db import unit_of_work
from console.errors import WrongState
from console.people.models import Person
from console.people.operations import add_person
from console.policy import operations, queries
from console.policy.models import LiveUse
from console.timeline.models import Entry
from tests.cast import Cast


def add_example() -> Person:
    with unit_of_work() as session:
        return add_person(
            session,
            None,
            clock.now(),
            name="Exempel Person",
            email="exempel@torsby.example",
            roles=["approver"],
            example=True,
        )


def test_the_newest_profile_is_in_force(cast: Cast) -> None:
    with unit_of_work() as session:
        operations.set_profile(session, cast.siv, clock.now(), {"idle_minutes": 20})
        assert queries.current(session).idle_minutes == 20
    with unit_of_work() as session:
        assert queries.current(session).idle_minutes == 20
        operations.set_profile(session, None, clock.now(), {"idle_minutes": 45})
    with unit_of_work() as session:
        assert queries.current(session).idle_minutes == 45
        tags = session.scalars(select(Entry.tag)).all()
    assert tags.count("policy:changed") == 2


def test_live_use_with_example_people_is_refused(cast: Cast) -> None:
    add_example()
    with unit_of_work() as session, pytest.raises(WrongState) as refusal:
        operations.go_live(session, cast.siv, clock.now())
    assert "Exempelpersoner" in refusal.value.message
    with unit_of_work() as session:
        assert not queries.live_use_is_on(session)
        assert session.scalars(select(LiveUse)).all() == []


def test_a_deactivated_example_person_still_stands_in_the_way(cast: Cast) -> None:
    example = add_example()
    with unit_of_work() as session:
        session.get_one(Person, example.id).active = False
    with unit_of_work() as session, pytest.raises(WrongState):
        operations.go_live(session, cast.siv, clock.now())


def test_live_use_without_an_administrator_who_can_log_in_is_refused(cast: Cast) -> None:
    with unit_of_work() as session:
        session.get_one(Person, cast.siv.id).password_hash = None
    with unit_of_work() as session, pytest.raises(WrongState) as refusal:
        operations.go_live(session, cast.siv, clock.now())
    assert "systemadministratör" in refusal.value.message


def test_going_live_keeps_evidence_for_each_condition_and_happens_once(cast: Cast) -> None:
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now())
    with unit_of_work() as session:
        assert queries.live_use_is_on(session)
        kept = {row.condition for row in session.scalars(select(LiveUse))}
        assert kept == {c.name for c in operations.CONDITIONS} | {queries.LIVE_USE}
        with pytest.raises(WrongState):
            operations.go_live(session, cast.siv, clock.now())


def test_example_people_are_refused_in_live_use(cast: Cast) -> None:
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now())
    with pytest.raises(WrongState):
        add_example()


def test_an_example_person_cannot_slip_in_while_live_use_begins(cast: Cast) -> None:
    started, refused = threading.Event(), []

    def slip_in() -> None:
        started.set()
        try:
            add_example()
        except WrongState:
            refused.append(True)

    other = threading.Thread(target=slip_in)
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now())
        other.start()
        started.wait(5)
        other.join(0.3)
        assert other.is_alive()
    other.join(10)
    assert refused == [True]
