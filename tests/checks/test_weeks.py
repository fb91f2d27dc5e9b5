"""Who may say that they have looked, and what a week comes to when it is over (4-f)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from console import clock, db
from console.accounts import absences
from console.accounts.absences import Wanted
from console.accounts.coverage import today
from console.errors import BadInput, NotAllowed, WrongState
from console.monitoring import check_operations, check_queries
from console.people.models import Person
from console.policy.operations import set_profile
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.checks import acts
from tests.checks.acts import at
from tests.upkeep import acts as upkeep

MONDAY = date(2026, 6, 8)


@pytest.fixture
def school(cast: Cast) -> int:
    """Olle's and Maja's, in use since the spring."""
    number = upkeep.register()["@skola"]
    acts.in_use_since(at(1))
    return number


def test_a_week_is_kept_or_missed_and_a_missed_one_stands_in_the_timeline(
    cast: Cast, school: int
) -> None:
    """4-f"""
    acts.tick(at(8, "00:00"))
    acts.look(cast.olle, school, at(8))
    acts.look(cast.maja, school, at(12))
    acts.tick(at(15, "00:01"))
    acts.look(cast.olle, school, at(17))
    acts.tick(at(22))
    assert acts.weeks(school) == {
        MONDAY: ("kept", 2, 2),
        date(2026, 6, 15): ("missed", 1, 2),
        date(2026, 6, 22): ("open", 0, 0),
    }
    missed = [one["facts"] for one in entries("check:week:missed")]
    assert [one for one in missed if one["account"] == school] == [
        {"account": school, "week": "2026-06-15", "made": 1, "asked": 2, "period": "week"}
    ]


def test_a_look_on_sunday_night_counts_in_the_week_that_ends(cast: Cast, school: int) -> None:
    acts.tick(at(8))
    acts.look(cast.olle, school, at(8))
    acts.look(cast.olle, school, at(14, "23:59"))
    acts.look(cast.olle, school, at(15, "00:59"), note="Ny vecka.")
    acts.tick(at(15, "01:00"))
    acts.tick(at(22))
    assert acts.weeks(school)[MONDAY] == ("kept", 2, 2)
    assert acts.weeks(school)[date(2026, 6, 15)] == ("missed", 1, 2)


def test_no_week_is_judged_twice_nor_opened_twice(cast: Cast, school: int) -> None:
    for _again in range(2):
        acts.tick(at(8))
    for _again in range(2):
        acts.tick(at(15))
    missed = [one["facts"]["account"] for one in entries("check:week:missed")]
    assert missed.count(school) == 1


def test_a_new_account_is_asked_from_its_first_whole_week(cast: Cast, school: int) -> None:
    acts.in_use_since(at(9))
    acts.tick(at(10))
    assert acts.weeks(school) == {}
    acts.tick(at(15))
    assert list(acts.weeks(school)) == [date(2026, 6, 15)]


def test_an_account_that_rested_a_part_of_the_week_is_not_judged(cast: Cast, school: int) -> None:
    acts.tick(at(8))
    acts.in_use_since(at(11))
    upkeep.set_state(school, "paused")
    acts.tick(at(15))
    assert acts.weeks(school) == {MONDAY: ("rested", 0, 2)}


def test_a_pause_after_the_week_does_not_excuse_it(cast: Cast, school: int) -> None:
    acts.tick(at(8))
    acts.in_use_since(at(15, "08:00"))
    upkeep.set_state(school, "paused")
    acts.tick(at(15, "09:00"))
    assert acts.weeks(school) == {MONDAY: ("missed", 0, 2)}


def test_later_rules_do_not_rewrite_a_week_that_is_over(cast: Cast, school: int) -> None:
    acts.tick(at(8))
    acts.look(cast.olle, school, at(8))
    acts.look(cast.olle, school, at(9))
    acts.tick(at(15))
    with db.unit_of_work() as session:
        stina = session.get_one(Person, cast.stina.id)
        set_profile(session, stina, clock.now(), {"check_times": 5}, reason="Fler frågor.")
    acts.tick(at(22))
    assert acts.weeks(school)[MONDAY] == ("kept", 2, 2)
    assert acts.weeks(school)[date(2026, 6, 15)] == ("missed", 0, 2), "asked as it began"
    acts.tick(at(29))
    assert acts.weeks(school)[date(2026, 6, 22)] == ("missed", 0, 5)


def test_pressing_twice_is_one_look_and_a_note_is_one_of_its_own(cast: Cast, school: int) -> None:
    assert acts.look(cast.olle, school, at(8))
    assert not acts.look(cast.olle, school, at(8, "09:05"))
    assert acts.look(cast.maja, school, at(8, "09:06"))
    assert acts.look(cast.olle, school, at(8, "09:07"), note="En fråga om skolskjutsen.")
    assert len(entries("check:made")) == 3


def test_only_those_who_look_after_an_account_can_say_they_have(cast: Cast, school: int) -> None:
    newcomer = upkeep.newcomer()
    for person in (newcomer, cast.rut, cast.karin, cast.greta):
        with pytest.raises(NotAllowed):
            acts.look(person, school, at(8))
    for person in (cast.olle, cast.stina, cast.lisa):
        assert acts.look(person, school, at(8))
    with pytest.raises(BadInput):
        acts.look(cast.olle, school, at(9), note="x" * 501)
    upkeep.set_state(school, "ended")
    with pytest.raises(WrongState):
        acts.look(cast.olle, school, at(10))


def test_who_stands_in_looks_in_place_of_who_is_away(cast: Cast, school: int) -> None:
    """3-c: while Olle is on holiday his substitute may, and is asked."""
    stand_in = upkeep.newcomer()
    now = clock.now()
    with pytest.raises(NotAllowed):
        acts.look(stand_in, school)
    with db.unit_of_work() as session:
        olle = session.get_one(Person, cast.olle.id)
        first = today(now)
        absences.add(
            session, olle, olle.id, [Wanted(first, first + timedelta(days=3), stand_in.id)], now
        )
    acts.in_use_since(now - timedelta(days=30))
    acts.tick(now)
    with db.unit_of_work() as session:
        theirs = [one.account.id for one in check_queries.mine(session, stand_in, now)]
        assert school in theirs and check_queries.is_away(session, cast.olle.id, today(now))
    assert acts.look(stand_in, school)


def test_dealing_with_an_item_is_a_look_once_an_hour(cast: Cast, school: int) -> None:
    with db.unit_of_work() as session:
        for minute in ("09:00", "09:30", "10:30"):
            check_operations.seen_in_inbox(session, cast.olle, school, at(8, minute))
        check_operations.seen_in_inbox(session, cast.karin, school, at(8))
    assert [one["facts"]["how"] for one in entries("check:made")] == ["inbox", "inbox"]
