"""The envelope: everything an approval covers, frozen as canonical JSON and known by its hash.

Format 1. Instants are UTC as canonical JSON writes them; durations are whole seconds. `still_valid`
is there only where *Gäller fortfarande* may be said, `cards` and an account's `card` only where
text cards go out, `images` only where the message has any, `pin` only where its posts are to stand
first: what was frozen before there were such things reads, and hashes, as it did.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.errors import WrongState
from console.messages import cards
from console.messages.cards import Cards
from console.messages.rendering import Part, Standing
from console.timeline.rules import canonical

FORMAT = 1


@dataclass(frozen=True)
class Target:
    """One account as it was approved."""

    account_id: int
    kind: str
    """What carries it: after the registry has had its say on exercises."""
    platform: str
    fingerprint: str
    languages: tuple[str, ...]
    repeat: str
    official: bool
    rendition: int
    """Index in Envelope.renditions."""
    card: str = ""
    """Shape of the text card that goes along; "": none does."""


@dataclass(frozen=True)
class OwnImage:
    """A picture of the message's own, as it was approved."""

    digest: str
    """SHA-256 of its bytes in hex."""
    portrait: str
    """The same of its portrait sheet."""
    alt: str


@dataclass(frozen=True)
class StillValid:
    """*Gäller fortfarande*: approved together with the message."""

    times: int
    seconds: int
    """How much later each new promise is."""
    latest: datetime
    """The last promise it may give."""
    line: str
    """The writer's own line, or ""."""
    renditions: tuple[tuple[Part, ...], ...]
    """In the order of Envelope.renditions."""


@dataclass(frozen=True)
class Envelope:
    type: str
    incident_id: int | None
    """None: an ordinary post."""
    slug: str
    exercise: bool
    message_id: int
    version: int
    title: str
    texts: dict[str, str]
    """The writer's fields by name, Swedish."""
    standing: tuple[Standing, ...]
    ends: tuple[int, ...]
    """Ids of instructions that this message ends."""
    renditions: tuple[tuple[Part, ...], ...]
    targets: tuple[Target, ...]
    first_at: datetime | None
    """None: at approval. A clock time that has passed at approval means at approval, too."""
    interval: int | None
    rounds: int | None
    ends_at: datetime | None
    promise_at: datetime | None
    link: str
    corrects: int | None
    """Message whose carriers this correction goes to: the rule, not a list."""
    fault_line: dict[str, str]
    """What the site says at *Fel ute*, by language."""
    still_valid: StillValid | None = None
    cards: Cards | None = None
    images: tuple[OwnImage, ...] = ()
    pin: bool = False
    """Its newest post is to stand first on each account that can, while the message applies."""


def freeze(envelope: dict[str, Any]) -> tuple[str, str]:
    """Canonical JSON and its SHA-256 in hex."""
    text = canonical({"format": FORMAT, **envelope})
    return text, content_hash(text)


def content_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, expected_hash: str) -> Envelope:
    """The envelope in `text`.

    Raises:
        WrongState: the bytes aren't those that were approved, or of another format.
    """
    if content_hash(text) != expected_hash:
        raise WrongState("Texten är inte den som godkändes. Inget sänds.")
    data = json.loads(text)
    if data["format"] != FORMAT:
        raise WrongState("Meddelandet är sparat i ett format som programmet inte känner.")
    schedule = data["schedule"]
    return Envelope(
        type=data["type"],
        incident_id=data["incident"]["id"],
        slug=data["incident"]["slug"],
        exercise=data["incident"]["exercise"],
        message_id=data["message"],
        version=data["version"],
        title=data["title"],
        texts=data["texts"],
        standing=tuple(Standing(**one) for one in data["standing"]),
        ends=tuple(data["ends"]),
        renditions=tuple(tuple(parts) for parts in data["renditions"]),
        targets=tuple(
            Target(**{**one, "languages": tuple(one["languages"])}) for one in data["accounts"]
        ),
        first_at=_instant(schedule["first_at"]),
        interval=schedule["interval"],
        rounds=schedule["rounds"],
        ends_at=_instant(schedule["ends_at"]),
        promise_at=_instant(schedule["promise_at"]),
        link=data["link"],
        corrects=data["corrects"],
        fault_line=data["fault_line"],
        still_valid=_still_valid(data.get("still_valid")),
        cards=cards.read(data.get("cards")),
        images=tuple(OwnImage(**one) for one in data.get("images", ())),
        pin=data.get("pin", False),
    )


def _still_valid(data: dict[str, Any] | None) -> StillValid | None:
    if data is None:
        return None
    return StillValid(
        times=data["times"],
        seconds=data["seconds"],
        latest=datetime.fromisoformat(data["latest"]),
        line=data["line"],
        renditions=tuple(tuple(parts) for parts in data["renditions"]),
    )


@dataclass(frozen=True)
class PartTexts:
    language: str
    texts: dict[str, str]
    renditions: tuple[tuple[Part, ...], ...]
    link: str
    still_valid: tuple[tuple[Part, ...], ...]
    """As `renditions`, for *Gäller fortfarande*; empty where it may not be said."""
    cards: Cards | None = None
    images: tuple[OwnImage, ...] = ()


def read_part(text: str, expected_hash: str) -> PartTexts:
    """One other language's frozen texts.

    Raises:
        WrongState: the bytes aren't those that were approved.
    """
    if content_hash(text) != expected_hash:
        raise WrongState("Översättningen är inte den som godkändes. Den sänds inte.")
    data = json.loads(text)
    return PartTexts(
        data["language"],
        data["texts"],
        tuple(tuple(parts) for parts in data["renditions"]),
        data["link"],
        tuple(tuple(parts) for parts in data.get("still_valid", ())),
        cards.read(data.get("cards")),
        tuple(OwnImage(**one) for one in data.get("images", ())),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
