"""*Första timmen*: what the staff ticks by hand. What the console knows by itself is no tick."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.errors import BadInput, NotFound, WrongState
from console.incidents import queries
from console.incidents.models import FirstHourTick, Incident
from console.incidents.operations.common import allow, hold_open
from console.people.models import Person
from console.people.rules import Permission
from console.policy.queries import current
from console.policy.values import FIRST_HOUR_FACTS, FirstHourItem
from console.timeline.operations import record

NOTE_LENGTH = 500
"""Characters."""


def tick(
    session: Session, actor: Person, incident: Incident, key: str, note: str, now: datetime
) -> FirstHourTick:
    """Say that a point is done. A second press changes nothing: the first tick stands.

    Args:
        key: of a point in the profile's list.
        note: what came of it, e.g. who answered; "" if nothing.

    Raises:
        NotAllowed; NotFound: no such point; WrongState: closed, or ticked by fact alone;
        BadInput: field `note`.
    """
    allow(actor, Permission.TICK_FIRST_HOUR)
    hold_open(session, incident)
    item = _by_hand(session, key)
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise BadInput(_("Korta anteckningen till högst 500 tecken."), field="note")
    if (there := queries.first_hour_tick(session, incident.id, key)) is not None:
        return there
    row = FirstHourTick(incident_id=incident.id, key=key, at=now, by_id=actor.id, note=note)
    session.add(row)
    session.flush()
    record(
        session,
        "first_hour:ticked",
        body={"key": key, "minute": item.minute, "text": item.sv},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
        personal={"note": note} if note else None,
    )
    return row


def untick(session: Session, actor: Person, incident: Incident, key: str, now: datetime) -> None:
    """Take a tick back; that it was there stays on the timeline. Nothing if there is none.

    Raises:
        NotAllowed; NotFound: no such point; WrongState: closed, or ticked by fact alone.
    """
    allow(actor, Permission.TICK_FIRST_HOUR)
    hold_open(session, incident)
    item = _by_hand(session, key)
    row = queries.first_hour_tick(session, incident.id, key)
    if row is None:
        return
    row.undone_at, row.undone_by_id = now, actor.id
    record(
        session,
        "first_hour:unticked",
        body={"key": key, "text": item.sv, "ticked_at": row.at},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )


def _by_hand(session: Session, key: str) -> FirstHourItem:
    item = next((one for one in current(session).first_hour if one.key == key), None)
    if item is None:
        raise NotFound(_("Den punkten finns inte i listan för första timmen."))
    if key in FIRST_HOUR_FACTS:
        raise WrongState(_("Den punkten bockas av när det har hänt. Det går inte för hand."))
    return item
