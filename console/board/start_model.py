"""What the start page shows in calm: what waits for its reader, what deviates. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from console.board.view_model import OnDuty
from console.parts import State, Verb


@dataclass(frozen=True)
class Deviation:
    """An account that isn't as the rules ask."""

    key: str
    """account-<its number>"""
    state: State
    """refused: it can fail us in a crisis"""
    what: str
    account: str
    platform: str
    since: str
    """"sedan 2 juni", "12 dagar"; "": nobody knows"""
    verb: Verb | None = None
    """What mends it, for somebody who keeps the register."""


@dataclass(frozen=True)
class Deviating:
    """The accounts that deviate in one way. What a row says is read, and put into words, when it is
    shown: in a large register nearly every account may be here."""

    found: Mapping[int, Any]
    """Account → what `say` needs to know beside the account; in the order shown."""
    say: Callable[[Any, Any], Deviation]
    """Of an account (its .id, .name, .platform, .since, .created_at) and what is known."""
    urgent: bool = False
    """It can fail us in a crisis."""
    late: bool = False
    """It should have been done by a day that has passed."""
    read: Callable[[Sequence[Any]], Mapping[int, Any]] | None = None
    """Accounts that are shown → what `say` needs to know; None: `found` says it."""

    def first(self, most: int) -> list[int]:
        return list(islice(self.found, most))

    def rows(self, accounts: Sequence[Any]) -> dict[int, Deviation]:
        """Account → what is said of it, for those of these that are found. What has been mended
        since they were found isn't said."""
        shown = [one for one in accounts if one.id in self.found]
        if not shown:
            return {}
        known = self.found if self.read is None else self.read(shown)
        return {one.id: self.say(one, known[one.id]) for one in shown if one.id in known}


def numbered(ids: Iterable[int]) -> dict[int, None]:
    """For `Deviating.found`, where nothing else is known."""
    return dict.fromkeys(ids)


@dataclass(frozen=True)
class Rest:
    """The rows of one kind that a group has no room for."""

    text: str
    url: str


@dataclass(frozen=True)
class DeviationGroup:
    """*Kan svika i en kris* (urgent), *Försenat*, *Saknas*: in this order."""

    title: str
    urgent: bool
    rows: tuple[Deviation, ...]
    rests: tuple[Rest, ...]
    total: int
    """With those that `rests` stand for."""


@dataclass(frozen=True)
class CoverageRow:
    name: str
    platform: str
    """Where another row has the same name."""
    covered: tuple[bool, ...]
    """One for each of Coverage.weeks."""


@dataclass(frozen=True)
class Coverage:
    title: str
    weeks: tuple[int, ...]
    rows: tuple[CoverageRow, ...]
    url: str


@dataclass(frozen=True)
class Running:
    """The open event that something waits in. In the order shown: live before exercise, the one
    opened last first."""

    exercise: bool
    opened_at: datetime

    @property
    def rank(self) -> tuple[bool, float]:
        return self.exercise, -self.opened_at.timestamp()


@dataclass(frozen=True)
class Waiting:
    """Something that waits for one person."""

    verb: str
    rest: str
    """What it is about, and who or what it comes from."""
    url: str
    """The place where that person can do it."""
    since: datetime | None = None
    due: datetime | None = None
    """When it is late; None: it just waits."""
    running: Running | None = None
    """None: it has no event, or one that is over."""
    lang: str = ""
    """The verb's own language where that isn't the page's: notices are written in Swedish."""


@dataclass(frozen=True)
class Coming:
    """Something with a date that nobody needs to do anything about yet."""

    what: str
    at: datetime


@dataclass(frozen=True)
class WorkRow:
    verb: str
    rest: str
    url: str
    when: str
    lang: str = ""
    """"sedan 2 juni", "senast 29 juni", "försenat sedan 2 juni"; may be empty"""


@dataclass(frozen=True)
class WorkGroup:
    """*Pågår nu*, *Försenat* (late), *Väntar på dig*, *Ska vara klart*: in this order."""

    key: str
    title: str
    late: bool
    rows: tuple[WorkRow, ...]
    more: tuple[WorkRow, ...] = ()
    """Folded away, so that a long list can be read."""

    @property
    def total(self) -> int:
        return len(self.rows) + len(self.more)


@dataclass(frozen=True)
class Begin:
    """What a reader does first in an installation without accounts."""

    text: str
    verbs: tuple[Verb, ...] = ()
    """Empty: it is somebody else's to do."""


@dataclass(frozen=True)
class StartView:
    heading: str
    unit: str
    """The reader's unit; may be empty."""
    work: tuple[WorkGroup, ...]
    calm: str
    """Said where nothing is to be done: that all is in order, and what comes next."""
    groups: tuple[DeviationGroup, ...]
    """Of the whole municipality, for the strategy department."""
    coverage: Coverage | None
    in_order: str
    """How many accounts are; "": not this reader's to see."""
    all_url: str
    """The page of the whole municipality; "": not this reader's to see."""
    open_exercise_url: str = ""
    """Empty: this reader may not."""
    open_crisis_url: str = ""
    cards_url: str = ""
    begin: Begin | None = None
    """Said instead of `calm` while there is no account."""
    duty: tuple[OnDuty, ...] = ()


def in_events(rows: Sequence[Waiting]) -> list[Waiting]:
    """What waits in open events: event by event, and in each what has waited longest first."""
    rows = sorted((r for r in rows if r.running), key=lambda row: (row.since is None, row.since))
    return sorted(rows, key=lambda row: row.running.rank if row.running else (True, 0))


def split(
    rows: Sequence[Waiting], now: datetime
) -> tuple[list[Waiting], list[Waiting], list[Waiting]]:
    """(late, waiting, with a day to come) of what has no open event: the longest late first, who
    has waited longest first, the nearest day first. Equal ones keep their order."""
    rows = [row for row in rows if not row.running]
    late = sorted((r for r in rows if r.due and r.due < now), key=lambda row: row.due or now)
    coming = sorted((r for r in rows if r.due and r.due >= now), key=lambda row: row.due or now)
    waiting = sorted((r for r in rows if not r.due), key=lambda row: row.since or now)
    return late, waiting, coming
