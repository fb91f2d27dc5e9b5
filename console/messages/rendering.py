"""The exact text per account: composed once, frozen at submission, filled in at each round.

A rendition is a list of parts in reading order. A part is plain text or a slot: `{"slot": "round"}`
for the round line, `{"slot": "next"}` for when the next word comes, `{"slot": "since"}` for since
when nothing is new, in what goes out because the text still applies, and in a correction
`{"slot": "original"}` for where the corrected post stands. Nothing else varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from channels.counting import Limit
from console import phrases
from console.messages import wording

Part = str | dict[str, str]
ROUND: Part = {"slot": "round"}
NEXT: Part = {"slot": "next"}
SINCE: Part = {"slot": "since"}
ORIGINAL: Part = {"slot": "original"}
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
    again: tuple[datetime, ...] = ()
    """The promises that *Gäller fortfarande* may give in turn. With any, the rendition is what then
    goes out: it says since when nothing is new."""
    original: bool = False
    """A correction: it names the post that it corrects, where there is room."""


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


def fill(
    parts: Sequence[Part], round_line: str, next_word: str, *, since: str = "", original: str = ""
) -> str:
    """The text of one round: slots filled, empty ones left out."""
    values = {"round": round_line, "next": next_word, "since": since, "original": original}
    words = [part if isinstance(part, str) else values[part["slot"]] for part in parts]
    return " ".join(word for word in words if word)


def render(source: Source, limit: Limit, *, with_link: bool = True) -> Rendition:
    """The rendition for one way of counting: whole if it fits, else short, else cut.

    When nothing fits, the whole text comes back with `fits` False: the caller must refuse it.
    """
    full = _rendition(source, source.body, limit, with_link, "full")
    if not full.fits and source.original:
        source = replace(source, original=False)
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
    ends = reversed(phrases.sentence_ends(body))
    return [body[:end].strip() for end in ends if end < len(body.rstrip())]


def _rendition(source: Source, body: str, limit: Limit, with_link: bool, how: str) -> Rendition:
    parts = compose(source, body, with_link)
    # Any hour is as long as another; the number and the day are what grow.
    line = wording.round_line(source.earliest, LONGEST_NUMBER, source.language)
    words = (
        wording.longest_next_word(promise, source.earliest, source.language)
        for promise in (source.again or (source.promise,))
    )
    since = ""
    if source.again:
        since = wording.longest_since(source.earliest, source.again[-1], source.language)
    longest = fill(parts, line, max(words, key=len), since=since, original=wording.LONGEST_ORIGINAL)
    return Rendition(parts, limit.count(longest), limit.most, limit.over(longest), how)


def compose(source: Source, body: str, with_link: bool) -> tuple[Part, ...]:
    """Order: exercise mark, own instruction, what applies, round line (and since when nothing is
    new), body, next word, link."""
    language = source.language
    opening = [wording.EXERCISE[language]] if source.exercise else []
    if source.headline:
        opening.append(phrases.sentence(source.headline))
        opening.append(phrases.sentence(source.detail))
    opening += [wording.standing_line(s.headline, s.area, language) for s in source.standing]
    parts: list[Part] = [" ".join(text for text in opening if text)]
    parts += [ROUND, *([SINCE] if source.again else []), phrases.sentence(body), NEXT]
    if source.original and with_link:
        parts.append(ORIGINAL)
    if with_link and source.link:
        parts.append(source.link)
    return tuple(part for part in parts if part != "")
