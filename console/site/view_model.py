"""What the public site shows, as plain values: `snapshot()` fills them, templates/site draws them.

Pure. Texts carry their language, so that an English page can say honestly what exists only in
Swedish. Moments are aware; nothing here depends on when it is drawn, so unchanged pages stay
byte-identical.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Lang = Literal["sv", "en"]


@dataclass(frozen=True)
class Text:
    text: str
    lang: Lang = "sv"


@dataclass(frozen=True)
class Sender:
    """The municipality."""

    name: str
    phone: str
    """The switchboard, as people write it: 0980-319 200."""
    radio: str
    """Where else to listen: P4 Värmland."""
    feedback_email: str = ""


@dataclass(frozen=True)
class Instruction:
    """One standing instruction: on the page what the plate is on the board."""

    headline: Text
    detail: Text | None = None


@dataclass(frozen=True)
class Help:
    """A sentence around a telephone number."""

    before: Text
    phone: str
    after: Text | None = None


@dataclass(frozen=True)
class Rumour:
    """What is true, first. The rumour itself is never a headline."""

    truth: Text
    rest: Text | None
    answered_at: datetime


@dataclass(frozen=True)
class Earlier:
    """A message of the event's history, newest first."""

    at: datetime
    text: Text
    kind: Text | None = None
    """"Rättelse", set in bold before the text."""
    struck: Text | None = None
    """What was wrong, shown struck before what is right."""
    corrected_at: datetime | None = None
    """When a later message corrected this one."""
    record: str = ""


@dataclass(frozen=True)
class EventPage:
    """One event in one language."""

    lang: Lang
    slug: str
    title: Text
    """"Koka vattnet i Torsby och Oleby" """
    area: str
    exercise: bool
    over: bool
    """*Läget över* has been said."""
    updated_at: datetime
    promise_at: datetime | None
    late: bool
    """The promise has passed without the word: said in plain sight."""
    fault_line: Text | None
    """What stands at the top while a fault is being corrected."""
    keep_doing: Text | None
    """"Fortsätt koka vattnet." : for whoever finds us late."""
    plate: tuple[Instruction, ...]
    latest: Text | None
    know: Text | None
    dont_know: Text | None
    doing: Text | None
    help: tuple[Help, ...]
    rumours: tuple[Rumour, ...]
    earlier: tuple[Earlier, ...]
    record: str
    """Record number of the newest message."""
    languages: tuple[Lang, ...]

    @property
    def only_swedish(self) -> bool:
        """Whether something important on this page has no text in the page's language."""
        shown = [self.title, self.latest, self.know, self.dont_know, self.doing]
        shown += [part for i in self.plate for part in (i.headline, i.detail)]
        return any(text is not None and text.lang != self.lang for text in shown)


@dataclass(frozen=True)
class RegisterRow:
    """An account of the municipality, as the public register tells it."""

    name: str
    platform: str
    url: str
    operation: str
    """Who runs it."""
    watched: str
    """When somebody reads and answers: "Måndag till fredag 08 till 16"."""


@dataclass(frozen=True)
class Head:
    """The signed head of the timeline, shown so that anybody can check an export against it."""

    entries: int
    hash: str
    signature: str


@dataclass(frozen=True)
class SiteView:
    """The whole site in one language. `events`: those open; `past`: those over, newest first."""

    lang: Lang
    root: str
    """Path prefix without a slash at the end: "" for the live site, /ovning/<slug> for an
    exercise's."""
    exercise: bool
    sender: Sender
    events: tuple[EventPage, ...]
    past: tuple[EventPage, ...]
    register: tuple[RegisterRow, ...]
    head: Head | None = None

    @property
    def promise_at(self) -> datetime | None:
        """The earliest word promised by any open event."""
        promises = [e.promise_at for e in self.events if e.promise_at is not None]
        return min(promises, default=None)

    def home(self, lang: Lang) -> str:
        """Path of the start page in a language."""
        return f"{self.root}/" if lang == "sv" else f"{self.root}/en/"

    def event_path(self, slug: str, lang: Lang) -> str:
        """The stable address that posts link to."""
        return f"{self.home(lang)}h/{slug}/"
