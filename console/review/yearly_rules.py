"""The yearly report of an account: when it opens and is due, what it goes through. Pure.

Source: guideline 4.3: yearly, in the third quarter, to those who approved; the goal met or not.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.accounts.coverage_rules import Span
from console.people.rules import Role
from console.timeline.rules import canonical

FORMAT = 1
"""Of the canonical JSON that is frozen when a report is sent."""
STORY = 5_000
"""Characters of what is told."""
REASON = 1_000
"""Characters of why it was judged so."""
MOST_FOLLOWERS = 100_000_000
OWN_TIME = timedelta(days=30)
"""What somebody has who begins a report after the year's day has passed."""
SEES_ALL = frozenset({Role.STRATEGY, Role.INFORMATION_UNIT, Role.REVIEWER})
"""Roles that read every account's report."""


class State(StrEnum):
    OPEN = "open"
    SENT = "sent"
    EVALUATED = "evaluated"


STATE_LABELS: dict[State, LazyString] = {
    State.OPEN: _l("Att skriva"),
    State.SENT: _l("Att utvärdera"),
    State.EVALUATED: _l("Utvärderad"),
}
LATE = "late"
"""In a list's address: to be written, and past its day."""


class Goal(StrEnum):
    MET = "met"
    PARTLY = "partly"
    NOT = "not"


GOAL_LABELS: dict[Goal, LazyString] = {
    Goal.MET: _l("Målet är nått"),
    Goal.PARTLY: _l("Målet är delvis nått"),
    Goal.NOT: _l("Målet är inte nått"),
}


class Step(StrEnum):
    """What the evaluation leads to (4.3-d)."""

    CONTINUE = "continue"
    CHANGE = "change"
    STOP = "stop"


STEP_LABELS: dict[Step, LazyString] = {
    Step.CONTINUE: _l("Fortsätt som nu"),
    Step.CHANGE: _l("Ändra planen"),
    Step.STOP: _l("Avsluta kontot"),
}


class Stage(IntEnum):
    """How near the day is: each tells an account's administrators once."""

    OPENED = 0
    MONTH = 1
    WEEK = 2
    LATE = 3


@dataclass(frozen=True)
class Figures:
    """What the console has counted on an account in a period (4.3-b)."""

    posts: int
    comments: int
    """Of others, as they stand in the inbox."""
    answered: int
    half_seconds: int | None
    """Within how long half of the questions were answered; None: none was."""
    checks_made: int
    checks_asked: int
    """Looks, or days with enough of them; never more made than asked in a week."""
    months: tuple[tuple[str, int, int, int], ...]
    """(YYYY-MM, posts, comments, answered), every month of the period."""


def window(months: Sequence[int], year: int) -> Span:
    """The first and the last day on which the report of a year is written (4.3-a).

    Args:
        months: the profile's report_months.
    """
    last = months[-1]
    return Span(date(year, months[0], 1), date(year, last, monthrange(year, last)[1]))


def covered(begun: date) -> Span:
    """The twelve months that a report begun on this day tells of: they are over, so that its
    figures don't move while it is written."""
    try:
        first = begun.replace(year=begun.year - 1)
    except ValueError:  # 29 February
        first = begun.replace(year=begun.year - 1, day=28)
    return Span(first, begun - timedelta(days=1))


def due_day(months: Sequence[int], begun: date) -> date:
    """When a report begun on this day is to be sent: the last day of the year's window, or for who
    comes after it within `OWN_TIME`."""
    last = window(months, begun.year).last
    return last if begun <= last else begun + OWN_TIME


def stage(due: date, today: date) -> Stage:
    left = (due - today).days
    if left < 0:
        return Stage.LATE
    if left <= 7:
        return Stage.WEEK
    return Stage.MONTH if left <= 30 else Stage.OPENED


def state_of(sent_at: datetime | None, evaluated_at: datetime | None) -> State:
    if evaluated_at is not None:
        return State.EVALUATED
    return State.OPEN if sent_at is None else State.SENT


def mark_of(saved_at: datetime | None) -> str:
    """What somebody who writes knows the last saving by; "": nothing is saved."""
    return "" if saved_at is None else saved_at.isoformat()


def reads_all(roles: Collection[str]) -> bool:
    return not SEES_ALL.isdisjoint(roles)


def months_of(period: Span) -> list[str]:
    """YYYY-MM of every month that the period touches."""
    found, day = [], period.first.replace(day=1)
    while day <= period.last:
        found.append(f"{day:%Y-%m}")
        day = (day + timedelta(days=31)).replace(day=1)
    return found


def digest(content: Mapping[str, Any]) -> str:
    """The hash that a report is frozen under: SHA-256 of its one spelling (RFC 8785)."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
