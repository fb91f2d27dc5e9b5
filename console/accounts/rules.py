"""An account's life, and when it may publish. Source: design, "Accounts"."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

SHORT_NAME = 18
"""Characters: what a board has room for (the look: Words)."""
_JOINING = frozenset({"och", "i", "på", "vid", "för", "av", "med", "&"})


class State(StrEnum):
    NOTIFIED = "notified"
    PLANNING = "planning"
    SIGNING = "signing"
    CUSTODY = "custody"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


STATE_LABELS: dict[State, LazyString] = {
    State.NOTIFIED: _("Anmäld"),
    State.PLANNING: _("Handlingsplan"),
    State.SIGNING: _("Signaturer"),
    State.CUSTODY: _("Kuvert"),
    State.ACTIVE: _("Aktiv"),
    State.PAUSED: _("Vilande"),
    State.ENDED: _("Avslutad"),
}

ARROWS: dict[tuple[State, State], str] = {
    (State.NOTIFIED, State.PLANNING): "account:plan:begun",
    (State.PLANNING, State.SIGNING): "account:plan:submitted",
    (State.SIGNING, State.PLANNING): "account:plan:returned",
    (State.SIGNING, State.CUSTODY): "account:plan:signed",
    (State.CUSTODY, State.ACTIVE): "account:activated",
    (State.ACTIVE, State.PAUSED): "account:paused",
    (State.PAUSED, State.ACTIVE): "account:resumed",
    (State.ACTIVE, State.ENDED): "account:ended",
    (State.PAUSED, State.ENDED): "account:paused:ended",
}
"""Every move there is, and the timeline's tag for it. What isn't here can't happen."""


def may_move(old: str, new: str) -> bool:
    """True if the table has the arrow. Unknown states have none."""
    return (old, new) in ARROWS


def next_states(state: str) -> tuple[State, ...]:
    """Where an account can go from `state`, in the table's order."""
    return tuple(new for old, new in ARROWS if old == state)


def publishes(state: str) -> bool:
    """May an account in this state carry posts?"""
    return state == State.ACTIVE


def short_name(name: str) -> str:
    """`name` if it has room on a board, else as many whole words of it as have.

    A first word that is too long by itself is cut and ends in an ellipsis.
    """
    name = " ".join(name.split())
    if len(name) <= SHORT_NAME:
        return name
    words = name.split(" ")
    while len(words) > 1 and (len(" ".join(words)) > SHORT_NAME or words[-1] in _JOINING):
        words.pop()
    short = " ".join(words)
    return short if len(short) <= SHORT_NAME else short[: SHORT_NAME - 1] + "…"


def handle_key(handle: str) -> str:
    """What two spellings of one handle have in common: @TorsbyKommun and torsbykommun."""
    return handle.strip().removeprefix("@").casefold()
