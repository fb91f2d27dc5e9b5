"""When a question is to be answered, and what else may be sent on to a colleague. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.monitoring.check_rules import starts
from console.phrases import STOCKHOLM
from console.policy.workday_rules import is_workday

TEXT = 5000
"""Characters of an answer."""
COUNTED = timedelta(days=365)
"""How far back answering times are counted."""


class SentAs(StrEnum):
    """What a colleague is sent an item as."""

    QUESTION = "question"
    """To say what the answer is (4-d)."""
    RESPONSE = "response"
    """Praise or criticism, to know of (4-e)."""
    ELSEWHERE = "elsewhere"
    """It lies outside what the account is for (4-j)."""


SENT_AS_LABELS: dict[str, LazyString] = {
    "question": _l("Fråga: kollegan säger vad svaret är"),
    "response": _l("Ris eller ros: kollegan tar del av det"),
    "elsewhere": _l("Hör inte till kontot: kollegan tar över det"),
}
SHORT_LABELS: dict[str, LazyString] = {
    "question": _l("Fråga"),
    "response": _l("Ris eller ros"),
    "elsewhere": _l("Hör inte till kontot"),
}


def due(received: datetime, hours: int | None, *, on_workdays: bool) -> datetime | None:
    """By when a question is to be answered (4-c).

    Args:
        received: aware.
        hours: the profile's answer_hours; None: as soon as it can be, so by no certain time.
        on_workdays: the hours stand still on Saturdays, Sundays and holidays.
    """
    if hours is None:
        return None
    left = timedelta(hours=hours)
    if not on_workdays:
        return received + left
    at = received.astimezone(UTC)
    while True:
        day = at.astimezone(STOCKHOLM).date()
        midnight = starts(day + timedelta(days=1)).astimezone(UTC)
        if is_workday(day):
            if left <= midnight - at:
                return at + left
            left -= midnight - at
        at = midnight


def is_overdue(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at < now
