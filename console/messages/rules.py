"""Message types and their fields, and every state a message, broadcast or delivery may move to.

Sources: crisis-practice's table of message types; requirements 7-b, 7-c, 2.3-a, 4.5-a.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class MessageType(StrEnum):
    FIRST = "first"
    INSTRUCTION = "instruction"
    UPDATE = "update"
    NO_NEWS = "no_news"
    RUMOUR = "rumour"
    CORRECTION = "correction"
    ALL_CLEAR = "all_clear"


REPEATING = frozenset(
    {MessageType.FIRST, MessageType.INSTRUCTION, MessageType.UPDATE, MessageType.NO_NEWS}
)
"""These repeat at the interval; the others go out once beside the running broadcast."""
REPLACING = REPEATING | {MessageType.ALL_CLEAR}
"""Types whose text takes the place of what was said before."""

KEY_MOMENTS = frozenset(
    {
        MessageType.FIRST,
        MessageType.INSTRUCTION,
        MessageType.CORRECTION,
        MessageType.ALL_CLEAR,
    }
)
"""What an account with the rule *key moments* carries, and of these only the first round."""


class RepeatRule(StrEnum):
    EVERY = "every"
    KEY_MOMENTS = "key_moments"


def goes_out(rule: str, message_type: str, n: int) -> bool:
    """Does an account with this repeat rule carry round `n` (from 1) of this type?"""
    return rule == RepeatRule.EVERY or (n == 1 and message_type in KEY_MOMENTS)


# What each type asks for, beside its own text. Every name is a key of Message.fields.
COMMON_REQUIRED = ("area", "fact_owner")
REQUIRED: dict[MessageType, tuple[str, ...]] = {
    MessageType.FIRST: ("instruction", "text", "began", "cause", "unknown", "doing"),
    MessageType.INSTRUCTION: ("instruction", "decided_by"),
    MessageType.UPDATE: ("text",),
    MessageType.NO_NEWS: ("text", "since"),
    MessageType.RUMOUR: ("text", "source", "seen_where"),
    MessageType.CORRECTION: ("wrong", "right"),
    MessageType.ALL_CLEAR: ("text",),
}
OFFERED: dict[MessageType, tuple[str, ...]] = {
    MessageType.FIRST: ("instruction_detail", "affected", "known", "contact", "valid_until"),
    MessageType.INSTRUCTION: (
        "instruction_detail", "text", "affected", "deadline", "risk_groups", "known", "unknown",
        "doing", "contact", "valid_until",
    ),
    MessageType.UPDATE: (
        "unchanged", "instruction", "instruction_detail", "known", "unknown", "doing", "affected",
        "contact", "valid_until",
    ),
    MessageType.NO_NEWS: ("known", "unknown", "doing", "affected", "contact", "valid_until"),
    MessageType.RUMOUR: ("contact",),
    MessageType.CORRECTION: ("thanks", "instruction", "instruction_detail", "contact"),
    MessageType.ALL_CLEAR: ("remains", "support", "contact"),
}  # fmt: skip
ALWAYS_OFFERED = ("short_text",)
WATER = ("cause", "hazard", "risk_groups", "symptoms", "alternative_water", "if_ill")
"""Drinking water adds these, offered with every repeating type."""


STILL = ("still_times", "still_minutes", "still_line")
"""How often *Gäller fortfarande* may be said, with how much more time, and a line of one's own."""


def fields_of(message_type: MessageType) -> tuple[str, ...]:
    """The names of a type's text fields, required ones first, without repeats."""
    names: tuple[str, ...] = (
        COMMON_REQUIRED + REQUIRED[message_type] + OFFERED[message_type] + ALWAYS_OFFERED
    ) + (WATER if message_type in REPEATING else ())
    return tuple(dict.fromkeys(names))


def schedule_fields_of(message_type: MessageType) -> tuple[str, ...]:
    """The names of a type's other fields: times, what ends, languages."""
    names: tuple[str, ...] = ("first_at", "ends", "may_cut", "spare_link", "pin", "en")
    if message_type is not MessageType.ALL_CLEAR:
        names += ("promise_at",)
    if message_type in REPEATING:
        names += ("interval_seconds", "rounds", "ends_at", *STILL)
    return names


def required_of(message_type: MessageType) -> tuple[str, ...]:
    return COMMON_REQUIRED + REQUIRED[message_type]


class MessageState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    OUT = "out"
    OVER = "over"
    WITHDRAWN = "withdrawn"


MESSAGE_MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "withdrawn"}),
    "submitted": frozenset({"draft", "returned", "approved", "withdrawn"}),
    "returned": frozenset({"draft", "submitted", "withdrawn"}),
    "approved": frozenset({"out", "draft", "withdrawn"}),
    "out": frozenset({"over"}),
    "over": frozenset(),
    "withdrawn": frozenset(),
}
EDITABLE = frozenset({"draft", "submitted", "returned"})
"""Editing a submitted message takes it back to draft and voids what was approved of it."""


class BroadcastState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    REPLACED = "replaced"
    STOPPED = "stopped"
    STALE = "stale"
    VOID = "void"


BROADCAST_MOVES: dict[str, frozenset[str]] = {
    "waiting": frozenset({"running", "done", "replaced", "stopped", "stale", "void"}),
    "running": frozenset({"paused", "done", "replaced", "stopped", "stale", "void"}),
    "paused": frozenset({"running", "replaced", "stopped", "stale", "void", "done"}),
    "done": frozenset(),
    "replaced": frozenset(),
    "stopped": frozenset(),
    "stale": frozenset(),
    "void": frozenset(),
}
ACTIVE = frozenset({"waiting", "running", "paused"})


