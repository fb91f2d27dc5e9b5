"""Approved answers: their states, and whether what an answer rests on still holds.

Sources: crisis-practice, "Repetition" (administrators answer with approved answers while locked);
requirement 7-a (what may be said during a crisis comes from the information unit).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class AnswerState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"waiting", "withdrawn"}),
    "waiting": frozenset({"draft", "returned", "approved", "withdrawn"}),
    "returned": frozenset({"draft", "waiting", "withdrawn"}),
    # An approved answer is submitted anew, unchanged, when what it rested on has changed.
    "approved": frozenset({"draft", "waiting", "withdrawn"}),
    "withdrawn": frozenset({"draft"}),
}
"""Only a waiting answer can become approved: nobody's edit is ever approved by itself."""
STATE_LABELS: dict[str, LazyString] = {
    "draft": _l("Utkast"),
    "waiting": _l("Väntar på godkännande"),
    "returned": _l("Returnerad"),
    "approved": _l("Godkänd"),
    "withdrawn": _l("Återtagen"),
}
QUESTION_LENGTH, ANSWER_LENGTH = 200, 1000
"""Characters."""


def may_move(old: str, new: str) -> bool:
    """True if the table allows the move. Unknown states allow nothing."""
    return new in MOVES.get(old, frozenset())


@dataclass(frozen=True)
class Instruction:
    """An instruction that stood, word for word."""

    message: int
    headline: str
    area: str
    detail: str


@dataclass(frozen=True)
class Basis:
    """What has been said that an answer may rest on; frozen in it when it is submitted."""

    standing: tuple[Instruction, ...]
    """In the order they began to apply."""
    corrections: tuple[int, ...]
    """Ids of the event's corrections that have gone out: any of them may be of a fact that an
    answer repeats."""
    all_clear: tuple[int, ...]
    """Ids of the messages that said Läget över."""

    def as_content(self) -> dict[str, Any]:
        """For canonical JSON."""
        return asdict(self)


def basis_from(content: Mapping[str, Any]) -> Basis:
    """What `Basis.as_content` wrote."""
    return Basis(
        standing=tuple(Instruction(**one) for one in content["standing"]),
        corrections=tuple(content["corrections"]),
        all_clear=tuple(content["all_clear"]),
    )


@dataclass(frozen=True)
class Now:
    """How things stand at the moment of reading."""

    basis: Basis
    being_corrected: bool
    """*Fel ute*: a correction has been begun and isn't out or withdrawn."""
    open: bool
    """The event is."""


class Review(StrEnum):
    """Why an approved answer is no longer offered: *Granska på nytt*."""

    CHANGED = "changed"
    FAULT = "fault"
    OVER = "over"


REVIEW_LABELS: dict[Review, LazyString] = {
    Review.CHANGED: _l("Det som gäller har ändrats sedan svaret godkändes."),
    Review.FAULT: _l("Ett fel rättas just nu. Svaret kan bygga på det."),
    Review.OVER: _l("Händelsen är avslutad."),
}


def review(frozen: Basis, now: Now) -> Review | None:
    """Why an answer approved on `frozen` must be looked at again; None: it may be given.

    Asked at every reading and never stored, so that it can't lag behind what applies.
    """
    if not now.open:
        return Review.OVER
    if now.basis != frozen:
        return Review.CHANGED
    return Review.FAULT if now.being_corrected else None
