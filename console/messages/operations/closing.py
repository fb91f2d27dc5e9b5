"""Ending an event: nothing is being sent any more, and Läget över has gone out or is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from console.errors import BadInput, WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.incidents.operations.common import one_at_a_time
from console.messages import queries, rules
from console.messages.models import Delivery, Message, Version
from console.messages.operations.drafts import need
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record


@dataclass(frozen=True)
class Obstacles:
    """What stands in the way of ending an event, and what ends with it."""

    sending: int
    """Broadcasts that wait, run or are paused."""
    under_way: int
    """Posts that are queued, claimed or started."""
    by_hand: int
    """By-hand tasks that nobody has confirmed: they end with the event."""
    all_clear: bool
    """Läget över has gone out; without it a reason is asked for."""


def obstacles(session: Session, incident_id: int) -> Obstacles:
    query = (
        select(Delivery.state, func.count())
        .where(
            Delivery.incident_id == incident_id,
            Delivery.state.in_((*rules.UNSTARTED, "started", "by_hand")),
        )
        .group_by(Delivery.state)
    )
    counts: dict[str, int] = dict(session.execute(query).all())
    return Obstacles(
        sending=len(queries.active_broadcasts(session, incident_id)),
        by_hand=counts.pop("by_hand", 0),
        under_way=sum(counts.values()),
        all_clear=queries.all_clear(session, incident_id) is not None,
    )


def end_event(
    session: Session,
    actor: Person,
    incident: Incident,
    now: datetime,
    reason: str = "",
    *,
    mail: bool,
) -> None:
    """Close the event: locks are released, administrators told, open by-hand tasks ended, and what
    waits for approval is taken off the approvers' lists.

    Args:
        reason: why the event ends without Läget över; not needed when that has gone out.
        mail: notices are also sent as mail.

    Raises:
        NotAllowed; WrongState: something is being sent, or already closed; BadInput: field
            `reason`.
    """
    need(actor, Permission.CLOSE_INCIDENT)
    # Texts before their event, as when they are approved; decisions before it, as everywhere.
    waiting = hold_waiting(session, incident.id)
    one_at_a_time(session)
    session.refresh(incident, ["state"], with_for_update={"key_share": True})
    there = obstacles(session, incident.id)
    if there.sending:
        raise WrongState(_("Något sänds fortfarande. Skicka Läget över eller stoppa det först."))
    if there.under_way:
        raise WrongState(
            _("%(n)s inlägg är på väg ut. Vänta tills de är framme.", n=there.under_way)
        )
    reason = reason.strip()
    if not there.all_clear and not reason:
        raise BadInput(
            _("Läget över har inte gått ut. Skicka det, eller skriv varför det inte behövs."),
            field="reason",
        )
    session.execute(
        update(Delivery)
        .where(Delivery.incident_id == incident.id, Delivery.state == "by_hand")
        .values(state=rules.DeliveryState.STOPPED, reason="event_closed", settled_at=now)
    )
    over = queries.all_clear(session, incident.id)
    record(
        session,
        "incident:end:decided",
        body={
            "all_clear": over.id if over is not None else None,
            "reason": reason,
            "by_hand_ended": there.by_hand,
            "void": void(waiting, now),
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    incidents.close(session, actor, incident, now, mail=mail)


def hold_waiting(session: Session, incident_id: int) -> Sequence[Version]:
    """The event's texts that wait for approval, held until the end of the transaction."""
    return session.scalars(
        select(Version)
        .join(Message, Message.id == Version.message_id)
        .where(Message.incident_id == incident_id, Version.state == "waiting")
        .order_by(Version.id)
        .with_for_update(of=Version)
    ).all()


def void(waiting: Sequence[Version], now: datetime) -> list[int]:
    """Take texts off the approvers' lists; returns the versions' numbers."""
    for version in waiting:
        version.state, version.settled_at = "void", now
        version.message.state = rules.MessageState.DRAFT
    return [version.id for version in waiting]
