"""Who stands in for an account's administrator is told of its lock, and nobody is counted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from console.accounts import absences, charge
from console.accounts.absence_models import Absence
from console.accounts.absences import Wanted
from console.config import Settings
from console.db import unit_of_work
from console.incidents import operations, queries
from console.incidents.models import Incident
from console.incidents.operations import reminding
from console.incidents.operations.notices import notify_newcomers
from console.people.models import Person
from tests.incidents.cast import START, Cast, at, cast, event, person
from tests.incidents.test_pages import Browser

TODAY = START.date()
TOMORROW = 24 * 60
"""The same clock time the day after, in minutes."""


@pytest.fixture
def c(database: Settings) -> Cast:
    with unit_of_work() as session:
        found = cast(session)
        person(session, "Sara Lund", "account_administrator")
        return found


def named(c: Cast, name: str) -> Person:
    with unit_of_work() as session:
        return session.query(Person).filter_by(name=name).one()


def away(
    c: Cast, who: Person, instead: Person | None, first: int = 0, last: int = 0,
    by_account: dict[int, int] | None = None,
) -> None:  # fmt: skip
    """Away from `first` to `last`, in days from the one on which the event is opened."""
    days = [TODAY + timedelta(days=n) for n in (first, last)]
    wanted = Wanted(days[0], days[1], instead.id if instead else None, by_account)
    with unit_of_work() as session:
        absences.add(session, session.get_one(Person, who.id), who.id, [wanted], at(-60))


def opened(c: Cast) -> int:
    with unit_of_work() as session:
        return event(session, c.unit).id


def told(incident_id: int, kind: str = "locked") -> dict[str, str]:
    """Name → accounts of the last notice of a kind."""
    with unit_of_work() as session:
        return {n.person.name: n.accounts for n in queries.notices_of(session, incident_id, kind)}


def unread(incident_id: int, minute: int = 5) -> list[str]:
    with unit_of_work() as session:
        return [n.person.name for n in queries.unread_notices(session, incident_id, at(minute))]


def read(incident_id: int, name: str, minute: int = 5) -> None:
    with unit_of_work() as session:
        [mine] = [
            n for n in queries.notices_of(session, incident_id, "locked") if n.person.name == name
        ]
        operations.acknowledge(session, mine.person, mine.id, at(minute), "none")


def test_who_stands_in_today_is_told_of_the_lock_and_so_is_who_is_away(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"), -3, 0)
    incident_id = opened(c)
    made = told(incident_id)
    assert made["Sara Lund"] == made["Karin Holm"] == f"{c.bath.id},{c.school.id}"
    with unit_of_work() as session:
        incident = session.get_one(Incident, incident_id)
        operations.release_lock(session, c.unit, incident, c.bath.id, "Klart.", at(9), mail=True)
    assert told(incident_id, "released").keys() == {"Sara Lund", "Karin Holm"}


def test_a_substitute_named_for_one_account_is_told_of_that_one(c: Cast) -> None:
    sara = named(c, "Sara Lund")
    away(c, c.karin, None, by_account={c.bath.id: sara.id})
    assert told(opened(c))["Sara Lund"] == str(c.bath.id)


@pytest.mark.parametrize(("first", "last"), [(-5, -1), (1, 4)])
def test_who_stands_in_another_day_is_not_told(c: Cast, first: int, last: int) -> None:
    with unit_of_work() as session:
        sara = session.query(Person).filter_by(name="Sara Lund").one()
        session.add(
            Absence(
                person_id=c.karin.id, substitute_id=sara.id, recorded_by_id=c.karin.id,
                first_day=TODAY + timedelta(days=first), last_day=TODAY + timedelta(days=last),
                recorded_at=START,
            )
        )  # fmt: skip
    assert "Sara Lund" not in told(opened(c))


def test_one_who_is_away_and_their_substitute_are_one_who_has_not_read(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"))
    incident_id = opened(c)
    assert unread(incident_id) == ["Ali Hassan", "Sara Lund"]
    read(incident_id, "Sara Lund")
    assert unread(incident_id) == ["Ali Hassan"]


def test_the_administrator_is_rung_again_when_the_substitutes_days_are_over(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"))
    incident_id = opened(c)
    assert unread(incident_id, TOMORROW) == ["Karin Holm", "Ali Hassan"]


def test_who_is_away_waits_to_be_read_where_nobody_is_there_instead(c: Cast) -> None:
    sara = named(c, "Sara Lund")
    away(c, c.karin, sara)
    away(c, sara, None)
    incident_id = opened(c)
    assert "Sara Lund" in told(incident_id), "told, though away"
    assert unread(incident_id) == ["Karin Holm", "Ali Hassan"]


def test_who_is_away_is_rung_about_the_account_that_nobody_has_taken_over(c: Cast) -> None:
    away(c, c.karin, None, by_account={c.bath.id: named(c, "Sara Lund").id})
    assert unread(opened(c)) == ["Karin Holm", "Ali Hassan", "Sara Lund"]


def test_the_substitute_is_reminded_and_the_one_away_is_called_unread_to_nobody(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"))
    incident_id = opened(c)
    read(incident_id, "Sara Lund")
    read(incident_id, "Ali Hassan")
    with unit_of_work() as session:
        for minute in range(15, 200, 15):
            assert reminding.remind_unread(session, at(minute), mail=True) == 0
        assert reminding.remind_unread(session, at(TOMORROW), mail=True) == 1, "Karin is back"


def test_a_substitute_hears_that_the_other_administrator_has_not_read(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"))
    incident_id = opened(c)
    read(incident_id, "Sara Lund")
    with unit_of_work() as session:
        for minute in (15, 30, 45, 60):
            reminding.remind_unread(session, at(minute), mail=True)
        made = {n.person.name: n.content for n in queries.notices_of(session, incident_id, "staff")}
    assert made.keys() == {"Sara Lund", "Karin Holm"}
    assert "Ali Hassan har inte svarat. Du sköter också kontot." in made["Sara Lund"]


def test_who_begins_to_stand_in_during_the_event_is_told_on_that_day_and_once(c: Cast) -> None:
    away(c, c.karin, named(c, "Sara Lund"), 1, 3)
    incident_id = opened(c)
    midnight = 15 * 60 + 58
    assert "Sara Lund" not in told(incident_id)
    with unit_of_work() as session:
        assert notify_newcomers(session, at(midnight - 1), mail=True) == 0
        assert notify_newcomers(session, at(midnight), mail=True) == 2, "of two locked accounts"
        assert notify_newcomers(session, at(midnight + 1), mail=True) == 0
    assert "Sara Lund" in told(incident_id)
    assert "Sara Lund" in unread(incident_id, midnight)


def test_an_administrator_who_stands_in_too_looks_after_the_account_once(c: Cast) -> None:
    away(c, c.karin, c.ali)
    made = told(opened(c))
    assert made["Ali Hassan"].split(",").count(str(c.school.id)) == 1
    with unit_of_work() as session:
        found = charge.people(session, [c.school.id, c.bath.id], at(0))
        assert [one.name for one in found] == ["Ali Hassan", "Karin Holm"], "Karin is away"


def test_the_board_counts_the_substitute_in_place_of_who_is_away(
    strict_app: Flask, c: Cast
) -> None:
    away(c, c.karin, named(c, "Sara Lund"), 0, 1000)
    opened(c)
    board = Browser(strict_app, c.unit).get("/incidents/koka-vattnet/").text
    assert "Inte läst: Ali Hassan, Sara Lund." in board
    assert "0 av 2" in board