class Sending(Protocol):
    """What is asked of a broadcast."""

    @property
    def state(self) -> str: ...

    @property
    def state_reason(self) -> str: ...

    @property
    def repeating(self) -> bool: ...

    @property
    def promise_at(self) -> datetime | None: ...


def may_go_on(broadcast: Sending, now: datetime) -> bool:
    """May a broadcast's posts still go out, now or after a pause? Not once anything but its own
    rounds has ended it, nor after its promise. In SQL: `operations.sendable.STANDS`."""
    if word_was_due(broadcast, now):
        return False
    if broadcast.state == BroadcastState.DONE:
        return broadcast.state_reason == "finished"
    return broadcast.state in ACTIVE


def word_was_due(broadcast: Sending, now: datetime) -> bool:
    """Has a repeated text promised a next word that was due by now? It may no longer be true (7-c),
    and is then tried no more. What goes out once, a correction above all, is wanted late too."""
    promise = broadcast.promise_at
    return broadcast.repeating and promise is not None and promise <= now


class DeliveryState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    STARTED = "started"
    SENT = "sent"
    REFUSED = "refused"
    RETRY = "retry"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    STOPPED = "stopped"
    NOT_REPEATED = "not_repeated"


DELIVERY_MOVES: dict[str, frozenset[str]] = {
    # By hand: its card could not be made, and the platform takes no post without.
    "queued": frozenset({"claimed", "expired", "stopped", "refused", "by_hand"}),
    # A retry with a key may already be out: then it ends as unknown, never as expired.
    "retry": frozenset({"claimed", "expired", "stopped", "refused", "unknown", "by_hand"}),
    # A claim that ends without a start is safe to hand out again.
    "claimed": frozenset(
        {"queued", "retry", "started", "expired", "stopped", "refused", "unknown"}
    ),
    # After a start the world may have seen the post: never back to queued.
    "started": frozenset({"sent", "refused", "retry", "unknown"}),
    "unknown": frozenset({"sent", "refused", "queued"}),
    "by_hand": frozenset({"confirmed", "expired", "stopped"}),
    "refused": frozenset({"queued", "by_hand"}),
    "sent": frozenset(),
    "confirmed": frozenset(),
    "expired": frozenset({"by_hand"}),
    # What Fel ute stopped goes on when that is taken back; a by-hand text may already be out.
    "stopped": frozenset({"queued", "by_hand", "confirmed"}),
    # A correction reaches a post that turned out to be there after all.
    "not_repeated": frozenset({"queued", "by_hand"}),
}
"""refused → queued only by a person's decision, and only on the last or only round; so unknown, or
where the platform itself shows that the post isn't there (`operations.finding`).
refused or expired → by_hand only for a correction, which must not be lost."""


class Act(StrEnum):
    """What a delivery asks of its channel."""

    POST = "post"
    EDIT = "edit"


class Ground(StrEnum):
    """Why a published post may be deleted (4-i); for everything else it is corrected (4-k)."""

    PERSONAL_DATA = "personal_data"
    SECRECY = "secrecy"
    CRIME = "crime"


class CallOutcome(StrEnum):
    """What came of calling somebody to approve; an empty outcome is still waited for."""

    APPROVED = "approved"
    RETURNED = "returned"
    UNANSWERED = "unanswered"
    """The time was up and the next was called; they may answer all the same."""
    ENDED = "ended"
    """Not needed any more: somebody else answered, or the text was changed or taken back."""


UNSTARTED = ("queued", "retry", "claimed")
CARRIED = ("sent", "unknown", "started", "confirmed")
"""An account with a delivery in one of these may have shown the message."""


def may_move(moves: dict[str, frozenset[str]], old: str, new: str) -> bool:
    """True if the table allows the move. Unknown states allow nothing."""
    return new in moves.get(old, frozenset())


SHORTEST_LIVE_INTERVAL = 60
SHORTEST_EXERCISE_INTERVAL = 1
LONGEST_INTERVAL = 24 * 60 * 60
"""Seconds."""


@dataclass(frozen=True)
class Word:
    """A message that is out, as far as its promise of the next word goes."""

    broadcast_id: int
    type: str
    told_at: datetime
    """When it went out, or when *Gäller fortfarande* was last said of it."""
    promise_at: datetime | None
    active: bool
    """It is being repeated: whoever reads it reads its promise."""


def owing(words: Iterable[Word]) -> list[Word]:
    """The promises that are still to be kept, the next one first.

    A new word about the event keeps what was promised before it, but for what is still repeated.
    The answer to a rumour is no such word; *Läget över* ends every promise, until there is a newer
    word: then it isn't over.
    """
    told = list(words)
    over = max((w.told_at for w in told if w.type == MessageType.ALL_CLEAR), default=None)
    if over is not None:
        told = [one for one in told if one.told_at > over]
        if all(one.type == MessageType.RUMOUR for one in told):
            return []
    last = max((w.told_at for w in told if w.type != MessageType.RUMOUR), default=None)
    due = [
        (one.promise_at, one.broadcast_id, one)
        for one in told
        if one.promise_at is not None and (one.active or last is None or one.told_at >= last)
    ]
    return [one for _at, _id, one in sorted(due, key=lambda row: row[:2])]


def ask_at(given: datetime, promise: datetime, warning: timedelta) -> datetime:
    """When to ask what is to happen to a promise: `warning` before it, or half-way to it.

    Args:
        given: when it was promised.
    """
    return promise - min(warning, max(promise - given, timedelta()) / 2)
