"""På jour nu: one holder per role, handed over in one press, and a call list in order."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.errors import BadInput, NotAllowed, WrongState
from console.people import duty, queries
from console.people.models import Duty, Person, PersonRole
from console.people.rules import Role
from console.timeline.models import Entry
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def cast(database) -> Cast:
    with db.unit_of_work() as session:
        return Cast.enter(session)


def hand_over(actor, role, to, **more):
    with db.unit_of_work() as session:
        return duty.hand_over(
            session, actor, role, session.get_one(Person, to.id), clock.now(), **more
        )


def holder(role):
    with db.unit_of_work() as session:
        person = queries.on_duty(session, role)
        return None if person is None else person.name


def names(role):
    with db.unit_of_work() as session:
        return [person.name for person in queries.call_list(session, role)]


def tags():
    with db.unit_of_work() as session:
        return [(e.tag, e.incident_id) for e in session.scalars(select(Entry).order_by(Entry.n))]


def test_nobody_has_a_duty_until_somebody_takes_it(cast):
    assert holder(Role.APPROVER) is None
    hand_over(cast.karin, Role.APPROVER, cast.karin)
    assert holder(Role.APPROVER) == "Karin Holm"
    assert holder(Role.INFORMATION_UNIT) is None


def test_a_duty_is_handed_over_in_one_press_and_its_history_stays(cast):
    hand_over(cast.karin, Role.APPROVER, cast.karin)
    hand_over(cast.karin, Role.APPROVER, cast.per)
    assert holder(Role.APPROVER) == "Per Lind"
    with db.unit_of_work() as session:
        rows = session.scalars(select(Duty).order_by(Duty.id)).all()
    assert [(row.person_id, row.ended_at is None) for row in rows] == [
        (cast.karin.id, False),
        (cast.per.id, True),
    ]
    assert rows[0].ended_at == rows[1].since
    assert [tag for tag in tags() if tag[0].startswith("duty")] == [("duty:handed_over", None)] * 2


def test_another_with_the_role_can_take_it_over(cast):
    hand_over(cast.karin, Role.APPROVER, cast.karin)
    hand_over(cast.per, Role.APPROVER, cast.per)
    assert holder(Role.APPROVER) == "Per Lind"


def test_the_unit_can_put_an_approver_on_duty_but_others_cannot(cast):
    with pytest.raises(NotAllowed):
        hand_over(cast.olle, Role.APPROVER, cast.karin)
    with pytest.raises(NotAllowed):
        hand_over(cast.karin, Role.INFORMATION_UNIT, cast.lisa)
    assert holder(Role.APPROVER) is None
    hand_over(cast.lisa, Role.APPROVER, cast.karin)
    assert holder(Role.APPROVER) == "Karin Holm"


def test_only_somebody_with_the_role_can_have_its_duty(cast):
    with pytest.raises(BadInput):
        hand_over(cast.karin, Role.APPROVER, cast.olle)
    with pytest.raises(BadInput):
        hand_over(cast.lisa, Role.ARCHIVIST, cast.rut)
    assert not tags() or not [tag for tag in tags() if tag[0].startswith("duty")]


def test_pressing_twice_changes_nothing_and_says_so(cast):
    hand_over(cast.karin, Role.APPROVER, cast.per)
    with pytest.raises(WrongState, match="Per Lind har redan jouren"):
        hand_over(cast.karin, Role.APPROVER, cast.per)
    assert [tag for tag in tags() if tag[0].startswith("duty")] == [("duty:handed_over", None)]


def test_a_time_that_has_passed_is_refused_and_a_coming_one_kept(cast):
    with pytest.raises(BadInput) as refused:
        hand_over(cast.karin, Role.APPROVER, cast.karin, until=clock.now() - timedelta(seconds=1))
    assert refused.value.field == "until"
    later = clock.now() + timedelta(hours=8)
    assert hand_over(cast.karin, Role.APPROVER, cast.karin, until=later).until == later


def test_who_is_shut_out_or_lost_the_role_is_not_on_duty_any_more(cast):
    hand_over(cast.karin, Role.APPROVER, cast.karin)
    with db.unit_of_work() as session:
        session.get_one(Person, cast.karin.id).active = False
    assert holder(Role.APPROVER) is None
    hand_over(cast.per, Role.APPROVER, cast.per)
    with db.unit_of_work() as session:
        row = session.get_one(PersonRole, (cast.per.id, Role.APPROVER.value))
        row.role = Role.ARCHIVIST.value
    assert holder(Role.APPROVER) is None
    assert names(Role.APPROVER) == []


def test_the_call_list_begins_with_who_is_on_duty(cast):
    with db.unit_of_work() as session:
        for person in (cast.karin, cast.per):
            there = session.get_one(Person, person.id)
            duty.call_earlier(session, cast.lisa, Role.APPROVER, there, clock.now())
    assert names(Role.APPROVER) == ["Karin Holm", "Per Lind"]
    hand_over(cast.per, Role.APPROVER, cast.per)
    assert names(Role.APPROVER) == ["Per Lind", "Karin Holm"]


def test_the_call_list_can_be_put_in_another_order_and_left(cast):
    with db.unit_of_work() as session:
        karin, per = (session.get_one(Person, one.id) for one in (cast.karin, cast.per))
        for person in (karin, per, per):
            duty.call_earlier(session, cast.per, Role.APPROVER, person, clock.now())
    assert names(Role.APPROVER) == ["Per Lind", "Karin Holm"]
    with db.unit_of_work() as session:
        per = session.get_one(Person, cast.per.id)
        duty.leave_call_list(session, cast.per, Role.APPROVER, per, clock.now())
    assert names(Role.APPROVER) == ["Karin Holm"]
    assert [tag for tag, _ in tags()].count("duty:list:changed") == 4


def test_two_who_take_the_duty_at_once_leave_one_holder(cast):
    gate, errors = threading.Barrier(2), []

    def take(person):
        gate.wait()
        try:
            hand_over(person, Role.APPROVER, person)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=take, args=(one,)) for one in (cast.karin, cast.per)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert holder(Role.APPROVER) in ("Karin Holm", "Per Lind")
    with db.unit_of_work() as session:
        rows = session.scalars(select(Duty).order_by(Duty.id)).all()
    assert [row.ended_at is None for row in rows] == [False, True]
