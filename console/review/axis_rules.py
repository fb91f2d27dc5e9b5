"""An event's axis of time: its window, its lanes, and what stands in each cell of them. Pure.

A lane is cut into equal bins and holds at most one mark in each, so that the page has so many marks
whatever has happened: the weightiest thing of the bin, and how many there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.phrases import STOCKHOLM
from console.review.figures_rules import LATE, OUT, RUMOUR, Facts, Round

MOST_CELLS = 600
"""Marks that all lanes together can hold."""
MOST_LINES = 40
"""Messages that are drawn as lines; more are marks alone."""
FEWEST_BINS, MOST_BINS = 24, 120
SHORTEST = timedelta(seconds=10)
"""The narrowest window: receipts come within seconds of each other."""
PAD = 0.02
"""Of the event's length, left before its opening and after its end."""
STEPS = tuple(
    timedelta(seconds=s)
    for s in (1, 2, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
              172800, 604800, 2592000, 7776000, 31536000, 315360000)
)  # fmt: skip
TICKS = 10

PLANNED, APPROVED, SENT, CONFIRMED = "planned", "approved", "sent", "confirmed"
STAGES = (PLANNED, APPROVED, SENT, CONFIRMED)
LANES: dict[str, tuple[LazyString, tuple[str, ...]]] = {
    PLANNED: (_l("Utlovat"), ()),
    APPROVED: (_l("Godkänt"), ()),
    SENT: (_l("Skickat"), ()),
    CONFIRMED: (_l("Bekräftat"), ()),
    "messages": (_l("Meddelanden"), ("message", "translation", "approver")),
    "rounds": (_l("Omgångar"), ("broadcast", "round", "promise")),
    "accounts": (_l("Konton"), ("delivery",)),
    "faults": (_l("Rättelser"), ("fault", "correction", "removal")),
    "locks": (_l("Lås och notiser"), ("lock", "notice")),
    "rumours": (_l("Rykten och svar"), ("rumour", "answer")),
    "monitoring": (_l("Omvärld"), ("item", "feed", "check", "note")),
    "staff": (_l("Skift"), ("handover", "shift", "duty", "roster", "first_hour")),
    "review": (_l("Utvärdering"), ("evaluation",)),
    "event": (_l("Händelsen"), ()),
}
"""Lane → its name, and the first words of the tags that stand in it; other tags stand in the last.
Of the lane of accounts there is one for each platform."""
OF_NOUN = {noun: lane for lane, (_label, nouns) in LANES.items() for noun in nouns}

MARKS: dict[str, tuple[str, int]] = {
    "delivery:refused": ("refused", 9), "delivery:unknown": ("unknown", 8),
    "delivery:expired": ("expired", 7), "delivery:retry": ("retry", 6),
    "delivery:by_hand": ("by_hand", 5), "delivery:stopped": ("stopped", 4),
    "delivery:confirmed": ("confirmed", 3), "round:missed": ("missed", 9),
    "promise:missed": ("missed", 9), "fault:pressed": ("refused", 9),
    "message:returned": ("retry", 5), "message:approved": ("approved", 3),
    "translation:approved": ("approved", 3), "message:submitted": ("waiting", 2),
    "notice:mail:failed": ("refused", 8), "notice:mail:unknown": ("unknown", 7),
    "rumour:answered": ("approved", 3), "broadcast:paused": ("paused", 4),
    "broadcast:stopped": ("stopped", 4), "broadcast:halted": ("stopped", 4),
    "broadcast:stale": ("missed", 8), "incident:all_stopped": ("stopped", 5),
}  # fmt: skip
"""Tags with a mark of their own, the weightiest first seen; all else is a bar."""


