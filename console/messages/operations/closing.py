"""Ending an event: nothing is being sent any more, and Läget över has gone out or is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, select, update
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
    over: int | None
    """*Läget över* that has gone out and holds, by its id."""
    doubt: str
    """Why one that has gone out doesn't: wrong | newer; empty: it holds, or there is none."""

    @property
    def all_clear(self) -> bool:
        """Without it a reason is asked for."""
        return self.over is not None


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
    over, doubt = _over(session, incident_id)
    return Obstacles(
        sending=len(queries.active_broadcasts(session, incident_id)),
        by_hand=counts.pop("by_hand", 0),
        under_way=sum(counts.values()),
        over=over,
        doubt=doubt,
    )


def _over(session: Session, incident_id: int) -> tuple[int | None, str]:
    """*Läget över* that holds, by its id, else why the newest doesn't, as the public site says it:
    it is the last word of how it stands, and nobody says, nor has said, that it is wrong; once it
    has been corrected it only holds if the correction ends what stood again meanwhile."""
    out = Message.incident_id == incident_id, Message.record_number.is_not(None)
    newest = (Message.record_year.desc(), Message.record_number.desc())
    lasting = select(Message).where(*out, Message.type.in_(rules.REPLACING)).order_by(*newest)
    over = session.scalar(lasting.where(Message.type == rules.MessageType.ALL_CLEAR).limit(1))
    if over is None:
        return None, ""
    if session.scalar(lasting.limit(1)) is not over:
        return None, "newer"
    corrections = session.scalars(
        select(Message).where(*out, Message.corrects_id == over.id).order_by(*newest)
    ).all()
    begun = exists().where(
        Message.corrects_id.in_([over.id, *(one.id for one in corrections)]),
        Message.state.in_((*rules.EDITABLE, rules.MessageState.APPROVED)),
    )
    wrong = session.scalar(select(begun)) or (corrections and not corrections[0].fields.get("ends"))
    return (None, "wrong") if wrong else (over.id, "")


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
        raise BadInput(_missing(there.doubt), field="reason")
    session.execute(
        update(Delivery)
        .where(Delivery.incident_id == incident.id, Delivery.state == "by_hand")
        .values(state=rules.DeliveryState.STOPPED, reason="event_closed", settled_at=now)
    )
    record(
        session,
        "incident:end:decided",
        body={
            "all_clear": there.over,
            "reason": reason,
            "by_hand_ended": there.by_hand,
            "void": void(waiting, now),
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    incidents.close(session, actor, incident, now, mail=mail)


def _missing(doubt: str) -> str:
    """What is asked of whoever ends an event without a *Läget över* that holds."""
    if doubt == "wrong":
        return str(
            _("Läget över har sagts vara fel. Skicka ett nytt, eller skriv varför det inte behövs.")
        )
    if doubt == "newer":
        return str(
            _(
                "Efter Läget över har något nyare sagts."
                " Skicka ett nytt Läget över, eller skriv varför det inte behövs."
            )
        )
    return str(_("Läget över har inte gått ut. Skicka det, eller skriv varför det inte behövs."))


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
