"""Reading rumours."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from console.errors import NotFound
from console.incidents.models import Incident
from console.messages import rules as messages
from console.messages.models import Broadcast, Message
from console.monitoring import rules
from console.monitoring.models import Rumour
from console.people.models import Person
from console.people.rules import Permission, may


def of_event(session: Session, incident_id: int) -> Sequence[Rumour]:
    """An event's rumours: the open ones first, the oldest of them at the top; then the newest."""
    is_open = Rumour.state.in_(rules.OPEN)
    return session.scalars(
        select(Rumour)
        .where(Rumour.incident_id == incident_id)
        .order_by(
            is_open.desc(),
            case((is_open, Rumour.seen_at)),
            Rumour.state_at.desc(),
            Rumour.id.desc(),
        )
    ).all()


def count_open(session: Session, incident_id: int) -> int:
    """How many of an event's rumours somebody has something to do with."""
    query = select(func.count()).where(
        Rumour.incident_id == incident_id, Rumour.state.in_(rules.OPEN)
    )
    return session.execute(query).scalar_one()


def one(session: Session, incident: Incident, rumour_id: int) -> Rumour:
    """Raises: NotFound: there is none with that number in this event."""
    rumour = session.get(Rumour, rumour_id)
    if rumour is None or rumour.incident_id != incident.id:
        raise NotFound(_("Ryktet finns inte i den här händelsen."))
    return rumour


def owners(session: Session) -> list[Person]:
    """Everybody who may own a rumour, by name."""
    people = session.scalars(select(Person).where(Person.active).order_by(Person.name))
    return [person for person in people if may(person.roles, Permission.HANDLE_RUMOUR)]


def answer_of(session: Session, rumour: Rumour) -> Message | None:
    """The message that answers a rumour, or will: not one that was withdrawn, nor one that was
    approved but can't go out any more."""
    message = rumour.message
    if message is None or message.state == messages.MessageState.WITHDRAWN:
        return None
    if message.state == messages.MessageState.APPROVED:
        active = session.scalar(
            select(Broadcast.id).where(
                Broadcast.message_id == message.id, Broadcast.state.in_(messages.ACTIVE)
            )
        )
        return message if active else None
    return message
