"""When nobody looks after an account. Pure: days are dates in Sweden, first and last included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WARN_DAYS = 60
"""How long before an uncovered day its people are asked for a substitute. The main holiday is to be
told to the staff two months before it begins (semesterlagen 11 §): by then it is known who is away,
and there is time to find somebody."""
WORKING_DAY_HOURS = 6
"""An entry of a calendar that lasts as long within one day is a day away, not a meeting."""

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """Whole days, both ends included; never backwards."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def within(self, other: Span) -> Span | None:
        """What the two have in common."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Span(first, last) if first <= last else None


@dataclass(frozen=True)
class Away:
    """One absence of a person."""

    person: int
    span: Span
    substitute: int | None = None
    """Who stands in on every account that isn't in `by_account`."""
    by_account: Mapping[int, int] | None = None
    """Account → who stands in there."""

    def stands_in(self, account: int) -> int | None:
        return (self.by_account or {}).get(account, self.substitute)


def uncovered(
    account: int,
    administrators: Sequence[int],
    absences: Mapping[int, Sequence[Away]],
    window: Span,
    barred: frozenset[int] = frozenset(),
) -> list[Span]:
    """The days of `window` on which every administrator is absent and no substitute who is present
    stands in for any of them (3-c). In order, none touching the next.

    An account without administrators is uncovered throughout. A substitute's own substitute
    doesn't count: nobody has asked them about this account.

    Args:
        administrators: those who are let in.
        absences: person → theirs, in any order; substitutes' too.
        barred: people who aren't let in (any more), and so can't stand in.
    """
    open_days = [window]
    for person in administrators:
        open_days = _both(open_days, _away(absences.get(person, ())))
        if not open_days:
            return []  # somebody is there each day: so it is for most accounts
    for person in administrators:
        for one in absences.get(person, ()):
            substitute = one.stands_in(account)
            if substitute is None or substitute in barred:
                continue
            present = _without([one.span], _away(absences.get(substitute, ())))
            open_days = _without(open_days, present)
    return _joined(open_days)


def _away(absences: Iterable[Away]) -> list[Span]:
    return _joined(one.span for one in absences)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same days as few spans, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.first <= joined[-1].last + DAY:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _both(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    found = (one.within(other) for one in ours for other in theirs)
    return [span for span in found if span is not None]


def _without(ours: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    left = list(ours)
    for gone in taken:
        kept: list[Span] = []
        for one in left:
            if one.within(gone) is None:
                kept.append(one)
                continue
            if one.first < gone.first:
                kept.append(Span(one.first, gone.first - DAY))
            if gone.last < one.last:
                kept.append(Span(gone.last + DAY, one.last))
        left = kept
    return left


@dataclass(frozen=True)
class Week:
    """A calendar week, from its Monday."""

    monday: date

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def span(self) -> Span:
        return Span(self.monday, self.monday + 6 * DAY)


def weeks_from(day: date, count: int) -> tuple[Week, ...]:
    """`count` calendar weeks, the first being the one that `day` is in."""
    monday = day - timedelta(days=day.weekday())
    return tuple(Week(monday + timedelta(weeks=n)) for n in range(count))


def days_in(spans: Iterable[Span], week: Week) -> int:
    """How many of the week's days are in `spans` (which don't overlap)."""
    return sum(part.days for span in spans if (part := span.within(week.span)) is not None)
