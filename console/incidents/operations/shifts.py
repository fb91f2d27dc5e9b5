"""Handing over the shift (*Lämna över passet*): frozen, signed by both, and only then changed.

Until the receiver signs, the giver holds the shift. What is handed over is composed by the board,
above this noun, and comes in as sections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput, Faults, NotAllowed, NotFound, Stale, WrongState
from console.incidents import queries, rules
from console.incidents.models import Handover, Incident
from console.incidents.operations.common import allow, hold_open, reason_of
from console.incidents.operations.telling import tell
from console.people import duty
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role
from console.timeline.operations import record
from console.timeline.rules import canonical, clean_text

NOTE_LENGTH = 2000
"""Characters."""
Sections = Sequence[tuple[str, Sequence[str]]]
"""(heading, rows) in reading order; an empty section says so by having no rows."""


def offer(
    session: Session,
    actor: Person,
    incident: Incident,
    *,
    role: str,
    receiver_id: int,
    note: str,
    sections: Sections,
    now: datetime,
    mail: bool,
) -> Handover:
    """The giver signs what is handed over and names who receives it, who is told.

    Raises:
        NotAllowed: the actor hasn't the role, or somebody else holds the shift.
        WrongState: closed, or a handover of this shift already waits for its receiver.
        Faults: keys `role`, `receiver`, `note`.
    """
    allow(actor, Permission.HAND_OVER_SHIFT)
    hold_open(session, incident)
    _check_role(actor, role)
    holder = queries.shift_holder(session, incident, role)
    if holder is not None and holder.id != actor.id:
        raise NotAllowed(
            _(
                "%(name)s har passet. Be om en överlämning, eller ta över det.",
                name=holder.name,
            )
        )
    if (waits := queries.offered_handover(session, incident.id, role)) is not None:
        raise WrongState(
            _(
                "En överlämning väntar redan på %(name)s. Ta tillbaka den först.",
                name=waits.receiver.name,
            )
        )
    receiver = session.get(Person, receiver_id)
    faults: dict[str, str] = {}
    if receiver is None or not receiver.active or role not in receiver.roles:
        faults["receiver"] = _("Välj någon som har rollen.")
    elif receiver.id == actor.id:
        faults["receiver"] = _("Välj någon annan än dig själv.")
    note = clean_text(note.strip())
    if len(note) > NOTE_LENGTH:
        faults["note"] = _("Korta anteckningen till högst 2 000 tecken.")
    if faults or receiver is None:
        raise Faults(faults)
    row = _frozen(session, incident, role, actor, receiver, note, sections, now, signed=True)
    _record(session, "shift:offered", row, actor, now, summary=row.canonical)
    tell(
        session,
        incident,
        rules.NoticeKind.STAFF,
        f"handover {row.id}",
        [receiver],
        now,
        subject=f"Ta över passet: {incident.name}",
        text=f"{actor.name} lämnar över passet till dig. Läs överlämningen och skriv under."
        f" Till dess har {actor.name} passet.",
        path=f"/incidents/{incident.slug}/handovers/{row.id}",
        mail=mail,
        actor_id=actor.id,
    )
    return row


def take(
    session: Session, actor: Person, handover_id: int, seen_hash: str, now: datetime
) -> Handover:
    """The receiver has read, and signs: from now on the shift is theirs.

    Args:
        seen_hash: of the summary that was read.

    Raises:
        NotAllowed: somebody else is named, or the role is gone; NotFound; Stale: another summary;
        WrongState: not waiting any more, or the event is closed.
    """
    allow(actor, Permission.HAND_OVER_SHIFT)
    row = _waiting(session, handover_id)
    if row.receiver_id != actor.id:
        raise NotAllowed(_("Bara %(name)s kan ta emot passet.", name=row.receiver.name))
    _check_role(actor, row.role)
    digest = hashlib.sha256(row.canonical.encode()).hexdigest()
    if seen_hash != row.content_hash or digest != row.content_hash:
        raise Stale(_("Det är inte den överlämning som du läste. Läs den igen."))
    _change_hands(session, row, actor, now)
    return row


def take_back(session: Session, actor: Person, handover_id: int, now: datetime) -> Handover:
    """The giver takes an unsigned handover back, to change it or to stay; the receiver may refuse
    it in the same way.

    Raises:
        NotAllowed, NotFound; WrongState: already signed, or the event is closed.
    """
    allow(actor, Permission.HAND_OVER_SHIFT)
    row = _waiting(session, handover_id)
    if actor.id not in (row.giver_id, row.receiver_id):
        raise NotAllowed(_("Bara den som lämnar och den som tar emot kan ta tillbaka det."))
    row.state = rules.HandoverState.WITHDRAWN.value
    _record(session, "shift:withdrawn", row, actor, now)
    return row


def take_over(
    session: Session,
    actor: Person,
    incident: Incident,
    *,
    role: str,
    reason: str,
    sections: Sections,
    now: datetime,
) -> Handover:
    """Take a shift whose holder can't hand it over; why stays in the summary and in the log.

    Raises:
        NotAllowed; WrongState: closed, nobody else holds it; BadInput: field `reason`.
    """
    allow(actor, Permission.HAND_OVER_SHIFT)
    hold_open(session, incident)
    _check_role(actor, role)
    why = reason_of(reason)
    holder = queries.shift_holder(session, incident, role)
    if holder is None or holder.id == actor.id:
        raise WrongState(_("Ingen annan har passet."))
    waits = queries.offered_handover(session, incident.id, role)
    if waits is not None:
        waits.state = rules.HandoverState.WITHDRAWN.value
        _record(session, "shift:withdrawn", waits, actor, now)
        session.flush()
    row = _frozen(session, incident, role, holder, actor, why, sections, now, signed=False)
    _change_hands(session, row, actor, now)
    return row


def _change_hands(session: Session, row: Handover, actor: Person, now: datetime) -> None:
    """The one place where a shift passes from `row.giver` to `row.receiver` (the role: `row.role`).

    In a live event the role's duty goes with it; an exercise leaves the real duty alone.
    """
    row.state, row.taken_at = rules.HandoverState.TAKEN.value, now
    exercise = queries.by_id(session, row.incident_id).exercise
    holder = people.on_duty(session, Role(row.role))
    if not exercise and (holder is None or holder.id != row.receiver_id):
        duty.hand_over(session, actor, Role(row.role), row.receiver, now)
    tag = "shift:taken" if row.giver_signed else "shift:taken_over"
    _record(session, tag, row, actor, now, summary="" if row.giver_signed else row.canonical)
    live.announce(session, live.CALM)


def _frozen(
    session: Session,
    incident: Incident,
    role: str,
    giver: Person,
    receiver: Person,
    note: str,
    sections: Sections,
    now: datetime,
    *,
    signed: bool,
) -> Handover:
    body = {
        "format": 1,
        "event": {"id": incident.id, "name": incident.name, "exercise": incident.exercise},
        "role": role,
        "giver": {"id": giver.id, "name": giver.name, "signed": signed},
        "receiver": {"id": receiver.id, "name": receiver.name},
        "made_at": now,
        "note": note,
        "sections": [
            {"heading": clean_text(heading), "rows": [clean_text(row) for row in rows]}
            for heading, rows in sections
        ],
    }
    text = canonical(body)
    row = Handover(
        incident_id=incident.id,
        role=role,
        giver_id=giver.id,
        receiver_id=receiver.id,
        state=rules.HandoverState.OFFERED.value,
        made_at=now,
        giver_signed=signed,
        canonical=text,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    session.add(row)
    session.flush()
    session.refresh(row, ["giver", "receiver"])
    return row


def _waiting(session: Session, handover_id: int) -> Handover:
    row = session.get(Handover, handover_id)
    if row is None:
        raise NotFound(_("Överlämningen finns inte."))
    # In the order of every other verb of an event: the event first.
    hold_open(session, queries.by_id(session, row.incident_id))
    session.refresh(row, ["state"], with_for_update={"of": Handover})
    if row.state != rules.HandoverState.OFFERED:
        raise WrongState(_("Överlämningen väntar inte längre på en underskrift."))
    return row


def _check_role(actor: Person, role: str) -> None:
    if role not in rules.SHIFT_ROLES:
        raise BadInput(_("Välj vilket pass det gäller."), field="role")
    if role not in actor.roles:
        raise NotAllowed(_("Du har inte den rollen. Passet går bara till någon som har den."))


def _record(
    session: Session, tag: str, row: Handover, actor: Person, now: datetime, summary: str = ""
) -> None:
    record(
        session,
        tag,
        body={
            "handover": row.id,
            "role": row.role,
            "giver": row.giver_id,
            "receiver": row.receiver_id,
            "content_hash": row.content_hash,
        },
        now=now,
        incident_id=row.incident_id,
        person_id=actor.id,
        personal={"summary": summary} if summary else None,
    )
    live.announce(session, live.incident_topic(row.incident_id), live.CALM)
