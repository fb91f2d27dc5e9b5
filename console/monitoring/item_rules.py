"""What becomes of an item in the inbox: one table of states and moves. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class ItemState(StrEnum):
    NEW = "new"
    SEEN = "seen"
    QUESTION = "question"
    """Somebody asks, and is to have an answer."""
    FORWARDED = "forwarded"
    """A named colleague has it."""
    ANSWERED = "answered"
    MODERATING = "moderating"
    """Kept as evidence, and on its way through moderation; its words stand there only."""
    MODERATED = "moderated"
    """Hidden or removed on its platform, on a ground of the house rules."""
    NO_ACTION = "no_action"


MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"seen", "question", "forwarded", "answered", "moderating", "no_action"}),
    "seen": frozenset({"question", "forwarded", "answered", "moderating", "no_action"}),
    "question": frozenset({"forwarded", "answered", "moderating", "no_action"}),
    "forwarded": frozenset({"new", "question", "answered", "moderating", "no_action"}),
    "answered": frozenset({"question", "moderating"}),
    "moderating": frozenset({"seen", "moderated"}),
    "moderated": frozenset(),
    "no_action": frozenset({"question", "forwarded", "answered", "moderating"}),
}
BY_MODERATION = ("moderating", "moderated")
"""States in which the item's words are evidence, and stand nowhere else."""
BY_OTHER_VERBS = ("answered", *BY_MODERATION)
"""States that ask for more than a press."""
AS_COLLEAGUE: dict[str, frozenset[str]] = {
    "": frozenset(),
    "question": frozenset({"question"}),
    "response": frozenset({"new", "no_action"}),
    "elsewhere": frozenset({"new", "no_action"}),
}
"""What it was sent on as → moves of whoever only has it because of that. A question goes back to
whoever looks after the account, with a reply or without."""
OPEN = ("new", "question", "forwarded")
"""Somebody has something to do."""
HAD = ("question", "forwarded")
"""Somebody has it, and it stands on their list."""
LABELS: dict[str, LazyString] = {
    "new": _l("Nytt"),
    "seen": _l("Sett"),
    "question": _l("Fråga"),
    "forwarded": _l("Skickat vidare"),
    "answered": _l("Besvarat"),
    "moderating": _l("Modereras"),
    "moderated": _l("Modererat"),
    "no_action": _l("Ingen åtgärd"),
}
VERBS: dict[str, LazyString] = {
    "new": _l("Lämna tillbaka"),
    "seen": _l("Har sett"),
    "question": _l("Är en fråga"),
    "forwarded": _l("Skicka vidare"),
    "no_action": _l("Ingen åtgärd"),
}
IN_ONE_PRESS = ("seen", "no_action", "question")
"""Moves that a list offers."""
ABOUT = "inbox "
"""How what a notice about an item is about begins: the item has a row of its own on the start
page for as long as it waits."""
NOTE, TITLE, TEXT = 1000, 300, 5000
"""Characters."""


def standing(state_at: datetime) -> str:
    """What a page says an item's state was as it was drawn, for the press to say it again: two
    states, and two wordings of a warning, never have the same."""
    return state_at.astimezone(UTC).isoformat()


def may_move(old: str, new: str) -> bool:
    """True if the table allows the move. Unknown states allow nothing."""
    return new in MOVES.get(old, frozenset())
