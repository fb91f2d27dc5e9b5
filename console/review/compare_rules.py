"""Two events side by side: which of their figures is the better. Pure.

Lengths of time are timedeltas, numbers are ints; None: there is nothing to measure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.review.figures_rules import OUT, Figures

Value = timedelta | int | None


@dataclass(frozen=True)
class Measured:
    """One figure of both."""

    key: str
    left: Value
    right: Value
    less_is_better: bool | None
    """None: neither more nor less is better."""

    @property
    def difference(self) -> Value:
        """How much more the right one is; None: one of them has nothing to measure."""
        if isinstance(self.left, timedelta) and isinstance(self.right, timedelta):
            return self.right - self.left
        if isinstance(self.left, int) and isinstance(self.right, int):
            return self.right - self.left
        return None

    @property
    def verdict(self) -> str:
        """How the right one went beside the left: better | worse | same | "" (can't be said)."""
        change = self.difference
        if change is None or self.less_is_better is None:
            return ""
        zero: timedelta | int = timedelta() if isinstance(change, timedelta) else 0
        if change == zero:
            return "same"
        less = change < zero  # type: ignore[operator]
        return "better" if less == self.less_is_better else "worse"


def measured(left: Figures, right: Figures) -> list[Measured]:
    """What both are measured by, in the order of an event's course."""
    mine, theirs = _values(left), _values(right)
    return [Measured(key, value, theirs[key][0], less) for key, (value, less) in mine.items()]


def _values(of: Figures) -> dict[str, tuple[Value, bool | None]]:
    promised = [one for one in of.promises if one.outcome in ("kept", "missed")]
    kept = sum(one.outcome == "kept" for one in promised)
    out = [one for one in of.chains if one.first_at is not None]
    locks = of.notices.get("locked")
    answered = [took for _said, took in of.rumours if took is not None]
    return {
        "to_first": (of.to_first, True),
        "messages": (len(out), None),
        "approval": (_longest((one.submitted_at, one.approved_at) for one in of.chains), True),
        "reach": (_longest((one.first_at, one.last_at) for one in of.chains), True),
        "promises": (100 * kept // len(promised) if promised else None, False),
        "promises_missed": (len(promised) - kept, True),
        "silence": (None if of.silence is None else of.silence.length, True),
        "rounds_missed": (len(of.rounds.missed), True),
        "rounds_late": (len(of.rounds.late), True),
        "corrections": (len(of.corrections), True),
        "correcting": (_longest((one.pressed_at, one.first_at) for one in of.corrections), True),
        "failures": (len(of.failures), True),
        "unresolved": (sum(one.resolution not in OUT for one in of.failures), True),
        "locks": (None if locks is None else locks.half, True),
        "rumours": (len(of.rumours), None),
        "rumours_open": (len(of.rumours) - len(answered), True),
        "rumours_took": (max(answered, default=None), True),
    }


def _longest(
    spans: Iterable[tuple[datetime | None, datetime | None]],
) -> timedelta | None:
    lengths = [
        max(end - start, timedelta())
        for start, end in spans
        if start is not None and end is not None
    ]
    return max(lengths, default=None)


@dataclass(frozen=True)
class Reaction:
    """What followed an inject of an exercise's plan."""

    at: datetime
    """When the first new message after it was out."""
    took: timedelta


def reaction(happened_at: datetime | None, figures: Figures) -> Reaction | None:
    """The first message that went out for the first time after the inject; None: none has."""
    if happened_at is None:
        return None
    later = [
        one.first_at
        for one in figures.chains
        if one.first_at is not None and one.first_at >= happened_at
    ]
    first = min(later, default=None)
    return None if first is None else Reaction(first, first - happened_at)
