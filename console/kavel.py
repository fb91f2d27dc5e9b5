"""The kavel: the staff of time on board and write page, as marks at per cent of its length.

Pure; the look's component of that name. What has been is filled, what is to come is outlined.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["round", "missed", "promise", "waiting"]


@dataclass(frozen=True)
class Moment:
    """Something that stands on the staff. `label` is drawn and read out."""

    kind: Kind
    at: datetime
    label: str


@dataclass(frozen=True)
class KavelMark:
    kind: Kind
    at: float
    """Per cent of the staff's length, 0 to 100."""
    label: str
    past: bool
    strong: bool = False


@dataclass(frozen=True)
class Kavel:
    now_at: float
    marks: tuple[KavelMark, ...]
    text: str
    """The same in words, for those who don't see it."""


def window(now: datetime, interval: timedelta) -> tuple[datetime, datetime]:
    """The time the staff spans: four intervals, of which a little over one has passed."""
    return now - interval * 1.356, now + interval * 2.644


def draw(
    moments: tuple[Moment, ...], now: datetime, start: datetime, end: datetime, now_word: str
) -> Kavel:
    """Place `moments` between `start` and `end`; those outside are left out.

    now_word: the sentence that opens the text equivalent, such as "Nu 13.00".
    """
    span = (end - start).total_seconds()

    def per_cent(at: datetime) -> float:
        return round((at - start).total_seconds() / span * 100, 2)

    inside = sorted((m for m in moments if start <= m.at <= end), key=lambda m: m.at)
    marks = tuple(
        KavelMark(m.kind, per_cent(m.at), m.label, past=m.at <= now, strong=m.kind == "waiting")
        for m in inside
    )
    return Kavel(per_cent(now), marks, ". ".join([now_word, *(m.label for m in inside)]) + ".")
