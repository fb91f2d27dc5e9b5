"""The exact text per account: composed once, frozen at submission, filled in at each round.

A rendition is a list of parts in reading order. A part is plain text or a slot: `{"slot": "round"}`
for the round line, `{"slot": "next"}` for when the next word comes. Nothing else varies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.counting import Limit
from console import phrases
from console.messages import wording

Part = str | dict[str, str]
ROUND: Part = {"slot": "round"}
NEXT: Part = {"slot": "next"}
LONGEST_NUMBER = 9999


@dataclass(frozen=True)
class Standing:
    """An instruction that applies: shown as a line in every later message."""

    id: int
    headline: str
    area: str
    detail: str = ""


@dataclass(frozen=True)
class Source:
    """What a rendition is made of, in one language."""

    language: str
    exercise: bool
    headline: str
    """The message's own instruction, or ""."""
    detail: str
    standing: tuple[Standing, ...]
    """Earlier instructions that stand, in order."""
    body: str
    short: str
    """The writer's shorter body for narrow channels, or ""."""
    may_cut: bool
    """The writer lets a body be cut after a sentence where it doesn't fit."""
    link: str
    promise: datetime | None
    earliest: datetime
    """No round is due before this."""


@dataclass(frozen=True)
class Rendition:
    parts: tuple[Part, ...]
    length: int
    """The longest that any round of it can be, in the channel's own units."""
    limit: int | None
    excess: int
    """How much too long it is, in the unit it breaks first; 0 when it fits."""
    how: str
    """full | short | cut"""

    @property
    def fits(self) -> bool:
        return self.excess == 0


def fill(parts: Sequence[Part], round_line: str, next_word: str) -> str:
    """The text of one round: slots filled, empty ones left out."""
    values = {"round": round_line, "next": next_word}
    words = [part if isinstance(part, str) else values[part["slot"]] for part in parts]
    return " ".join(word for word in words if word)


def render(source: Source, limit: Limit, *, with_link: bool = True) -> Rendition:
    """The rendition for one way of counting: whole if it fits, else short, else cut.

    When nothing fits, the whole text comes back with `fits` False: the caller must refuse it.
    """
    full = _rendition(source, source.body, limit, with_link, "full")
    if full.fits:
        return full
    if source.short:
        short = _rendition(source, source.short, limit, with_link, "short")
        if short.fits:
            return short
    if source.may_cut:
        for body in shorter(source.body):
            cut = _rendition(source, body, limit, True, "cut")
            if cut.fits:
                return cut
    return full


def shorter(body: str) -> list[str]:
    """`body` cut after ever fewer whole sentences, longest first: never whole, never empty."""
    ends = [m.end() for m in re.finditer(r"[.!?…](?=\s|$)", body)]
    return [body[:end].strip() for end in reversed(ends) if end < len(body.rstrip())]


def sentences(text: str) -> list[str]:
    """`text` sentence by sentence."""
    return [one.strip() for one in re.split(r"(?<=[.!?…])\s+", text.strip()) if one.strip()]


def _rendition(source: Source, body: str, limit: Limit, with_link: bool, how: str) -> Rendition:
    parts = compose(source, body, with_link)
    # Any hour is as long as another; the number and the day are what grow.
    line = wording.round_line(source.earliest, LONGEST_NUMBER, source.language)
    last = wording.longest_next_word(source.promise, source.earliest, source.language)
    longest = fill(parts, line, last)
    return Rendition(parts, limit.count(longest), limit.most, limit.over(longest), how)


def compose(source: Source, body: str, with_link: bool) -> tuple[Part, ...]:
    """Order: exercise mark, own instruction, what applies, round line, body, next word, link."""
    language = source.language
    opening = [wording.EXERCISE[language]] if source.exercise else []
    if source.headline:
        opening.append(phrases.sentence(source.headline))
        opening.append(phrases.sentence(source.detail))
    opening += [wording.standing_line(s.headline, s.area, language) for s in source.standing]
    parts: list[Part] = [" ".join(text for text in opening if text)]
    parts += [ROUND, phrases.sentence(body), NEXT]
    if with_link and source.link:
        parts.append(source.link)
    return tuple(part for part in parts if part != "")
