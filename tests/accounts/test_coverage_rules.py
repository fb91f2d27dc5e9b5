"""Which days nobody looks after an account: held against counting day by day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.accounts.coverage_rules import DAY, Away, Span, days_in, uncovered, weeks_from

START = date(2026, 6, 22)
WINDOW = Span(START, START + 39 * DAY)
OLLE, MAJA, LISA, KARIN = 1, 2, 3, 4
ACCOUNT, OTHER = 10, 11


def span(first: int, last: int) -> Span:
    return Span(START + first * DAY, START + last * DAY)


def by_person(*absences: Away) -> dict[int, list[Away]]:
    found: dict[int, list[Away]] = {}
    for one in absences:
        found.setdefault(one.person, []).append(one)
    return found


def slowly(
    account: int,
    administrators: list[int],
    absences: dict[int, list[Away]],
    window: Span,
    barred: frozenset[int],
) -> set[date]:
    """The sentence of 3-c, asked of each day."""

    def is_away(person: int, day: date) -> bool:
        return any(one.span.first <= day <= one.span.last for one in absences.get(person, []))

    days = set()
    for n in range(window.days):
        day = window.first + timedelta(days=n)
        present = [person for person in administrators if not is_away(person, day)]
        for person in administrators:
            for one in absences.get(person, []):
                substitute = (one.by_account or {}).get(account, one.substitute)
                if substitute is None or substitute in barred or is_away(substitute, day):
                    continue
                if one.span.first <= day <= one.span.last:
                    present.append(substitute)
        if not present:
            days.add(day)
    return days


people = st.integers(1, 6)
spans = st.tuples(st.integers(-10, 50), st.integers(0, 25)).map(lambda p: span(p[0], p[0] + p[1]))
aways = st.builds(
    Away,
    person=people,
    span=spans,
    substitute=st.none() | people,
    by_account=st.none() | st.dictionaries(st.sampled_from([ACCOUNT, OTHER]), people),
)


@given(
    st.lists(people, max_size=4, unique=True),
    st.lists(aways, max_size=10),
    st.frozensets(people, max_size=2),
)
def test_the_uncovered_days_are_those_that_counting_each_day_finds(
    administrators: list[int], absences: list[Away], barred: frozenset[int]
) -> None:
    """3-c"""
    kept = by_person(*absences)
    found = uncovered(ACCOUNT, administrators, kept, WINDOW, barred)
    days = [one.first + n * DAY for one in found for n in range(one.days)]
    assert len(days) == len(set(days))
    assert set(days) == slowly(ACCOUNT, administrators, kept, WINDOW, barred)
    for one, after in pairwise(found):
        assert one.last + DAY < after.first, "in order, and none touches the next"


def test_an_account_is_covered_as_long_as_one_administrator_is_there() -> None:
    """3-c"""
    absences = by_person(Away(OLLE, span(0, 20)), Away(MAJA, span(10, 30)))
    assert uncovered(ACCOUNT, [OLLE, MAJA], absences, WINDOW) == [span(10, 20)]


def test_a_substitute_covers_only_the_days_on_which_they_are_there() -> None:
    """3-c"""
    absences = by_person(Away(OLLE, span(0, 20), LISA), Away(LISA, span(5, 8), KARIN))
    assert uncovered(ACCOUNT, [OLLE], absences, WINDOW) == [span(5, 8)], "Karin isn't asked"


def test_a_substitute_named_for_one_account_stands_in_there_and_nowhere_else() -> None:
    """3-c"""
    absences = by_person(Away(OLLE, span(0, 3), None, {OTHER: LISA}))
    assert uncovered(ACCOUNT, [OLLE], absences, WINDOW) == [span(0, 3)]
    assert uncovered(OTHER, [OLLE], absences, WINDOW) == []


def test_who_has_no_login_any_longer_covers_nothing() -> None:
    absences = by_person(Away(OLLE, span(0, 3), LISA))
    assert uncovered(ACCOUNT, [OLLE], absences, WINDOW, frozenset({LISA})) == [span(0, 3)]


def test_weeks_begin_on_mondays_and_carry_swedens_numbers_over_new_year() -> None:
    weeks = weeks_from(date(2026, 12, 30), 3)
    assert [week.number for week in weeks] == [53, 1, 2]
    assert [week.monday.weekday() for week in weeks] == [0, 0, 0]
    assert days_in([Span(date(2027, 1, 2), date(2027, 1, 4))], weeks[0]) == 2
    assert days_in([Span(date(2027, 1, 2), date(2027, 1, 4))], weeks[1]) == 1
