"""Text cards: what stands on one, how a text that is too long is shortened, and in which colours.

Pure. A card is plain data; the same data are always drawn as the same bytes
(`console.pictures.drawing`). Colours, and which of them means what: the look's five, one job each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from unicodedata import category

from console import phrases
from console.timeline.rules import canonical

FORMAT = 1
"""Of a card's drawing. Another one is another picture, and has another key."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a card is, in pixels, and how many characters can be read on it by phone."""

    width: int
    height: int
    room: int
    """Of running text, if there is nothing else."""
    sentence: int
    """A longer first sentence isn't set large."""
    headline: int
    """Set large: each takes the room of `LARGE`. What people are to do is cut last of all."""
    standing: int
    """Of each line that applies already; there are at most two."""
    media_type: str


SIZES: Mapping[str, Size] = {
    # Instagram takes JPEG only, and shows 4:5 as high as a phone's screen.
    "portrait": Size(1080, 1350, 600, 150, 240, 80, "image/jpeg"),
    "landscape": Size(1200, 675, 350, 110, 160, 60, "image/png"),
}
MOST_STANDING = 2
LARGE = 2.6
PLATE_ROOM = 40
"""Characters that a plate's edges take the room of."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A band's colour, and the text on it. Each pair has a contrast of at least 4.5 to 1."""

    fill: str
    text: str = "#FFFFFF"


PAPER, INK, INK_2 = "#FBFBF8", "#14181A", "#495053"
PLATE = Ink("#FFD21F", INK)
EXERCISE = Ink("#0B4A9E")
RED, ORANGE, GREEN, PLAIN = Ink("#B0101B"), Ink("#9A4300"), Ink("#0B6840"), Ink(INK)
BANDS: Mapping[str, Ink] = {
    "first": RED,
    "instruction": RED,
    "update": PLAIN,
    "no_news": PLAIN,
    "rumour": ORANGE,
    "correction": ORANGE,
    "all_clear": GREEN,
}
"""By type of message; an exercise's band is blue, whatever the type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A card's own words in one size, as they are approved: whatever varies by round is missing."""

    headline: str
    plate: bool
    """The headline is an instruction: it stands in the yellow plate."""
    detail: str = ""
    standing: tuple[str, ...] = ()
    """What applies already, a line each."""
    body: str = ""
    cut: bool = False
    """Something was left out: the card says where to read it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Everything that is drawn, in reading order."""

    size: str
    """Key in SIZES."""
    kind: str
    """Key in BANDS."""
    language: str
    exercise: str
    """Says plainly that it is one, in words; "" where it isn't."""
    sender: str
    label: str
    words: Words
    applies: str
    """Said before what stands already."""
    more: str
    """Said before the address where the text was cut; else before nothing."""
    lines: tuple[str, ...]
    """The round line, since when nothing is new, when the next word comes."""
    address: str
    """The event's, as people type it."""


def card_of(data: Mapping[str, Any]) -> Card:
    """A card from its stored JSON."""
    words = {**data["words"], "standing": tuple(data["words"]["standing"])}
    return Card(**{**data, "words": Words(**words), "lines": tuple(data["lines"])})


def content_of(card: Card) -> dict[str, Any]:
    """The card as JSON: what it is stored as, drawn from and known by."""
    return asdict(card)


def key_of(card: Card) -> str:
    """SHA-256 in hex: the same for two cards only if they look the same."""
    whole = canonical({"format": FORMAT, **content_of(card)})
    return hashlib.sha256(whole.encode()).hexdigest()


def file_name(digest: str, media_type: str) -> str:
    """Of a drawn picture, known by the SHA-256 of its bytes."""
    return f"{digest}.{'jpg' if media_type == 'image/jpeg' else 'png'}"


def spoken(card: Card) -> str:
    """All that stands on the card, in reading order: its alternative text. Never empty."""
    words = card.words
    standing = (f"{card.applies} {' '.join(words.standing)}",) if words.standing else ()
    said = (
        card.exercise,
        f"{card.sender}.",
        f"{card.label}.",
        words.headline,
        words.detail,
        *standing,
        words.body,
        *card.lines,
        f"{card.more} {card.address}".strip(),
    )
    return " ".join(part for part in said if part)


def fit(
    size: str,
    headline: str,
    body: str,
    *,
    plate: bool,
    detail: str = "",
    standing: Sequence[str] = (),
) -> Words:
    """What of a text can be read on a card of this size, cut by one rule (`shorten`).

    Instructions come first: a long body gives way to what people are to do.
    """
    most = SIZES[size]
    whole = [_plain(one) for one in (headline, detail, body)]
    lines = [_plain(one) for one in standing]
    head = shorten(whole[0], most.headline)
    kept = [shorten(one, most.standing) for one in lines[:MOST_STANDING]]
    left = most.room - round(len(head) * LARGE) - sum(map(len, kept))
    left -= PLATE_ROOM * (plate + bool(kept))
    small = shorten(whole[1], left)
    text = shorten(whole[2], left - len(small))
    cut = [head, small, text, *kept] != [*whole, *lines]
    return Words(
        headline=head,
        plate=plate,
        detail=small,
        standing=tuple(filter(None, kept)),
        body=text,
        cut=cut,
    )


def shorten(text: str, most: int) -> str:
    """`text` in at most `most` characters: whole, else after a sentence, else after a word with an
    ellipsis. Never within a word: one that is longer than that is left out."""
    if len(text) <= most:
        return text
    if most <= 0:
        return ""
    ends = [end for end in phrases.sentence_ends(text) if end <= most]
    if ends and ends[-1] * 2 >= most:
        return text[: ends[-1]]
    place = text.rfind(" ", 0, most)
    words = text[:place].rstrip(" ,;:–-") if place > 0 else ""
    return f"{words}…" if words else ""


def first_sentence(text: str, size: str) -> tuple[str, str]:
    """The first sentence, if it is short enough to be set large (else ""), and the rest."""
    text = _plain(text)
    end = next(iter(phrases.sentence_ends(text)), len(text))
    if end > SIZES[size].sentence:
        return "", text
    return text[:end], text[end:].strip()


def _plain(text: str) -> str:
    """One line, without control characters."""
    return " ".join("".join(" " if category(sign) == "Cc" else sign for sign in text).split())
