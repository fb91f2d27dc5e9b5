"""What a message's text card says: composed at submission, frozen, filled in at each round.

What the cards say in each shape is frozen beside the renditions, so that the approver's yes is to
exactly those words; only the lines that every text varies by are added when a round is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from console import phrases
from console.messages import rendering, wording
from console.messages.fields import text
from console.messages.rules import MessageType
from console.pictures import rules
from console.pictures.rules import Card, Words

LABELS: Mapping[str, Mapping[MessageType, str]] = {
    "sv": {
        MessageType.FIRST: "Krisinformation",
        MessageType.INSTRUCTION: "Uppmaning",
        MessageType.UPDATE: "Uppdatering",
        MessageType.NO_NEWS: "Inget nytt",
        MessageType.RUMOUR: "Rykte och fakta",
        MessageType.CORRECTION: "Rättelse",
        MessageType.ALL_CLEAR: "Läget över",
    },
    "en": {
        MessageType.FIRST: "Crisis information",
        MessageType.INSTRUCTION: "What to do",
        MessageType.UPDATE: "Update",
        MessageType.NO_NEWS: "Nothing new",
        MessageType.RUMOUR: "Rumour and fact",
        MessageType.CORRECTION: "Correction",
        MessageType.ALL_CLEAR: "All clear",
    },
}
EXERCISE = {"sv": "ÖVNING. Det här är en övning.", "en": "EXERCISE. This is an exercise."}
APPLIES = {"sv": "Det här gäller:", "en": "This applies:"}
MORE = {"sv": "Läs hela texten på", "en": "Read it all at"}


@dataclass(frozen=True)
class Cards:
    """What a version's cards say in one language, by shape. Empty: no account gets one."""

    sender: str
    shapes: Mapping[str, Words]
    still: Mapping[str, Words]
    """The same for *Gäller fortfarande*; empty where it may not be said."""


@dataclass(frozen=True)
class Mended:
    """What a correction says was wrong, and what is right."""

    wrong: str
    right: str
    thanks: str


def mended(kind: str, fields: dict[str, Any], language: str) -> Mended | None:
    """What a correction's card says besides its text; None of any other type.

    Args:
        fields: the draft's.
    """
    if kind != MessageType.CORRECTION:
        return None
    if language == "en":
        english = fields.get("en") or {}
        return Mended(text(english, "wrong"), text(english, "body"), "")
    return Mended(*(text(fields, name) for name in ("wrong", "right", "thanks")))


def compose(
    shapes: Collection[str],
    sender: str,
    source: rendering.Source,
    mended: Mended | None,
    still: rendering.Source | None,
) -> dict[str, Any]:
    """What is frozen, as JSON; {} where no account gets a card.

    Args:
        source: what the texts are made of; `still`: those of *Gäller fortfarande*, if allowed.
        mended: of a correction.
    """
    if not shapes:
        return {}
    return {
        "cards": {
            "sender": sender,
            "shapes": {one: asdict(words(one, source, mended)) for one in sorted(shapes)},
            "still": {one: asdict(words(one, still, None)) for one in sorted(shapes)}
            if still is not None
            else {},
        }
    }


def read(data: dict[str, Any] | None) -> Cards | None:
    """What `compose` has frozen; None where it froze nothing."""
    if data is None:
        return None
    return Cards(data["sender"], _words(data["shapes"]), _words(data["still"]))


def _words(shapes: dict[str, Any]) -> dict[str, Words]:
    return {
        shape: Words(**{**one, "standing": tuple(one["standing"])}) for shape, one in shapes.items()
    }


def words(shape: str, source: rendering.Source, mended: Mended | None) -> Words:
    """A card's own words: the instruction large, else the first sentence; cut where too long."""
    whole = _fitted(shape, source, source.body, mended)
    if whole.cut and source.short:
        short = _fitted(shape, source, source.short, None)
        if not short.cut:
            # It isn't the whole text all the same: the card says where that stands.
            return Words(**{**_fields(short), "cut": True})
    return whole


def _fields(one: Words) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Words.__slots__}


def _fitted(shape: str, source: rendering.Source, body: str, mended: Mended | None) -> Words:
    standing = [
        wording.standing_line(one.headline, one.area, source.language) for one in source.standing
    ]
    if source.headline:
        return rules.fit(
            shape,
            phrases.sentence(source.headline),
            phrases.sentence(body),
            plate=True,
            detail=phrases.sentence(source.detail) if source.detail else "",
            standing=standing,
        )
    if mended is not None and mended.wrong:
        # First that it was wrong: the rest may be cut.
        was = "This was wrong:" if source.language == "en" else "Det här var fel:"
        body = f"{was} {phrases.sentence(mended.wrong)}"
        if mended.thanks:
            body += f" {phrases.sentence(mended.thanks)}"
        right = phrases.sentence(mended.right)
        return rules.fit(shape, right, body, plate=False, standing=standing)
    headline, rest = rules.first_sentence(phrases.sentence(body), shape)
    return rules.fit(shape, headline, rest, plate=False, standing=standing)


def card(
    cards: Cards,
    shape: str,
    kind: str,
    language: str,
    lines: Collection[str],
    link: str,
    *,
    exercise: bool,
    again: bool = False,
) -> Card:
    """The card of one round.

    Args:
        kind: the message's type.
        lines: the round line, since when nothing is new, and when the next word comes.
        link: the event's address.
        again: it goes out because the text still applies.
    """
    said = (cards.still if again else cards.shapes)[shape]
    return Card(
        size=shape,
        kind=kind,
        language=language,
        exercise=EXERCISE[language] if exercise else "",
        sender=cards.sender,
        label=LABELS[language][MessageType(kind)],
        words=said,
        applies=APPLIES[language],
        more=MORE[language] if said.cut else "",
        lines=tuple(filter(None, lines)),
        address=shown(link),
    )


def shown(link: str) -> str:
    """An address as people type it."""
    parts = urlsplit(link)
    return f"{parts.netloc}{parts.path}".rstrip("/")
