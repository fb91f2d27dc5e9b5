"""What the wall screen shows (the look, "Wall"): readable at five metres, nothing to press.

Pure. No drafts, no names of people and no telephone numbers: the screen stands where visitors and
cameras are. What isn't known to be without them is counted and never named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from console.board.view_model import Account, BoardView, NextRound, Promise, Total
from console.parts import PlateItem, State

MOST_NAMED = 4
MOST_MARKS = 48
"""A wall with more accounts counts them by state: three rows of sixteen fill the room there is."""

WITHOUT_NAMES = frozenset(
    {"overdue", "missed", "late", "fault", "uncorrected", "stuck", "delivery", "website", "void",
     "paused", "site", "start_page"}
)  # fmt: skip
"""First part of the keys of rows whose title holds accounts and times only."""
DELIVERIES = frozenset({"delivery"})
"""The same, for rows whose title is an account: its state's word goes before."""

_LONGEST = (60, 105, 170, 280)
"""Characters of what applies that fit in each size, largest first."""
_LINES, _LINE = 5, 27
"""Lines below *Gör nu*, and the characters of one."""
_MANY_MARKS = 20


@dataclass(frozen=True)
class Named:
    """One exception. `word`: the state's word goes before the text."""

    key: str
    state: State
    text: str
    word: bool


@dataclass(frozen=True)
class WallView:
    now: datetime
    exercise: bool
    closed_at: datetime | None
    plate: tuple[PlateItem, ...]
    size: int
    """1 (largest) to 5: how large what applies is written."""
    promise: Promise | None
    next_round: NextRound | None
    round_at: datetime | None
    accounts: tuple[Account, ...]
    """In the register's order; empty on a wall with more than MOST_MARKS."""
    totals: tuple[Total, ...]
    """Instead of the accounts."""
    close: bool
    """More than twenty marks: they stand closer."""
    sent: int
    sending: int
    alarms: int
    """Everything that somebody has to do, named here or not."""
    named: tuple[Named, ...]
    rest: int
    """How many of `alarms` and waiting texts are not named."""
    waiting: int
    """Texts before an approver."""
    waiting_until: datetime | None
    """When the first of them is to go out, if that is at a clock time."""


def wall(board: BoardView, closed_at: datetime | None, waiting_until: datetime | None) -> WallView:
    """The wall from the board as somebody sees it who may do nothing."""
    pressing = board.promise is not None and board.promise.state(board.now) != "normal"
    waiting = len(board.waiting)
    shown = _that_fit(tuple(_named(board)), len(board.todo), 1 if waiting else 0)
    large = len(board.matrix.accounts) > MOST_MARKS
    return WallView(
        now=board.now,
        exercise=board.exercise,
        closed_at=closed_at,
        plate=board.plate,
        size=size_of(board.plate),
        promise=board.promise,
        next_round=board.next_round,
        round_at=board.round_at,
        accounts=() if large else board.matrix.accounts,
        totals=board.matrix.totals if large else (),
        close=len(board.matrix.accounts) > _MANY_MARKS,
        sent=board.sent,
        sending=board.sending,
        alarms=len(board.todo) + pressing,
        named=shown,
        rest=len(board.todo) - len(shown),
        waiting=waiting,
        waiting_until=waiting_until,
    )


def size_of(plate: Iterable[PlateItem]) -> int:
    """1 (largest) to 5, by how much there is to write. Details count half: they are smaller."""
    length = sum(len(item.headline) + len(item.detail) // 2 for item in plate)
    return next((n for n, most in enumerate(_LONGEST, 1) if length <= most), len(_LONGEST) + 1)


def _named(board: BoardView) -> Iterator[Named]:
    names = Counter(account.name for account in board.matrix.accounts)
    for row in board.todo:
        kind = row.key.rpartition("-")[0]
        if kind in DELIVERIES:
            # The platform is only said where several accounts have the name.
            name, _comma, _platform = row.title.rpartition(", ")
            text = name if names[name] == 1 else row.title
            yield Named(row.key, row.state, text, word=True)
        elif kind in WITHOUT_NAMES:
            yield Named(row.key, row.state, row.title, word=False)


def _that_fit(named: tuple[Named, ...], all_rows: int, waiting: int) -> tuple[Named, ...]:
    """The first of them that there is room for, with the lines that count the others."""
    shown = named[: MOST_NAMED - waiting]
    while shown and _lines(shown) + waiting + (len(shown) < all_rows) > _LINES:
        shown = shown[:-1]
    return shown


def _lines(named: Iterable[Named]) -> int:
    word = len("Obekräftad ")
    return sum(1 + (len(one.text) + word * one.word) // _LINE for one in named)
