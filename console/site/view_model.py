"""What the public site shows, as plain values: `snapshot()` fills them, templates/site draws them.

Pure. Texts carry their language, so that an English page can say honestly what exists only in
Swedish. Moments are aware; nothing here depends on when it is drawn, so unchanged pages stay
byte-identical.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from console import phrases

Lang = Literal["sv", "en"]


@dataclass(frozen=True)
class Text:
    text: str
    lang: Lang = "sv"
    struck: tuple[str, ...] = ()
    """Sentences of it that were wrong, drawn struck. The words beside them say so too."""

    @property
    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text in pieces, each with whether it is struck."""
        return phrases.strike(self.text, self.struck)


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
    source: Text | None = None
    """How we know."""
    corrected_at: datetime | None = None
    """When a later message corrected the answer; `rest` then ends with what is right."""


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
    keep_doing: tuple[Text, ...]
    """What applies until further notice, for whoever finds us late: "Koka allt vatten." """
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
    still: tuple[Text, ...] = ()
    """Said after `latest`: that nothing is new and that it still applies."""
    number: int = 0
    """Of the newest round: "uppdatering 4"; 0: nobody has counted."""

    @property
    def only_swedish(self) -> bool:
        """Whether something important on this page has no text in the page's language."""
        shown = [self.title, self.latest, self.know, self.dont_know, self.doing]
        shown += [part for i in self.plate for part in (i.headline, i.detail)]
        shown += [part for r in self.rumours for part in (r.truth, r.rest)]
        return any(text is not None and text.lang != self.lang for text in shown)


@dataclass(frozen=True)
class Undrawn:
    """An event that the public has been told of and that can't be drawn now: its own page stands as
    it was, and the others say that it may be old."""

    slug: str
    title: Text
    open: bool


@dataclass(frozen=True)
class RegisterRow:
    """An account of the municipality, as the public register tells it."""

    number: int
    """The account's own: its page on the register keeps its address as long as it stands there."""
    name: str
    platform: str
    handle: str
    url: str
    operation: str
    """Who runs it."""
    committee: str
    watched: str = ""
    """When somebody reads and answers: "Måndag till fredag 08 till 16"."""
    resting: bool = False
    """It is ours and nothing is posted there for now."""


@dataclass(frozen=True)
class ListPage:
    """One page of the list, and the others."""

    rows: tuple[RegisterRow, ...]
    others: tuple[tuple[str, str, bool], ...]
    """(file name, "Biblioteket – Friskolan", whether it is this one); () if there is one only."""


def account_page(number: int) -> str:
    """An account's page within the site's Swedish part."""
    return f"konton/{number}.html"


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
    signup: str = ""
    """Where to ask for mail or SMS: in the console, since these pages are files. Empty: nowhere."""
    undrawn: tuple[Undrawn, ...] = ()
    """Newest first."""

    @property
    def promise_at(self) -> datetime | None:
        """The earliest word promised by any open event."""
        promises = [e.promise_at for e in self.events if e.promise_at is not None]
        return min(promises, default=None)

    @property
    def mode(self) -> Literal["crisis", "over", "calm"]:
        """Of the whole site: nobody is told of a crisis that is said to be over. What can't be
        drawn may be one."""
        if any(one.open for one in self.undrawn):
            return "crisis"
        if not self.events:
            return "calm"
        return "over" if all(one.over for one in self.events) else "crisis"

    def without(self, slug: str) -> SiteView:
        """The same, where an event can't be drawn."""
        mine = [page for page in (*self.events, *self.past) if page.slug == slug]
        gone = tuple(Undrawn(slug, page.title, page in self.events) for page in mine)
        return replace(
            self,
            events=tuple(page for page in self.events if page.slug != slug),
            past=tuple(page for page in self.past if page.slug != slug),
            undrawn=self.undrawn + gone,
        )

    def home(self, lang: Lang) -> str:
        """Path of the start page in a language."""
        return f"{self.root}/" if lang == "sv" else f"{self.root}/en/"

    @property
    def without_events(self) -> SiteView:
        """For pages that say the same whatever goes on, and so are drawn only when they change."""
        return replace(self, events=(), past=(), head=None, signup="", undrawn=())

    def account_path(self, number: int, lang: Lang) -> str:
        """Where an account links to, so that anybody can see that it is ours."""
        return f"{self.home(lang)}{account_page(number)}"

    def event_path(self, slug: str, lang: Lang) -> str:
        """The stable address that posts link to."""
        return f"{self.home(lang)}h/{slug}/"
