"""What has been told of an event: its messages on the website, and what was said to be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.messages import rules
from console.messages.envelope import Envelope
from console.messages.rendering import Standing


@dataclass(frozen=True)
class Told:
    """A message that has reached the website, in the words that were approved."""

    id: int
    type: str
    record: str
    envelope: Envelope
    english: dict[str, str]
    """headline, detail, body; empty: there is no approved English, or no round has had it yet."""
    first_at: datetime
    """When its first round there was due; `last_at`: its newest."""
    last_at: datetime
    promise_at: datetime | None
    anchor: datetime
    """When its first round was due, wherever it went."""
    active: bool
    """It is still being repeated."""
    still_at: datetime | None
    """When *Gäller fortfarande* was last said of it."""
    english_at: datetime | None = None
    """When the first round with its English was due."""
    removed: Removed | None = None
    """Its text is gone from the page, and from here."""
    number: int = 0
    """Of its newest round there: "uppdatering 4"."""

    @property
    def newest_at(self) -> datetime:
        return max(self.last_at, self.still_at or self.last_at)


@dataclass(frozen=True)
class Removed:
    """A message was deleted (4-i): when, and on which ground."""

    at: datetime
    ground: str
    """personal_data | secrecy | crime"""


@dataclass(frozen=True)
class Mark:
    """*Fel ute*: sentences of a message that are wrong."""

    message_id: int
    wrong: str
    at: datetime


@dataclass(frozen=True)
class Fault:
    """A mark with what became of it."""

    id: int
    message_id: int
    wrong: str
    at: datetime
    withdrawn_at: datetime | None
    """When it turned out that nothing was wrong."""
    closed_at: datetime | None
    """When the correction was out."""

    def open(self, at: datetime) -> bool:
        """Whether the public was to see it at that moment."""
        ends = [end for end in (self.withdrawn_at, self.closed_at) if end is not None]
        return self.at <= at and all(at < end for end in ends)


@dataclass(frozen=True)
class Event:
    """What has been told of an event."""

    slug: str
    name: str
    area: str
    exercise: bool
    open: bool
    told: tuple[Told, ...]
    """Newest first, at least one."""
    standing: tuple[Standing, ...]
    """Instructions in force, as far as the website has been told, oldest first."""
    doubted: frozenset[int]
    """Ids of messages that are being corrected right now."""
    marks: tuple[Mark, ...] = ()
    """What somebody has said is wrong, and isn't mended yet."""
    faults: tuple[Fault, ...] = ()
    """Everything that anybody has said is wrong."""

    @property
    def over(self) -> bool:
        """*Läget över* is the last word of how it stands, and nobody says that it is wrong. Once it
        has been corrected it only holds if the correction ends what stood again meanwhile."""
        last = next((one for one in self.told if one.type in (*rules.REPEATING, "all_clear")), None)
        if last is None or last.type != "all_clear":
            return False
        corrections = self.corrections_of(last.id)
        said = {last.id, *(one.id for one in corrections)}
        if said & (self.doubted | {mark.message_id for mark in self.marks}):
            return False
        return not corrections or bool(corrections[0].envelope.ends)

    @property
    def news(self) -> Told:
        """The newest message; the answer to a rumour only if nothing else has been told."""
        return next((one for one in self.told if one.type != "rumour"), self.told[0])

    @property
    def promise_at(self) -> datetime | None:
        """The promise to keep next."""
        words = (
            rules.Word(one.id, one.type, one.still_at or one.anchor, one.promise_at, one.active)
            for one in self.told
        )
        owed = rules.owing(words)
        return owed[0].promise_at if owed else None

    def corrections_of(self, message_id: int) -> list[Told]:
        """The corrections of a message, newest first."""
        return [one for one in self.told if one.envelope.corrects == message_id]
