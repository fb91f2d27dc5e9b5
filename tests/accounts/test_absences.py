"""Recording who is away and who stands in."""

from __future__ import annotations

from datetime import date

import pytest

from console import clock, db
from console.accounts import absences, charge, completeness, coverage, oversight, plan_queries
from console.accounts.absence_models import Absence
from console.accounts.absences import Wanted
from console.accounts.coverage_rules import DAY, Span
from console.accounts.models import Account
from console.errors import BadInput, ConsoleError, NotAllowed, NotFound, Stale
from console.people.models import Person
from console.people.operations import change_roles
from console.people.rules import Role
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries as bodies


def day(n: int) -> date:
    """So many days from today, in Sweden."""
    return coverage.today(clock.now()) + n * DAY


def wanted(first: int, last: int, substitute: Person | None = None, **more: object) -> Wanted:
    who = None if substitute is None else substitute.id
    return Wanted(day(first), day(last), who, **more)  # type: ignore[arg-type]


def away(actor: Person, person: Person, *more: Wanted) -> list[int]:
    with db.unit_of_work() as session:
        return [one.id for one in absences.add(session, actor, person.id, more, clock.now())]


def uncovered(cast: Cast, account: int, first: int = 0, last: int = 60) -> list[Span]:
    with db.unit_of_work() as session:
        window = Span(day(first), day(last))
        return coverage.read(session, window).uncovered(account, window)


def test_an_absence_says_who_is_away_when_who_stands_in_and_who_wrote_it(cast: Cast) -> None:
    """3-c"""
    (number,) = away(cast.maria, cast.olle, wanted(5, 9, cast.lisa))
    with db.unit_of_work() as session:
        absence = session.get_one(Absence, number)
        assert (absence.person.name, absence.substitute.name) == ("olle", "lisa")  # type: ignore[union-attr]
        assert (absence.first_day, absence.last_day) == (day(5), day(9))
        assert absence.recorded_by.name == "maria"
    (body,) = bodies("absence:recorded")
    assert body["facts"] == {
        "absence": number, "about": cast.olle.id, "substitute": cast.lisa.id, "accounts": [],
        "first": day(5).isoformat(), "last": day(9).isoformat(),
    }  # fmt: skip


def test_an_account_is_uncovered_while_its_only_administrator_is_away_without_a_substitute(
    cast: Cast,
) -> None:
    """3-c"""
    (number,) = away(cast.olle, cast.olle, wanted(5, 9))
    assert uncovered(cast, cast.webhook) == [Span(day(5), day(9))]
    assert uncovered(cast, cast.website) == [], "Lisa is there"
    with db.unit_of_work() as session:
        seen = absences.state_of(session.get_one(Absence, number))
        change = wanted(5, 9, by_account={cast.webhook: cast.lisa.id})
        absences.change(session, cast.olle, number, change, seen, clock.now())
    assert uncovered(cast, cast.webhook) == [], "Lisa stands in on this account"
    away(cast.lisa, cast.lisa, wanted(8, 12, cast.olle))
    assert uncovered(cast, cast.webhook) == [Span(day(8), day(9))], "she is away herself"
    assert uncovered(cast, cast.website) == [Span(day(8), day(9))]


def test_a_substitute_who_is_shut_out_covers_nothing_from_then_on(cast: Cast) -> None:
    away(cast.olle, cast.olle, wanted(5, 9, cast.lisa))
    assert uncovered(cast, cast.webhook) == []
    with db.unit_of_work() as session:
        session.get_one(Person, cast.lisa.id).active = False
    assert uncovered(cast, cast.webhook) == [Span(day(5), day(9))]


def test_who_has_been_given_other_roles_covers_nothing_from_then_on(cast: Cast) -> None:
    """3-a, 3-c: neither as substitute nor as administrator. They can't confirm what is to be done
    by hand, so nobody is told that they do it."""
    away(cast.olle, cast.olle, wanted(0, 9, cast.lisa))
    assert uncovered(cast, cast.webhook) == [] and short(2)[cast.webhook] == 1
    with db.unit_of_work() as session:
        looked = charge.people(session, [cast.webhook], clock.now())
        assert [one.id for one in looked] == [cast.lisa.id, cast.olle.id]
        lisa = session.get_one(Person, cast.lisa.id)
        change_roles(session, cast.maria, clock.now(), lisa, [Role.REVIEWER])
    assert uncovered(cast, cast.webhook) == [Span(day(0), day(9))]
    assert short(2) == {cast.website: 1, cast.webhook: 1, cast.facebook: 0}
    with db.unit_of_work() as session:
        [olle] = charge.people(session, [cast.webhook], clock.now())
        assert olle.id == cast.olle.id
        assert charge.looks_after(session, cast.olle.id, cast.website, clock.now())
        assert not charge.looks_after(session, cast.lisa.id, cast.website, clock.now())
        website = session.get_one(Account, cast.website)
        assert not plan_queries.enough_administrators(session, website)
        assert completeness.of(session, [website])[website.id].administrators == 1


