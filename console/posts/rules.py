"""What an ordinary post may become, and what is asked of one before it goes out.

Sources: 1.1-a (the values of the house, confirmed before publication), 2.3-a (the official website
has what residents need to know), 4-a (writing help), 4.5-a, 4.5-c, 7-a (a lock holds).
"""

from __future__ import annotations

from enum import StrEnum

TYPE = "post"
"""Message.type of an ordinary post; what has it has no event, and the other way round."""
TEXT_LENGTH = 5000
"""Characters."""
TITLE_LENGTH = 80


class State(StrEnum):
    """Message.state of an ordinary post."""

    DRAFT = "draft"
    APPROVED = "approved"
    """Released by its author; waits for its time."""
    HELD = "held"
    """Kept back before anything of it went out."""
    OUT = "out"
    WITHDRAWN = "withdrawn"


MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"approved", "held", "withdrawn"}),
    "approved": frozenset({"draft", "held", "out", "withdrawn"}),
    "held": frozenset({"draft", "withdrawn"}),
    "out": frozenset(),
    "withdrawn": frozenset(),
}
"""Nothing leads from held to out: whoever wrote it decides anew."""


class Held(StrEnum):
    """Why a post was kept back."""

    LOCKED = "locked"
    TOO_LATE = "too_late"
    """Its time had passed by more than a round lives: nothing was running."""
    REFUSED = "refused"
    """The account's server didn't take it, or a person has looked and it isn't out."""
    CHANGED = "changed"
    """The bytes aren't those that were released."""
    RESTORED = "restored"
    """Its time passed before the console was restored: the old one may have sent it."""


LOCKED_STATES = ("queued", "retry", "claimed", "by_hand")
"""A delivery in one of these hasn't started, and a lock ends it."""

REPLACED = "newer_text"
"""Delivery.reason of a correction's edit that a newer correction says too: nothing is missing, and
sent anew it would come last."""
