"""What the live board shows, as plain values: filled by queries, drawn by templates/board.

Pure: no database, no request, no clock. Every moment is aware; the words for states are the
templates', the sentences in `why`, `text` and `latest` come ready in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from console.board.staff_model import StaffView
from console.kavel import Kavel
from console.parts import PlateItem, State, Todo, Verb

EXCEPTIONS: frozenset[State] = frozenset(
    {"refused", "unknown", "retry", "by_hand", "missed", "expired", "stopped"}
)
"""States that a person should see first: their word is bold, and large boards name them."""

STATE_ORDER: tuple[State, ...] = (
    "sent", "confirmed", "started", "claimed", "queued", "retry", "unknown", "refused", "by_hand",
    "expired", "stopped", "paused", "missed", "not_repeated", "lock_only", "left_alone",
)  # fmt: skip
"""The order in which totals are told."""

MOST_ROWS = 40
"""A board with more accounts than this groups them and names only the exceptions."""

NEAR = timedelta(minutes=10)
"""So long before a promise the board asks what is to happen to it, where nothing else is said."""


@dataclass(frozen=True)
class Promise:
    """The next word that has been promised, and what may be done about it when it is near."""

    due: datetime
    near: timedelta = NEAR
    """So long before it people are asked."""
    why: str = ""
    still_valid: Verb | None = None
    """*Gäller fortfarande*: none when it isn't approved, or has been said as often as it may."""
    replace: Verb | None = None
    stop: Verb | None = None

    def state(self, now: datetime) -> Literal["normal", "near", "late"]:
        if now >= self.due:
            return "late"
        return "near" if self.due - now <= self.near else "normal"


@dataclass(frozen=True)
class NextRound:
    due: datetime
    number: int
    """The marker in the texts: "uppdatering 4"."""


@dataclass(frozen=True)
class Repeat:
    """How the running broadcast goes on. `until` none: until it is replaced or ended."""

    state: Literal["running", "paused", "stopped", "ended", "once"]
    every: timedelta | None
    until: datetime | None
    record: str
    """The message's record number, 2026:412."""


@dataclass(frozen=True)
class Unread:
    """Who has not yet read that their account is locked."""

    read: int
    total: int
    names: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True)
class Account:
    """One account in the round now shown. `at`: when it was sent or confirmed."""

    key: str
    name: str
    platform: str
    state: State
    at: datetime | None = None
    url: str = ""
    group: str = ""
    """Platform or committee; by this a large board groups."""

    @property
    def strong(self) -> bool:
        return self.state in EXCEPTIONS


@dataclass(frozen=True)
class Total:
    state: State
    count: int


@dataclass(frozen=True)
class Group:
    """Accounts of one platform or committee on a large board: counted, exceptions named."""

    name: str
    totals: tuple[Total, ...]
    exceptions: tuple[Account, ...]


@dataclass(frozen=True)
class OnDuty:
    """A role's duty: *På jour nu*. `name` empty: nobody has it."""

    role: str
    name: str
    phone: str = ""


@dataclass(frozen=True)
class LogRow:
    key: str
    at: datetime
    text: str
    kind: str = ""
    """Its word, without a full stop: Beslut, Samtal. Empty for what the console did itself."""
    who: str = ""
    happened_at: datetime | None = None
    """Only when it differs from when it was written down."""


@dataclass(frozen=True)
class Matrix:
    """Accounts in the register's order, where they never move, and what they come to."""

    accounts: tuple[Account, ...]
    totals: tuple[Total, ...] = field(init=False)
    groups: tuple[Group, ...] = field(init=False)
    """Empty unless there are more accounts than MOST_ROWS."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", totals(self.accounts))
        large = len(self.accounts) > MOST_ROWS
        object.__setattr__(self, "groups", grouped(self.accounts) if large else ())


@dataclass(frozen=True)
class BoardView:
    """The whole board."""

    now: datetime
    exercise: bool
    topic: str
    """The live topic whose hints make the page fetch this again."""
    live_url: str
    promise: Promise | None
    next_round: NextRound | None
    kavel: Kavel | None
    todo: tuple[Todo, ...]
    waiting: tuple[Todo, ...]
    unread: Unread | None
    plate: tuple[PlateItem, ...]
    latest: str
    repeat: Repeat | None
    round_at: datetime | None
    """When the round now shown was due."""
    matrix: Matrix
    linked: bool
    """Whether this reader may see to a post that asks for a person."""
    log: tuple[LogRow, ...]
    log_url: str
    note_url: str
    """Where *Anteckna* posts `text`. Empty: this reader may not write in the log, or the event is
    closed; what is remembered afterwards is written in the whole log."""
    closed: bool = False
    latest_wrong: bool = False
    """Something in `latest` was marked as wrong or has been corrected."""
    start_page: str = ""
    """Where the municipality's own start page stands with what applies; "": nobody looks."""
    staff: StaffView | None = None
    duty: tuple[OnDuty, ...] = ()

    @property
    def sent(self) -> int:
        return sum(t.count for t in self.matrix.totals if t.state in ("sent", "confirmed"))

    @property
    def sending(self) -> int:
        """How many accounts this round goes out on."""
        aside = ("lock_only", "left_alone", "not_repeated")
        return sum(t.count for t in self.matrix.totals if t.state not in aside)


def totals(accounts: Iterable[Account]) -> tuple[Total, ...]:
    """How many accounts are in each state, in STATE_ORDER; states without accounts left out.

    *claimed* and *started* are one thing to a reader and are counted together as started.
    """
    counts: dict[State, int] = {}
    for account in accounts:
        state: State = "started" if account.state == "claimed" else account.state
        counts[state] = counts.get(state, 0) + 1
    order = {state: n for n, state in enumerate(STATE_ORDER)}
    ranked = sorted(counts, key=lambda state: order.get(state, len(order)))
    return tuple(Total(state, counts[state]) for state in ranked)


def grouped(accounts: Iterable[Account]) -> tuple[Group, ...]:
    """Accounts by group, groups in order of first appearance, exceptions named in order."""
    by_group: dict[str, list[Account]] = {}
    for account in accounts:
        by_group.setdefault(account.group or account.platform, []).append(account)
    return tuple(
        Group(name, totals(members), tuple(a for a in members if a.strong))
        for name, members in by_group.items()
    )
