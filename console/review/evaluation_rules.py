"""What an evaluation is made of, and who may do what in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.people.rules import Permission, may
from console.phrases import STOCKHOLM

LONGEST = 2_000
"""Characters of a text."""
FARTHEST = 366 * 5
"""Days ahead that a measure may be due."""


class Kind(StrEnum):
    OBSERVATION = "observation"
    LESSON = "lesson"
    COMMENT = "comment"


KIND_LABELS: dict[Kind, LazyString] = {
    Kind.OBSERVATION: _l("Iakttagelse"),
    Kind.LESSON: _l("Lärdom"),
    Kind.COMMENT: _l("Kommentar"),
}


def may_settle(roles: Collection[str], person_id: int, owner_id: int) -> bool:
    """May the person say that a measure is done, or read it by itself?"""
    return person_id == owner_id or may(roles, Permission.EVALUATE)


def due_at(day: date) -> datetime:
    """When the day is over, in Sweden."""
    return datetime.combine(day, time.max, STOCKHOLM)


def is_late(day: date, done_at: datetime | None, now: datetime) -> bool:
    """A measure done too late is late for ever: that is what is followed up."""
    return (done_at or now) > due_at(day)
