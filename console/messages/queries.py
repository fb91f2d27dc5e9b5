"""Reads over messages, what applies and who carries it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.errors import NotFound
from console.incidents.models import Incident, IncidentAccount, Lock
from console.messages import rules
from console.messages.models import Broadcast, Delivery, Instruction, Message, Version
from console.messages.rendering import Standing


def publishing_accounts(session: Session, incident: Incident) -> list[Account]:
    """The accounts the event publishes on: chosen, active, and locked by this event."""
    return list(
        session.scalars(
            select(Account)
            .join(IncidentAccount, IncidentAccount.account_id == Account.id)
            .join(
                Lock,
                (Lock.account_id == Account.id)
                & (Lock.incident_id == incident.id)
                & Lock.released_at.is_(None),
            )
            .where(
                IncidentAccount.incident_id == incident.id,
                IncidentAccount.use == "publish",
                Account.state == "active",
            )
            .order_by(Account.position, Account.id)
        )
    )


def standing(session: Session, incident_id: int) -> list[Standing]:
    """What applies now, oldest first."""
    rows = session.scalars(
        select(Instruction)
        .where(Instruction.incident_id == incident_id, Instruction.ended_at.is_(None))
        .order_by(Instruction.since, Instruction.id)
    )
    return [Standing(row.message_id, row.headline, row.area, row.detail) for row in rows]


def carriers(session: Session, message_id: int) -> set[int]:
    """Ids of accounts where the message is, or may be: the rule of a correction."""
    return set(
        session.scalars(
            select(Delivery.account_id)
            .where(Delivery.message_id == message_id, Delivery.state.in_(rules.CARRIED))
            .distinct()
        )
    )


def running(session: Session, incident_id: int) -> Broadcast | None:
    """The event's repeating broadcast, running or paused."""
    return session.scalar(
        select(Broadcast).where(
            Broadcast.incident_id == incident_id,
            Broadcast.repeating,
            Broadcast.state.in_(("running", "paused")),
        )
    )


def active_broadcasts(session: Session, incident_id: int) -> Sequence[Broadcast]:
    return session.scalars(
        select(Broadcast)
        .where(Broadcast.incident_id == incident_id, Broadcast.state.in_(rules.ACTIVE))
        .order_by(Broadcast.released_at, Broadcast.id)
    ).all()


def waiting_version(session: Session, message_id: int) -> Version | None:
    """The version of a message that waits for approval."""
    return session.scalar(
        select(Version).where(Version.message_id == message_id, Version.state == "waiting")
    )


def version(session: Session, version_id: int) -> Version:
    found = session.get(Version, version_id)
    if found is None:
        raise NotFound(_("Meddelandet finns inte."))
    return found


def prepared_with(session: Session, message_id: int) -> Message | None:
    """The replacing message prepared with a correction, unless it was withdrawn."""
    return session.scalar(
        select(Message).where(Message.prepared_with_id == message_id, Message.state != "withdrawn")
    )
