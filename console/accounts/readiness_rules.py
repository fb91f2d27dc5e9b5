"""How ready an account is: one score and what it comes from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

SOON = timedelta(days=14)
"""A key that dies within so long is renewed now: two working weeks, with a holiday in them."""
FEW = 10
"""A crisis day's repetitions need more posts than this."""
STALE = timedelta(days=3)
"""An answer older than this says nothing any more: it is asked for daily."""


STUCK = timedelta(hours=6)
"""A key that can't be renewed for so long may not be at all."""


class Score(IntEnum):
    """Whole numbers people can compare; the higher, the readier."""

    FAILS = 0
    """A post now would not go out."""
    SOON_FAILS = 40
    """It would go out now, but not for long."""
    NOT_KNOWN = 60
    """Nobody has had an answer lately."""
    BY_HAND = 80
    """It goes out when an administrator has time."""
    READY = 100


class Trouble(IntEnum):
    """What the score comes from, the worst first."""

    REASON = 1
    """The platform says why a post would not go out."""
    DEAD = 2
    """The key has run out."""
    DYING = 3
    FEW_LEFT = 4
    NEVER_ASKED = 5
    STALE = 6
    HAND = 7
    NONE = 8


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an account."""

    sends: bool
    """A channel sends to it; else somebody does it by hand."""
    reason: str = ""
    answered_at: datetime | None = None
    expires_at: datetime | None = None
    left: int | None = None
    renews: bool = False
    """The console renews the key before it dies, and that works."""


_SCORES = {
    Trouble.REASON: Score.FAILS,
    Trouble.DEAD: Score.FAILS,
    Trouble.DYING: Score.SOON_FAILS,
    Trouble.FEW_LEFT: Score.SOON_FAILS,
    Trouble.NEVER_ASKED: Score.NOT_KNOWN,
    Trouble.STALE: Score.NOT_KNOWN,
    Trouble.HAND: Score.BY_HAND,
    Trouble.NONE: Score.READY,
}


def trouble(known: Known, now: datetime) -> Trouble:
    """The worst that is known of it."""
    if not known.sends:
        return Trouble.HAND
    if known.reason:
        return Trouble.REASON
    if known.expires_at is not None and known.expires_at <= now:
        return Trouble.DEAD
    if known.answered_at is None:
        return Trouble.NEVER_ASKED
    if not known.renews and known.expires_at is not None and known.expires_at <= now + SOON:
        return Trouble.DYING
    if known.left is not None and known.left < FEW:
        return Trouble.FEW_LEFT
    return Trouble.STALE if now - known.answered_at > STALE else Trouble.NONE


def score(known: Known, now: datetime) -> Score:
    return _SCORES[trouble(known, now)]
