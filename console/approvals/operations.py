"""Giving an approval: one row per person, bound to the hash of what that person saw."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from console.approvals.models import Approval
from console.errors import WrongState
from console.people.models import Person


def give(
    session: Session, actor: Person, subject: str, subject_id: int, seen_hash: str, now: datetime
) -> int:
    """Store the approval; who may give it is asked by the noun that it is of.

    Args:
        subject: what kind of thing: message_version, message_part, answer_version …
        seen_hash: SHA-256 in hex of what the approver had before them.

    Returns:
        How many different people have now given theirs.

    Raises:
        WrongState: this person has already.
    """
    mine = (
        (Approval.subject == subject)
        & (Approval.subject_id == subject_id)
        & (Approval.content_hash == seen_hash)
    )
    if session.scalar(select(Approval.id).where(mine, Approval.person_id == actor.id)):
        raise WrongState(_("Du har redan godkänt. Texten väntar på någon till."))
    session.add(
        Approval(
            subject=subject,
            subject_id=subject_id,
            content_hash=seen_hash,
            person_id=actor.id,
            given_at=now,
        )
    )
    session.flush()
    return session.scalars(
        select(func.count()).select_from(Approval).where(mine, Approval.withdrawn_at.is_(None))
    ).one()


def withdraw(session: Session, subject: str, subject_id: int, reason: str, now: datetime) -> None:
    """Take the force from every approval of one thing: what was approved is no more."""
    session.execute(
        update(Approval)
        .where(
            Approval.subject == subject,
            Approval.subject_id == subject_id,
            Approval.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_reason=reason)
    )
