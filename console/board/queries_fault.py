"""What the board shows of *Fel ute*: marks that wait, posts that aren't corrected, removals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.messages import corrected, queries
from console.messages.models import FaultMark, Message, Removal, RemovalPost
from console.people.models import Person

NEWEST = 3
"""Corrections looked through for posts that they haven't reached."""


@dataclass(frozen=True)
class NotReached:
    """A correction that is out, and on how many posts it doesn't stand."""

    correction_id: int
    record: str
    posts: int
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Faults:
    marks: Sequence[Row[Any]]
    """Open: correction_id, pressed_at, name, under_way, state (the correction's)"""
    not_reached: tuple[NotReached, ...]
    asked: Sequence[Row[Any]]
    """Removals that nobody has decided: id, ground, asked_at, name"""
    stuck: Sequence[Row[Any]]
    """Removals with posts that aren't gone: id, ground, posts"""
    removed: frozenset[int]
    """Messages whose text is shown to nobody any more."""
    wrong: frozenset[int]
    """Messages with a sentence that was marked as wrong or has been corrected."""


NOTHING = Faults((), (), (), (), frozenset(), frozenset())


def faults(session: Session, incident_id: int) -> Faults:
    """One question while nothing has been wrong; the others are asked only in an event where
    something was."""
    anything = select(
        exists().where(Message.incident_id == incident_id, Message.corrects_id.is_not(None))
        | exists().where(Removal.incident_id == incident_id)
    )
    return _faults(session, incident_id) if session.scalar(anything) else NOTHING


def _faults(session: Session, incident_id: int) -> Faults:
    return Faults(
        marks=session.execute(
            select(
                FaultMark.correction_id, FaultMark.pressed_at, FaultMark.under_way, Person.name,
                Message.state,
            )
            .join(Person, Person.id == FaultMark.pressed_by_id)
            .join(Message, Message.id == FaultMark.correction_id)
            .where(
                FaultMark.incident_id == incident_id,
                FaultMark.withdrawn_at.is_(None),
                FaultMark.closed_at.is_(None),
            )
            .order_by(FaultMark.id)
        ).all(),
        not_reached=_not_reached(session, incident_id),
        asked=session.execute(
            select(Removal.id, Removal.ground, Removal.asked_at, Person.name)
            .join(Person, Person.id == Removal.asked_by_id)
            .where(Removal.incident_id == incident_id, Removal.state == "asked")
            .order_by(Removal.id)
        ).all(),
        stuck=session.execute(
            select(Removal.id, Removal.ground, func.count().label("posts"))
            .join(RemovalPost, RemovalPost.removal_id == Removal.id)
            .where(
                Removal.incident_id == incident_id,
                RemovalPost.state.in_(("by_hand", "refused")),
            )
            .group_by(Removal.id)
            .order_by(Removal.id)
        ).all(),
        removed=queries.removed(session, incident_id),
        wrong=_wrong(session, incident_id),
    )  # fmt: skip


def _wrong(session: Session, incident_id: int) -> frozenset[int]:
    marked = select(FaultMark.message_id).where(
        FaultMark.incident_id == incident_id, FaultMark.withdrawn_at.is_(None)
    )
    put_right = select(Message.corrects_id).where(
        Message.incident_id == incident_id,
        Message.corrects_id.is_not(None),
        Message.record_number.is_not(None),
    )
    return frozenset(one for one in session.scalars(marked.union(put_right)) if one is not None)


def _not_reached(session: Session, incident_id: int) -> tuple[NotReached, ...]:
    corrections = session.scalars(
        select(Message)
        .where(
            Message.incident_id == incident_id,
            Message.corrects_id.is_not(None),
            Message.record_number.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(NEWEST)
    ).all()
    found = []
    for one in corrections:
        left = corrected.uncorrected(session, one)
        if left:
            names = session.scalars(
                select(Account.short_name)
                .where(Account.id.in_({post.account_id for post in left}))
                .order_by(Account.position, Account.id)
            ).all()
            found.append(NotReached(one.id, one.record or "", len(left), tuple(names)))
    return tuple(found)
