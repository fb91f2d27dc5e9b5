"""What an event may be: stages, uses of an account, kinds of notes, and the slug it is known by.

Sources: requirements 7-a (only the information unit, locks, notices) and 7-d (a decision per
account, with a reason); crisis-practice, "How".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from console.accounts import rules as account_rules
from console.mails import MailState
from console.people.rules import Role


class Stage(StrEnum):
    STAFF = "staff"
    BOARD = "board"


STAGE_LABELS: dict[Stage, LazyString] = {
    Stage.STAFF: _l("Stabsläge"),
    Stage.BOARD: _l("Krisledningsnämnden leder"),
}
STAGE_DETAILS: dict[Stage, LazyString] = {
    Stage.STAFF: _l("Nämnden har inte tagit över."),
    Stage.BOARD: _l("Nämnden har tagit över."),
}


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Use(StrEnum):
    """What an event does with one account. Both PUBLISH and LOCK_ONLY lock it for others."""

    PUBLISH = "publish"
    LOCK_ONLY = "lock_only"
    LEAVE = "leave"


USE_LABELS: dict[Use, LazyString] = {
    Use.PUBLISH: _l("Publicera"),
    Use.LOCK_ONLY: _l("Bara lås"),
    Use.LEAVE: _l("Låt vara"),
}
LOCKING = frozenset({Use.PUBLISH, Use.LOCK_ONLY})
_WIDTH = {Use.LEAVE: 0, Use.LOCK_ONLY: 1, Use.PUBLISH: 2}


class NoteKind(StrEnum):
    DECISION = "decision"
    CALL = "call"
    VMA = "vma"
    MEDIA = "media"
    OTHER = "other"


NOTE_LABELS: dict[NoteKind, LazyString] = {
    NoteKind.DECISION: _l("Beslut"),
    NoteKind.CALL: _l("Samtal"),
    NoteKind.VMA: _l("VMA"),
    NoteKind.MEDIA: _l("Media"),
    NoteKind.OTHER: _l("Annat"),
}
DECISIONS_LOCK = 7236413
"""Of the database: decisions about locks come one after another."""
NOTE_LENGTH = 2000
"""Characters."""


class NoticeKind(StrEnum):
    LOCKED = "locked"
    RELEASED = "released"
    CLOSED = "closed"
    BROKEN_OFF = "broken_off"
    """An exercise was ended because something happened for real."""
    APPROVE = "approve"
    """A text waits for the reader's approval."""
    PROMISE = "promise"
    """A promised word is near."""
    BY_HAND = "by_hand"
    """A text is to be published by hand."""
    STAFF = "staff"
    """Anything else that concerns the reader's place in the event."""


TOLD = frozenset({NoticeKind.APPROVE, NoticeKind.PROMISE, NoticeKind.BY_HAND, NoticeKind.STAFF})
"""Kinds whose notices carry their own words and a place to act."""


LINKED = frozenset({NoticeKind.LOCKED, NoticeKind.RELEASED})
"""Kinds that are read and acknowledged from a personal link, without logging in."""


class HandoverState(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


SHIFT_ROLES = (Role.INFORMATION_UNIT, Role.APPROVER)
"""Whose work in an event is handed from shift to shift."""


REMINDABLE = frozenset({MailState.SENT, MailState.FAILED})
"""A mail on its way, or one that may have arrived, is not queued a second time."""


class PendingPosts(StrEnum):
    """What an administrator answers about posts scheduled in the platform's own app."""

    PAUSED = "paused"
    NONE = "none"
    UNKNOWN = "unknown"


PENDING_LABELS: dict[PendingPosts, LazyString] = {
    PendingPosts.PAUSED: _l("Pausade"),
    PendingPosts.NONE: _l("Nej"),
    PendingPosts.UNKNOWN: _l("Vet inte"),
}


class Offered(Protocol):
    """An account as the choice sees it."""

    id: int
    state: str
    public: bool
    platform: str
    committee: str


def may_be(use: str, account_state: str) -> bool:
    """May an event use an account in this state so? Only active accounts are published on."""
    return use != Use.PUBLISH or account_rules.publishes(account_state)


def default_use(account_state: str, public: bool) -> Use:
    """What is preselected for an account.

    Every active public account is published on; a paused public one is kept quiet. Internal
    accounts are left alone.
    """
    if public and account_rules.publishes(account_state):
        return Use.PUBLISH
    if public and account_state == account_rules.State.PAUSED:
        return Use.LOCK_ONLY
    return Use.LEAVE


def default_choices(accounts: Iterable[Offered]) -> dict[int, tuple[str, str]]:
    """Account id → (use, reason ""): what `open_incident` takes when nothing is narrowed."""
    return {a.id: (default_use(a.state, a.public).value, "") for a in accounts}


def narrowing_needs_reason(default: str, use: str) -> bool:
    """Is `use` narrower than what is preselected, so that somebody must say why (7-d)?"""
    return _WIDTH[Use(use)] < _WIDTH[Use(default)]


def note_time_is_possible(happened_at: datetime, now: datetime) -> bool:
    """A note may tell of something earlier, never of something to come."""
    return happened_at <= now


EXERCISE_PREFIX = "ovning-"
_RESERVED = frozenset(
    {"new", "live", "static"}
    | {
        "404",
        "atom",
        "bild",
        "cap",
        "dcat",
        "en",
        "feed",
        "generation",
        "h",
        "icon",
        "index",
        "konton",
        "nu",
    }
    | {"ovning", "register", "robots", "site", "tillganglighet", "utskrift"}
)
"""Pages of the console, and what the public site has of its own: cap/atom.xml is its feed."""
_SLUG_LENGTH = 60


def slug_for(name: str, exercise: bool, taken: Collection[str]) -> str:
    """The address part an event is known by, for good: a–z, 0–9 and hyphens.

    An exercise's begins with `ovning-`, a live event's never does; a number sets apart what would
    be the same.

    Args:
        taken: slugs in use.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-")
    base = base.removeprefix(EXERCISE_PREFIX) if exercise else base
    if not base or (not exercise and (base in _RESERVED or base.startswith(EXERCISE_PREFIX))):
        base = f"handelse-{base}".strip("-")
    if exercise:
        base = EXERCISE_PREFIX + base
    slug, n = base, 1
    while slug in taken:
        n += 1
        slug = f"{base}-{n}"
    return slug
