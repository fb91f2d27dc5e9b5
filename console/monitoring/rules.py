"""Rumours: the states of one, and every move between them.

Source: crisis-practice, "Message types": a rumour is answered with what is true, first; what was
said is never repeated as a headline.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class RumourState(StrEnum):
    NEW = "new"
    CHECKING = "checking"
    TRUE = "true"
    FALSE = "false"
    ANSWERED = "answered"
    """Its message has gone out: nobody sets this by hand."""
    CLOSED = "closed"


MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"checking", "true", "false", "closed"}),
    "checking": frozenset({"true", "false", "closed"}),
    "true": frozenset({"checking", "false", "answered", "closed"}),
    "false": frozenset({"checking", "true", "answered", "closed"}),
    "answered": frozenset({"checking", "closed"}),
    "closed": frozenset({"checking"}),
}
OPEN = ("new", "checking", "true", "false")
"""Somebody has something to do."""
KNOWN = ("true", "false")
"""We know what is true: it can be answered."""
STATE_LABELS: dict[str, LazyString] = {
    "new": _l("Nytt"),
    "checking": _l("Kontrolleras"),
    "true": _l("Stämmer"),
    "false": _l("Stämmer inte"),
    "answered": _l("Besvarat"),
    "closed": _l("Avslutat"),
}

TEXT_LENGTH, LINE_LENGTH = 1000, 200
"""Characters, of what several lines and one line take."""


def standing(verdict: str, truth: str, source: str, answer: int | None) -> str:
    """What a page says was known of a rumour as it was drawn, for a press to say it again.

    Args:
        verdict: the rumour's state.
        answer: the message that answers it, or will.
    """
    known = [verdict if verdict in KNOWN else "", truth, source, answer]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def may_move(old: str, new: str) -> bool:
    """True if the table allows the move. Unknown states allow nothing."""
    return new in MOVES.get(old, frozenset())
