"""What an exercise plan is made of: injects (inspel) at set times after the start. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

NAME = 80
"""Characters of a plan's name."""
SCENARIO = 4_000
"""Characters of what is supposed to have happened."""
TEXT = 2_000
"""Characters of an inject."""
PLACE = 120
"""Characters of where a rumour is seen."""
MOST_INJECTS = 100
"""Of one plan."""
LAST_MINUTE = 7 * 24 * 60
"""Minutes after the start: an exercise lasts no longer than a week."""
LONGEST = 24 * 60
"""Minutes that a channel may be down, or somebody absent."""
LATE = timedelta(minutes=1)
"""An inject that happens longer than this after its time says that it was late."""


class InjectKind(StrEnum):
    RUMOUR = "rumour"
    """Something appears in the inbox."""
    CHANNEL_DOWN = "channel_down"
    """The exercise wall doesn't take posts for an account."""
    ABSENT = "absent"
    """An administrator is said to be away; nothing is changed in the register."""
    WORD = "word"
    """Words that the exercise's leader reads out."""


KIND_LABELS: dict[InjectKind, LazyString] = {
    InjectKind.RUMOUR: _l("Ett rykte kommer i inkorgen"),
    InjectKind.CHANNEL_DOWN: _l("Ett konto slutar ta emot"),
    InjectKind.ABSENT: _l("En administratör är borta"),
    InjectKind.WORD: _l("Något läses upp"),
}
LASTING = (InjectKind.CHANNEL_DOWN, InjectKind.ABSENT)
"""Kinds that go on for a while."""


def is_late(due_by: timedelta) -> bool:
    """
    Args:
        due_by: how long after its time an inject happens.
    """
    return due_by > LATE