def short(least: int) -> dict[int, int]:
    with db.unit_of_work() as session:
        return oversight.short_of_administrators(session, least)


def test_an_absence_taken_back_covers_the_days_again_and_stays_in_the_timeline(
    cast: Cast,
) -> None:
    (number,) = away(cast.olle, cast.olle, wanted(5, 9))
    with db.unit_of_work() as session:
        absences.remove(session, cast.olle, number, clock.now())
    assert uncovered(cast, cast.webhook) == []
    assert [body["facts"]["absence"] for body in bodies("absence:removed")] == [number]
    with db.unit_of_work() as session, pytest.raises(NotFound):
        absences.remove(session, cast.olle, number, clock.now())


def test_an_account_without_administrators_or_at_rest_is_no_gap_in_coverage(cast: Cast) -> None:
    away(cast.olle, cast.olle, wanted(0, 3))
    with db.unit_of_work() as session:
        session.get_one(Account, cast.facebook).state = "active"
        window = Span(day(0), day(9))
        facts = coverage.read(session, window)
        assert facts.uncovered(cast.facebook, window) == [window]
        assert list(coverage.all_uncovered(facts, window)) == [cast.webhook]
        session.get_one(Account, cast.webhook).state = "paused"
        session.flush()
        assert coverage.all_uncovered(coverage.read(session, window), window) == {}


@pytest.mark.parametrize(
    ("first", "last", "substitute", "field"),
    [
        (5, 4, "lisa", "last_day"),
        (-9, -1, "lisa", "last_day"),
        (5, 2000, "lisa", "last_day"),
        (5, 9, "olle", "substitute"),
        (5, 9, "per", "substitute"),
        (12, 14, "lisa", "first_day"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_changes_nothing(
    cast: Cast, first: int, last: int, substitute: str, field: str
) -> None:
    away(cast.olle, cast.olle, wanted(10, 12))
    with pytest.raises(BadInput) as refused:
        away(cast.olle, cast.olle, wanted(1, 2), wanted(first, last, getattr(cast, substitute)))
    assert refused.value.field == field
    assert len(bodies("absence:recorded")) == 1


def test_nobody_records_anothers_absence_but_those_whose_role_does(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        away(cast.lisa, cast.olle, wanted(1, 2))
    (number,) = away(cast.maria, cast.olle, wanted(1, 2))
    for act in (
        lambda session: absences.remove(session, cast.lisa, number, clock.now()),
        lambda session: absences.change(session, cast.lisa, number, wanted(1, 3), "", clock.now()),
    ):
        with db.unit_of_work() as session, pytest.raises(NotAllowed):
            act(session)


def test_a_change_made_from_an_old_page_is_refused(cast: Cast) -> None:
    (number,) = away(cast.olle, cast.olle, wanted(5, 9))
    with db.unit_of_work() as session:
        seen = absences.state_of(session.get_one(Absence, number))
        absences.change(session, cast.olle, number, wanted(5, 8), seen, clock.now())
    with db.unit_of_work() as session, pytest.raises(Stale):
        absences.change(session, cast.olle, number, wanted(5, 10), seen, clock.now())
    with db.unit_of_work() as session:
        assert session.get_one(Absence, number).last_day == day(8)


def test_a_substitute_is_named_only_for_accounts_that_the_absent_person_looks_after(
    cast: Cast,
) -> None:
    with pytest.raises(ConsoleError, match="sköter inte"):
        away(cast.olle, cast.olle, wanted(1, 2, by_account={cast.facebook: cast.lisa.id}))


def test_days_are_swedens_not_utcs() -> None:
    evening = clock.now().replace(hour=23, minute=30)
    assert coverage.today(evening) == evening.date() + DAY
