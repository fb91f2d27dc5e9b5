"""How what somebody else has written is moderated: one table of states and moves. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class ModerationState(StrEnum):
    CAPTURED = "captured"
    """The evidence is kept; nobody has said on which ground."""
    REGISTRY = "registry"
    """Handed to the registry; it goes when the number has come (4.5-d)."""
    READY = "ready"
    """Somebody is to hide or remove it on its platform."""
    GONE = "gone"
    """Nobody sees it any more; its author hasn't been told why."""
    DONE = "done"
    KEPT = "kept"
    """There was no ground: it stands where it stood."""


MOVES: dict[str, frozenset[str]] = {
    "captured": frozenset({"registry", "ready", "kept"}),
    "registry": frozenset({"ready", "kept"}),
    "ready": frozenset({"gone", "kept"}),
    "gone": frozenset({"done"}),
    "done": frozenset(),
    "kept": frozenset(),
}
OPEN = ("captured", "registry", "ready", "gone")
STATE_LABELS: dict[str, LazyString] = {
    "captured": _l("Väntar på beslut"),
    "registry": _l("Väntar på diarienummer"),
    "ready": _l("Ska bort"),
    "gone": _l("Väntar på besked till den som skrev"),
    "done": _l("Klart"),
    "kept": _l("Står kvar"),
}


class Measure(StrEnum):
    HIDE = "hide"
    REMOVE = "remove"


MEASURE_LABELS: dict[str, LazyString] = {"hide": _l("Dölj"), "remove": _l("Ta bort")}
DONE_LABELS: dict[str, LazyString] = {"hide": _l("Dolt"), "remove": _l("Borttaget")}


class Told(StrEnum):
    """How the author was told."""

    OPENLY = "openly"
    """Where it stood, so that others see it too (4-h)."""
    MESSAGE = "message"
    UNREACHABLE = "unreachable"


TOLD_LABELS: dict[str, LazyString] = {
    "openly": _l("Öppet, där det stod"),
    "message": _l("I ett meddelande till den som skrev"),
    "unreachable": _l("Går inte att nå"),
}
REASON, NOTICE, NUMBER = 500, 1500, 40
"""Characters."""
NAME = 3
"""Characters of an author's name from which it is looked for in what is written about the case."""


def may_move(old: str, new: str) -> bool:
    """True if the table allows the move. Unknown states allow nothing."""
    return new in MOVES.get(old, frozenset())


def can_be_moderated(*, on_account: bool, by_source: bool) -> bool:
    """What an authority or a newspaper publishes isn't ours to judge; what a person has written
    down may stand on a page of ours that isn't in the register yet."""
    return on_account or not by_source


def visible_for(
    seen_at: datetime, hidden_at: datetime | None, removed_at: datetime | None
) -> timedelta | None:
    """From when somebody of ours saw it until nobody else could (4-g); None: it can be seen."""
    ends = [at for at in (hidden_at, removed_at) if at is not None]
    return max(min(ends) - seen_at, timedelta()) if ends else None


_FULL_NAME = re.compile(r"\b[A-ZÅÄÖÉ][a-zåäöéü]+(?:-[A-ZÅÄÖ][a-zåäö]+)? [A-ZÅÄÖÉ][a-zåäöéü]+")


def names_somebody(text: str, author: str, post: str) -> bool:
    """Does a text about a case say who wrote the post, or whom it is about?

    Looked for are each part of the author's name, and what looks like a full name in the post.
    """
    words = {word.strip(".,;:!?()\"'”").casefold() for word in text.split()}
    words |= {word.removesuffix("s") for word in words}
    parts = {part.casefold() for part in author.split() if len(part) >= NAME}
    folded = text.casefold()
    return bool(parts & words) or any(
        name.casefold() in folded for name in _FULL_NAME.findall(post)
    )
