"""An event's rows, as `figures_rules` counts them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.incidents.models import Incident, Notice
from console.messages.models import (
    Attempt,
    Broadcast,
    Delivery,
    FaultMark,
    Message,
    PromiseAsk,
    Version,
)
from console.messages.models import Round as RoundRow
from console.messages.operations.answers import STILL_VALID
from console.monitoring.models import Rumour
from console.review.figures_rules import Asked, Facts, Mark, Post, Read, Round, Said, Text, Trouble


def facts(session: Session, incident: Incident) -> Facts:
    """So many queries, whatever has happened."""
    return Facts(
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        texts=_texts(session, incident.id),
        rounds=_rounds(session, incident.id),
        posts=_posts(session, incident.id),
        asked=_asked(session, incident.id),
        marks=_marks(session, incident.id),
        troubles=_troubles(session, incident.id),
        notices=_notices(session, incident.id),
        rumours=_rumours(session, incident.id),
    )


def _texts(session: Session, incident_id: int) -> list[Text]:
    submitted = (
        select(func.min(Version.submitted_at))
        .where(Version.message_id == Message.id)
        .scalar_subquery()
    )
    query = (
        select(Message, submitted, Broadcast)
        .outerjoin(Broadcast, Broadcast.message_id == Message.id)
        .where(Message.incident_id == incident_id)
        .order_by(Message.id, Broadcast.id)
    )
    found = {}
    for message, first, broadcast in session.execute(query).unique():
        out = broadcast is not None and message.record_number is not None
        found[message.id] = Text(
            id=message.id,
            type=message.type,
            created_at=message.created_at,
            submitted_at=first,
            approved_at=None if broadcast is None else broadcast.released_at,
            told_at=(broadcast.still_at or broadcast.anchor) if out else None,
            promise_at=broadcast.promise_at if out else None,
            record=message.record or "",
        )
    return list(found.values())


def _rounds(session: Session, incident_id: int) -> list[Round]:
    query = (
        select(
            RoundRow.id, Broadcast.message_id, RoundRow.n, RoundRow.number, RoundRow.due_at,
            RoundRow.state == "missed",
        )
        .join(Broadcast, Broadcast.id == RoundRow.broadcast_id)
        .where(RoundRow.incident_id == incident_id)
        .order_by(RoundRow.number)
    )  # fmt: skip
    return [Round(*row) for row in session.execute(query)]


def _posts(session: Session, incident_id: int) -> list[Post]:
    query = (
        select(
            Delivery.id, Delivery.message_id, Delivery.round_id, Delivery.account_id,
            Delivery.act, Delivery.state, Delivery.settled_at, Delivery.language,
            Delivery.kind == "website",
        )
        .where(Delivery.incident_id == incident_id)
        .order_by(Delivery.id)
    )  # fmt: skip
    return [Post(*row) for row in session.execute(query)]


def _asked(session: Session, incident_id: int) -> list[Asked]:
    query = (
        select(
            Broadcast.message_id, PromiseAsk.promise_at, PromiseAsk.answer == STILL_VALID,
            PromiseAsk.missed_at.is_not(None),
        )
        .join(Broadcast, Broadcast.id == PromiseAsk.broadcast_id)
        .where(Broadcast.incident_id == incident_id)
        .order_by(PromiseAsk.id)
    )  # fmt: skip
    return [Asked(*row) for row in session.execute(query)]


def _marks(session: Session, incident_id: int) -> list[Mark]:
    query = (
        select(
            FaultMark.message_id, FaultMark.correction_id, FaultMark.pressed_at,
            FaultMark.closed_at, Message.fields,
        )
        .join(Message, Message.id == FaultMark.correction_id)
        .where(FaultMark.incident_id == incident_id, FaultMark.withdrawn_at.is_(None))
        .order_by(FaultMark.id)
    )  # fmt: skip
    return [
        Mark(
            row.message_id, row.correction_id, row.pressed_at,
            row.closed_at is not None and bool(row.fields.get("ends")),
        )
        for row in session.execute(query)
    ]  # fmt: skip


def _troubles(session: Session, incident_id: int) -> list[Trouble]:
    query = (
        select(Attempt.delivery_id, Attempt.event, Attempt.at)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.incident_id == incident_id, Attempt.event.in_(("refused", "unknown")))
        .order_by(Attempt.id)
    )
    return [Trouble(*row) for row in session.execute(query)]


def _notices(session: Session, incident_id: int) -> list[Read]:
    query = (
        select(Notice.kind, Notice.made_at, Notice.read_at)
        .where(Notice.incident_id == incident_id)
        .order_by(Notice.id)
    )
    return [Read(*row) for row in session.execute(query)]


def _rumours(session: Session, incident_id: int) -> list[Said]:
    query = (
        select(Rumour.id, Rumour.logged_at, Rumour.state, Rumour.state_at)
        .where(Rumour.incident_id == incident_id)
        .order_by(Rumour.id)
    )
    return [
        Said(row.id, row.logged_at, row.state_at if row.state == "answered" else None)
        for row in session.execute(query)
    ]
