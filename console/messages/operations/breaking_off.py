"""*Avbryt övningen – skarpt läge*: everything of the exercise ends, and nothing of it goes on."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from console.errors import WrongState
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.messages import rules
from console.messages.models import Delivery
from console.messages.operations import closing, control
from console.messages.operations.drafts import need
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record

REASON = "skarpt läge"


def break_off(
    session: Session, actor: Person, incident: Incident, now: datetime, *, mail: bool
) -> int:
    """Stop every broadcast of an exercise, end what waits for approval or for somebody's hands,
    and close it. Returns how many posts were already under way (to the exercise's wall).

    A real event is opened anew by a person: an exercise never becomes one, and nothing that was
    written in it can be carried over.

    Raises:
        NotAllowed; WrongState: no exercise, or already closed.
    """
    need(actor, Permission.BREAK_OFF_EXERCISE)
    if not incident.exercise:
        raise WrongState(_("Det här är ingen övning. En kris avslutas när läget är över."))
    session.refresh(incident, ["state"])
    if incident.state != "open":
        raise WrongState(_("Övningen är redan avslutad."))
    # Broadcasts and texts are held before their event, as when a round is written.
    under_way = control.stop_all(session, actor, incident.id, now)
    void = closing.void(closing.hold_waiting(session, incident.id), now)
    # What somebody approves at this very moment is void when it falls due: the event is closed.
    session.execute(
        update(Delivery)
        .where(Delivery.incident_id == incident.id, Delivery.state == "by_hand")
        .values(state=rules.DeliveryState.STOPPED, reason="event_closed", settled_at=now)
    )
    record(
        session,
        "exercise:broken_off",
        body={"reason": REASON, "under_way": under_way, "void": void},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    incidents.break_off(session, actor, incident, now, mail=mail)
    return under_way
