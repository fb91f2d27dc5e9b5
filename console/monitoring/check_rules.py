"""How often an account is looked at, counted week by week (4-f). Pure.

The guideline asks somebody to go through "posts and comments" at least twice a week, so what
counts is a person who has read them: who presses *Kontrollerat nu*, or deals with an item of the
account in the inbox. That the console has sent a post, read one back or fetched a feed shows
nothing about comments, and neither does a post made by hand or a check of the profile: none of
them counts.

Weeks are ISO weeks in Swedish time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.phrases import STOCKHOLM
from console.policy.workday_rules import workdays

APART = timedelta(hours=1)
"""Two looks closer than this are one: pressing twice is no second look."""
NOTE = 500
"""Characters of what somebody saw."""
WEEK, WORKDAY = "week", "workday"
"""The profile's periods."""


class How(StrEnum):
    """What a look was."""

    PRESSED = "pressed"
    INBOX = "inbox"


HOW_LABELS: dict[str, LazyString] = {
    "pressed": _l("Kontrollerat"),
    "inbox": _l("Läste i inkorgen"),
}


class WeekState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    RESTED = "rested"
    """It wasn't in use the whole week: nothing was asked."""


WEEK_LABELS: dict[str, LazyString] = {
    "open": _l("Pågår"),
    "kept": _l("Klarades"),
    "missed": _l("Missades"),
    "rested": _l("Räknas inte: vilade eller avslutades"),
}


@dataclass(frozen=True)
class Asked:
    """What the rules ask of one account in one week."""

    monday: date
    times: int
    period: str
    """week | workday"""


@dataclass(frozen=True)
class Progress:
    """How far a week has come."""

    made: int
    asked: int
    """Looks, or with a period of a working day: days with enough of them."""
    today: bool
    """What is asked so far today is done; a week that is kept asks nothing more."""
    behind: bool
    """The latest working day that is over went without, and so has today."""

    @property
    def kept(self) -> bool:
        return self.made >= self.asked


def monday_of(at: datetime) -> date:
    """The first day of the ISO week of a moment (aware), in Sweden."""
    day = at.astimezone(STOCKHOLM).date()
    return day - timedelta(days=day.weekday())


def starts(day: date) -> datetime:
    """The first moment of a day in Sweden."""
    return datetime.combine(day, time(0), STOCKHOLM)


def ends(monday: date) -> datetime:
    """The first moment after a week."""
    return starts(monday + timedelta(days=7))


def distinct(looks: Sequence[datetime]) -> list[datetime]:
    """Of all looks those that count: each at least `APART` after the one before it."""
    counted: list[datetime] = []
    for at in sorted(looks):
        if not counted or at - counted[-1] >= APART:
            counted.append(at)
    return counted


def progress(asked: Asked, looks: Sequence[datetime], today: date) -> Progress:
    """
    Args:
        looks: moments within the week, in any order.
        today: the day in Sweden; after the week when it is over.
    """
    counted = distinct(looks)
    if asked.period != WORKDAY:
        enough = len(counted) >= asked.times
        return Progress(len(counted), asked.times, enough, False)
    days = workdays(asked.monday)
    per_day = [at.astimezone(STOCKHOLM).date() for at in counted]
    kept = [day for day in days if per_day.count(day) >= asked.times]
    over = [day for day in days if day < today]
    done_today = today not in days or today in kept
    behind = bool(over) and over[-1] not in kept and today not in kept
    return Progress(len(kept), len(days), done_today, behind)


def deviates(asked: Asked, now_made: Progress, last_week_missed: bool, today: date) -> bool:
    """Is the account without the looks it should have had, and not seen to since?"""
    if asked.period != WORKDAY:
        return last_week_missed and not now_made.kept
    begun = any(day < today for day in workdays(asked.monday))
    return now_made.behind if begun else last_week_missed and not now_made.today


def due(asked: Asked, today: date) -> datetime:
    """The last moment of the day by which the next look must be made."""
    after = starts(today + timedelta(days=1)) if asked.period == WORKDAY else ends(asked.monday)
    return after - timedelta(seconds=1)