@dataclass(frozen=True, slots=True)
class Window:
    """What of the time is shown: `start` is in it, `end` isn't."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def share(self, at: datetime) -> float:
        """Where a moment stands, from 0 to 1; outside it beyond."""
        return (at - self.start) / self.length

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end

    def zoomed(self, factor: float) -> Window:
        """The same middle, `factor` times as long."""
        length = max(self.length * factor, SHORTEST)
        start = self.start + (self.length - length) / 2
        return Window(start, start + length)

    def moved(self, by: float) -> Window:
        """Later by so many of its own lengths."""
        return Window(self.start + self.length * by, self.end + self.length * by)

    def part(self, bin_: int, bins: int) -> Window:
        """What one bin covers."""
        one = self.length / bins
        start = self.start + one * bin_
        return Window(start, max(start + one, start + timedelta(microseconds=1)))


@dataclass(frozen=True, slots=True)
class Counted:
    """Entries of one tag in one bin."""

    bin: int
    tag: str
    account_id: int | None
    """Of deliveries."""
    count: int
    first: int
    """The number of the first of them."""


@dataclass(slots=True)
class Cell:
    """What stands in one bin of one lane."""

    bin: int
    count: int = 0
    state: str | None = None
    """None: nothing weighty, a bar."""
    weight: int = 0
    entry: int | None = None
    """The entry's number, if it stands for that one alone or that one weighs most."""
    message_id: int | None = None
    observation: int | None = None
    """A reviewer's."""
    at: datetime | None = None
    """Exactly when, if it stands for one thing."""

    def add(
        self, count: int, state: str | None, weight: int, *, entry: int | None = None,
        message_id: int | None = None, observation: int | None = None, at: datetime | None = None,
    ) -> None:  # fmt: skip
        if self.count == 0 or weight > self.weight:
            self.state, self.weight = state, weight
            self.entry, self.message_id, self.at = entry, message_id, at
            self.observation = observation
        self.count += count


@dataclass(frozen=True)
class Line:
    """A message's way through the four stages; None: it hasn't come, or nobody knows when."""

    message_id: int
    type: str
    record: str
    planned: datetime | None
    approved: datetime | None
    sent: datetime | None
    confirmed: datetime | None
    missed: bool = False
    """It promised a word that didn't come by then; nothing else of it stands in this line."""

    def moments(self) -> tuple[datetime | None, ...]:
        return self.planned, self.approved, self.sent, self.confirmed


@dataclass(frozen=True)
class Span:
    """Something that lasted; end None: it still does."""

    lane: str
    start: datetime
    end: datetime | None
    label: str


Lanes = dict[str, dict[int, Cell]]
"""Lane → bin → what stands there. A platform's lane is `accounts:<platform>`."""


def whole(opened_at: datetime, closed_at: datetime | None, now: datetime) -> Window:
    """All of an event, and a little on each side."""
    end = closed_at or now
    pad = max((end - opened_at) * PAD, timedelta(minutes=1))
    return Window(opened_at - pad, end + pad)


def chosen(start: datetime | None, end: datetime | None, all_of_it: Window) -> Window | None:
    """The window asked for; a side left out is the event's. None: it ends before it begins."""
    window = Window(start or all_of_it.start, end or all_of_it.end)
    if window.length <= timedelta():
        return None
    if window.length < SHORTEST:
        middle = window.start + window.length / 2
        return Window(middle - SHORTEST / 2, middle + SHORTEST / 2)
    return window


