"""The guideline's versions, its yearly review, and whose pledge still stands. Pure.

Source: guideline 3.2 (pledge), 3.3 (reading, training), 8 (revision).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from console.phrases import STOCKHOLM

OPENS_BEFORE = timedelta(days=30)
"""How long before it is due the review stands on the strategy department's start page."""
FURTHEST = timedelta(days=3 * 366)
"""How far ahead a version may begin to apply: a mistyped year is caught."""
LONGEST_LINE = 200
LONGEST_TEXT = 2000


class Size(StrEnum):
    """How large a change a version is, and so who decides on it (8-c)."""

    MINOR = "minor"
    """The strategy department alone."""
    MAJOR = "major"
    """The municipal executive board, by a decision that has a date and a paragraph."""


class Outcome(StrEnum):
    """What a review came to (8-a)."""

    NOTHING = "nothing"
    MINOR = "minor"
    MAJOR = "major"


class Lack(StrEnum):
    """What a person who answers for an account hasn't done."""

    PLEDGE = "pledge"
    READING = "reading"
    TRAINING = "training"


SIZE_LABELS: dict[Size, LazyString] = {
    Size.MINOR: _("Mindre ändring"),
    Size.MAJOR: _("Större ändring"),
}
OUTCOME_LABELS: dict[Outcome, LazyString] = {
    Outcome.NOTHING: _("Inget ändras"),
    Outcome.MINOR: _("Mindre ändring"),
    Outcome.MAJOR: _("Större ändring"),
}
LACK_LABELS: dict[Lack, LazyString] = {
    Lack.PLEDGE: _("Förbindelse"),
    Lack.READING: _("Läsning"),
    Lack.TRAINING: _("Utbildning"),
}


class Dated(Protocol):
    """What the rules ask of a version."""

    @property
    def number(self) -> int: ...
    @property
    def size(self) -> str: ...
    @property
    def applies_from(self) -> date: ...
    @property
    def settled_at(self) -> datetime | None: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


V = TypeVar("V", bound=Dated)


def day_of(at: datetime) -> date:
    """The day in Sweden."""
    return at.astimezone(STOCKHOLM).date()


def in_force(versions: Sequence[V], at: datetime) -> V | None:
    """The version that applied at a moment, as the console knew it then.

    Nothing that is written down later changes the answer: a version counts from the moment when
    its decision was in place here, and at the earliest from its own day.
    """
    day = day_of(at)
    found = [
        one
        for one in versions
        if one.settled_at is not None and one.settled_at <= at and one.applies_from <= day
    ]
    return max(
        (one for one in found if one.withdrawn_at is None), key=lambda one: one.number, default=None
    )


def upcoming(versions: Sequence[V], at: datetime) -> V | None:
    """The version that waits for its decision or its day; there is never more than one."""
    now = in_force(versions, at)
    reached = now.number if now else 0
    waiting = [one for one in versions if one.number > reached and one.withdrawn_at is None]
    return waiting[-1] if waiting else None


def pledge_floor(versions: Sequence[Dated], current: Dated) -> int:
    """The oldest version that a pledge may be of and still stand (3.2-d).

    A major version asks for a new pledge; a minor one leaves those there are in force, and asks
    only for a new reading. The first one asks, whatever it is called.
    """
    passed = [one for one in versions if one.number <= current.number and not one.withdrawn_at]
    major = [one.number for one in passed if one.size == Size.MAJOR]
    return max(major, default=min(one.number for one in passed))


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Review:
    """The task of going through the guideline: it opens by itself, and is never put off by hand."""

    due: date
    since: date
    """What the time is counted from: the last review, or the day of the version."""
    open: bool
    """It is time: within OPENS_BEFORE of `due`, or after."""
    late: bool


def review(since: date, months: int, today: date) -> Review:
    """When the guideline is to be gone through next (8-a).

    Args:
        since: day of the last review; before the first one, of the newest major version.
    """
    due = months_after(since, months)
    return Review(due, since, open=today >= due - OPENS_BEFORE, late=today > due)
