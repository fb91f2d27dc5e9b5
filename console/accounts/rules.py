"""An account's life, and when it may publish. Source: design, "Accounts"."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from channels.platforms import PLATFORMS

SHORT_NAME = 18
"""Characters: what a board has room for (the look: Words)."""
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What no text of the register may hold."""
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

Arrow = tuple[State, State]
ARROWS: dict[Arrow, str] = {
    (State.NOTIFIED, State.PLANNING): "account:plan:begun",
    (State.PLANNING, State.SIGNING): "account:plan:submitted",
    (State.SIGNING, State.PLANNING): "account:plan:returned",
    (State.SIGNING, State.CUSTODY): "account:plan:signed",
    (State.CUSTODY, State.PLANNING): "account:custody:returned",
    (State.CUSTODY, State.ACTIVE): "account:activated",
    (State.NOTIFIED, State.ENDED): "account:notified:withdrawn",
    (State.PLANNING, State.ENDED): "account:planning:withdrawn",
    (State.SIGNING, State.ENDED): "account:signing:withdrawn",
    (State.CUSTODY, State.ENDED): "account:custody:withdrawn",
    (State.ACTIVE, State.PAUSED): "account:paused",
    (State.PAUSED, State.ACTIVE): "account:resumed",
    (State.ACTIVE, State.ENDED): "account:ended",
    (State.PAUSED, State.ENDED): "account:paused:ended",
}
"""Every move there is, and the timeline's tag for it. What isn't here can't happen."""


class Need(StrEnum):
    """What must be settled before an account may follow an arrow."""

    CHECKLIST = "checklist"
    """All eleven questions are answered (3.2-a)."""
    PLAN = "plan"
    """A whole plan is frozen for signing (B1)."""
    MARKS = "marks"
    """Every mark of the chain stands on the plan's one hash (3.2-b)."""
    ADMINISTRATORS = "administrators"
    """Enough people who can log in (3-a)."""
    CUSTODY = "custody"
    """The login is kept, or the platform has none to keep (3-d, 3.2-c)."""
    ASSESSMENT = "assessment"
    """It is said whose posts we answer for on the platform (4.6-c)."""
    REPORT = "report"
    """The last snapshot and the report are in (2.1-c)."""
    REASON = "reason"
    """Somebody has said why."""


NEEDS: dict[Arrow, frozenset[Need]] = {
    (State.NOTIFIED, State.PLANNING): frozenset({Need.CHECKLIST}),
    (State.PLANNING, State.SIGNING): frozenset({Need.CHECKLIST, Need.PLAN}),
    (State.SIGNING, State.PLANNING): frozenset({Need.REASON}),
    (State.SIGNING, State.CUSTODY): frozenset({Need.MARKS}),
    (State.CUSTODY, State.PLANNING): frozenset({Need.REASON}),
    (State.CUSTODY, State.ACTIVE): frozenset(
        {Need.MARKS, Need.ADMINISTRATORS, Need.CUSTODY, Need.ASSESSMENT}
    ),
    (State.NOTIFIED, State.ENDED): frozenset({Need.REASON}),
    (State.PLANNING, State.ENDED): frozenset({Need.REASON}),
    (State.SIGNING, State.ENDED): frozenset({Need.REASON}),
    (State.CUSTODY, State.ENDED): frozenset({Need.REASON}),
    (State.ACTIVE, State.PAUSED): frozenset({Need.REASON}),
    (State.PAUSED, State.ACTIVE): frozenset({Need.REASON, Need.ASSESSMENT}),
    (State.ACTIVE, State.ENDED): frozenset({Need.REASON, Need.REPORT}),
    (State.PAUSED, State.ENDED): frozenset({Need.REASON, Need.REPORT}),
}
"""What each arrow asks for."""

RESTS: frozenset[Arrow] = frozenset({(State.ACTIVE, State.PAUSED), (State.PAUSED, State.ACTIVE)})
"""The arrows that need a decision and no plan; the others belong to the action plan."""
BEFORE_USE = frozenset({State.NOTIFIED, State.PLANNING, State.SIGNING, State.CUSTODY})
"""The account isn't in use yet, and its plan says who its administrators will be."""
IN_USE = frozenset({State.ACTIVE, State.PAUSED})
"""The account is there, posting or resting: it has administrators, a plan and a login to keep."""
FOUND_IN_USE = "I bruk före konsolen: handlingsplan och förvarad inloggning saknas här"
"""The deviation of an account that a file brings in as in use. In Swedish, as all are."""


def may_move(old: str, new: str) -> bool:
    """True if the table has the arrow. Unknown states have none."""
    return (old, new) in ARROWS


def missing(old: State, new: State, settled: Collection[Need]) -> frozenset[Need]:
    """What the arrow asks for beyond what is settled.

    Raises:
        KeyError: there is no such arrow.
    """
    return NEEDS[old, new] - frozenset(settled)


def next_states(state: str) -> tuple[State, ...]:
    """Where an account can go from `state`, in the table's order."""
    return tuple(new for old, new in ARROWS if old == state)


def publishes(state: str) -> bool:
    """May an account in this state carry posts?"""
    return state == State.ACTIVE


def platform_name(key: str) -> str:
    """A platform's name in the reader's language."""
    return str(gettext(PLATFORMS[key].name))


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