def bins_for(lanes: int) -> int:
    """How many bins so many lanes can be cut into."""
    return max(FEWEST_BINS, min(MOST_BINS, MOST_CELLS // max(1, lanes)))


def lane_of(tag: str) -> str:
    return OF_NOUN.get(tag.partition(":")[0], "event")


def lines(facts: Facts, account_id: int | None = None) -> list[Line]:
    """Each message's stages. *Planned* is what the word before it promised, or else the clock time
    that it was to begin at; *sent* is when its first post had a receipt, *confirmed* when the last
    of its first round had.

    Args:
        account_id: only posts on this account count.
    """
    posts = [p for p in facts.posts if account_id is None or p.account_id == account_id]
    first_rounds = {one.id for one in facts.rounds if one.n == 1}
    begins = {one.message_id: one.due_at for one in facts.rounds if one.n == 1}
    out: dict[int, list[datetime]] = {}
    first: dict[int, list[datetime]] = {}
    for post in posts:
        if post.state in OUT and post.settled_at is not None:
            out.setdefault(post.message_id, []).append(post.settled_at)
            if post.round_id in first_rounds:
                first.setdefault(post.message_id, []).append(post.settled_at)
    missed = {one.promise_at for one in facts.asked if one.missed}
    promise: datetime | None = None
    found = []
    told = sorted(
        (one for one in facts.texts if one.told_at is not None),
        key=lambda one: (one.approved_at or one.told_at, one.id),
    )
    for text in told:
        planned = promise if text.type != RUMOUR and promise not in missed else None
        begin = begins.get(text.id)
        if planned is None and begin and text.approved_at and begin - text.approved_at > LATE:
            planned = begin
        found.append(
            Line(
                message_id=text.id,
                type=text.type,
                record=text.record,
                planned=planned,
                approved=text.approved_at,
                sent=min(out.get(text.id, ()), default=None),
                confirmed=max(first.get(text.id, ()), default=None),
            )
        )
        if text.type != RUMOUR:
            promise = text.promise_at
    by_id = {one.id: one for one in facts.texts}
    found += [
        Line(one.message_id, by_id[one.message_id].type, by_id[one.message_id].record,
             one.promise_at, None, None, None, True)
        for one in facts.asked
        if one.missed
    ]  # fmt: skip
    return found


def cells(
    counted: Iterable[Counted],
    window: Window,
    bins: int,
    *,
    platforms: Mapping[int, str],
    ways: Sequence[Line] = (),
    rounds: Facts | None = None,
    observations: Sequence[tuple[datetime, int]] = (),
) -> Lanes:
    """What stands where.

    Args:
        platforms: account → platform.
        ways: messages' stages, where these are shown.
        rounds: whose rounds are shown at the time they were due; the entries that say they were
            written or missed then aren't.
        observations: (moment, number) of what reviewers have seen.
    """
    lanes: Lanes = {}

    def cell(lane: str, bin_: int) -> Cell:
        return lanes.setdefault(lane, {}).setdefault(bin_, Cell(bin_))

    for one in counted:
        lane = lane_of(one.tag)
        if rounds is not None and one.tag in ("round:written", "round:missed"):
            continue
        if lane == "accounts":
            lane = f"accounts:{platforms.get(one.account_id or 0, '')}"
        state, weight = MARKS.get(one.tag, (None, 0))
        cell(lane, one.bin).add(one.count, state, weight, entry=one.first)
    for way in ways:
        marks: tuple[str, ...] = ("waiting", "approved", "sent", "seen")
        for lane, mark, at in zip(STAGES, marks, way.moments(), strict=True):
            if window.holds(at) and at is not None:
                state = "missed" if way.missed else mark
                place = min(bins - 1, int(window.share(at) * bins))
                weight = 9 if way.missed else 1
                cell(lane, place).add(1, state, weight, message_id=way.message_id, at=at)
    for round_, late in _rounds(rounds):
        if window.holds(round_.due_at):
            state = "missed" if round_.missed else "expired" if late else None
            weight = 9 if round_.missed else 5 if late else 1
            place = min(bins - 1, int(window.share(round_.due_at) * bins))
            cell("rounds", place).add(
                1, state, weight,
                message_id=round_.message_id, at=round_.due_at,
            )  # fmt: skip
    for at, number in observations:
        if window.holds(at):
            place = min(bins - 1, int(window.share(at) * bins))
            cell("review", place).add(1, "seen", 1, observation=number, at=at)
    return lanes


def _rounds(facts: Facts | None) -> Iterable[tuple[Round, bool]]:
    if facts is None:
        return
    out: dict[int, datetime] = {}
    for post in facts.posts:
        if post.out_at is not None:
            out[post.round_id] = min(out.get(post.round_id, post.out_at), post.out_at)
    for one in facts.rounds:
        yield one, one.id in out and out[one.id] - one.due_at > LATE


def ticks(window: Window) -> list[datetime]:
    """At most `TICKS` round clock times in Sweden."""
    step = next((s for s in STEPS if window.length / s <= TICKS), STEPS[-1])
    local = window.start.astimezone(STOCKHOLM)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + ((local - midnight) // step) * step
    found = []
    for number in range(TICKS + 3):
        at = (first + number * step).astimezone(STOCKHOLM)
        if window.holds(at):
            found.append(at)
    return found
