"""Writing: drafts save themselves, and two writers never overwrite each other unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.errors import NotAllowed, NotFound, Stale, WrongState
from console.incidents.models import Incident
from console.messages import rules
from console.messages.models import Message, Version
from console.messages.operations import calling, control, marks
from console.people.models import Person
from console.people.rules import Permission, may
from console.timeline.operations import record


def need(actor: Person, permission: Permission) -> None:
    """Raises NotAllowed unless the actor's roles carry the permission."""
    if not actor.active or not may(actor.roles, permission):
        raise NotAllowed(_("Du har inte behörighet att göra det här."))


def open_incident(session: Session, incident_id: int | None) -> Incident:
    """The event, if it is still open; an ordinary post has none."""
    incident = None if incident_id is None else session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("Händelsen finns inte."))
    if incident.state != "open":
        raise WrongState(_("Händelsen är avslutad."))
    return incident


def locked(session: Session, message_id: int) -> Message:
    """The message as it is now, held until the end of the transaction.

    What waits of it first, as when it is approved: the two must not wait for each other.
    """
    session.scalars(
        select(Version.id)
        .where(Version.message_id == message_id, Version.state == "waiting")
        .order_by(Version.id)
        .with_for_update()
    ).all()
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )
    if message is None:
        raise NotFound(_("Meddelandet finns inte."))
    return message


def create(
    session: Session,
    actor: Person,
    incident_id: int,
    message_type: rules.MessageType,
    now: datetime,
    *,
    fields: dict[str, Any] | None = None,
    corrects_id: int | None = None,
    prepared_with_id: int | None = None,
    started: dict[str, Any] | None = None,
) -> Message:
    """Start a draft. Opening a correction pauses what repeats, so that the error stops spreading.

    Args:
        corrects_id: the message in error; required for a correction, refused otherwise.
        prepared_with_id: the correction that this message is prepared with, to replace what was
            wrong once the correction is out.
        started: as `Message.started`: what the texts come from.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    need(actor, Permission.WRITE_MESSAGE)
    incident = open_incident(session, incident_id)
    if (message_type is rules.MessageType.CORRECTION) != (corrects_id is not None):
        raise WrongState(_("Välj vilket meddelande som ska rättas."))
    if corrects_id is not None:
        wrong = session.get(Message, corrects_id)
        if wrong is None or wrong.incident_id != incident.id or wrong.record_number is None:
            raise WrongState(_("Bara ett meddelande som har gått ut kan rättas."))
    if prepared_with_id is not None:
        correction = session.get(Message, prepared_with_id)
        if (
            correction is None
            or correction.type != rules.MessageType.CORRECTION
            or correction.state not in rules.EDITABLE
            or message_type not in rules.REPEATING
        ):
            raise WrongState(_("Texten som ersätter hör till en rättelse som inte är klar."))
    message = begin(
        session,
        actor,
        incident,
        message_type,
        now,
        fields=fields or {},
        corrects_id=corrects_id,
        prepared_with_id=prepared_with_id,
        started=started,
    )
    if corrects_id is not None:
        control.pause_running(session, actor, incident.id, now, reason="correction")
    return message


def begin(
    session: Session,
    actor: Person,
    incident: Incident,
    message_type: rules.MessageType,
    now: datetime,
    *,
    fields: dict[str, Any],
    corrects_id: int | None = None,
    prepared_with_id: int | None = None,
    started: dict[str, Any] | None = None,
) -> Message:
    """Write down a new draft; whether it may be begun is its caller's to know."""
    message = Message(
        incident_id=incident.id,
        type=message_type,
        state=rules.MessageState.DRAFT,
        author_id=actor.id,
        fields=fields,
        created_at=now,
        saved_at=now,
        saved_by_id=actor.id,
        hands=[actor.id],
        corrects_id=corrects_id,
        prepared_with_id=prepared_with_id,
        started=started or {},
    )
    session.add(message)
    session.flush()
    origin = {"from": started} if started else {}
    record(
        session,
        "message:begun",
        body={
            "message": message.id,
            "type": str(message_type),
            "corrects": corrects_id,
            **origin,
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(incident.id))
    return message


def save(
    session: Session,
    actor: Person,
    message_id: int,
    fields: dict[str, Any],
    revision: int,
    now: datetime,
) -> Message:
    """Save a draft. A submitted text that is changed becomes a draft again: nothing approved of it
    remains.

    Args:
        fields: all fields, by name.
        revision: the revision the writer started from.

    Raises:
        Stale: somebody else saved something else in between.
        NotAllowed, NotFound, WrongState.
    """
    need(actor, Permission.WRITE_MESSAGE)
    message = locked(session, message_id)
    open_incident(session, message.incident_id)
    if message.state not in rules.EDITABLE:
        raise WrongState(
            _("Texten är godkänd och går inte att ändra. Skriv en ny text som ersätter den.")
        )
    if message.fields == fields:
        return message
    if message.revision != revision:
        raise Stale(_("Någon annan har sparat texten under tiden. Läs den och skriv in ditt igen."))
    if marks.only_pressed(session, message):
        # Who pressed Fel ute wrote nothing: whoever writes the correction is its author.
        message.author_id = actor.id
        message.hands = []
    message.fields = fields
    _changed(session, actor, message, now)
    live.announce(session, live.incident_topic(message.incident_id))
    return message


def _changed(session: Session, actor: Person, message: Message, now: datetime) -> None:
    """A new revision, another hand, and nothing approved of it remains."""
    message.revision += 1
    message.saved_at = now
    message.saved_by_id = actor.id
    message.hands = sorted({*message.hands, actor.id})
    if message.state != rules.MessageState.DRAFT:
        void_waiting(session, message, now, "edited")
        message.state = rules.MessageState.DRAFT
        record(
            session,
            "message:reopened",
            body={"message": message.id, "revision": message.revision},
            now=now,
            incident_id=message.incident_id,
            person_id=actor.id,
        )


def change_type(
    session: Session,
    actor: Person,
    message_id: int,
    message_type: rules.MessageType,
    revision: int,
    now: datetime,
) -> Message:
    """Let a draft become another type; what the new type doesn't ask for is dropped.

    Raises:
        WrongState: to or from a correction, which belongs to the message it corrects.
        Stale, NotAllowed, NotFound.
    """
    message = locked(session, message_id)
    if rules.MessageType.CORRECTION in (message.type, message_type):
        raise WrongState(_("Välj vilket meddelande som ska rättas."))
    if message.prepared_with_id is not None and message_type not in rules.REPEATING:
        raise WrongState(_("Texten som ersätter hör till en rättelse som inte är klar."))
    kept = {*rules.fields_of(message_type), *rules.schedule_fields_of(message_type)}
    fields = {name: value for name, value in message.fields.items() if name in kept}
    before = message.revision
    save(session, actor, message_id, fields, revision, now)
    if message.type != message_type:
        if message.revision == before:
            # The same fields are another text as another type.
            _changed(session, actor, message, now)
        message.type = message_type
        record(
            session,
            "message:type:changed",
            body={"message": message.id, "type": str(message_type)},
            now=now,
            incident_id=message.incident_id,
            person_id=actor.id,
        )
    return message


def void_waiting(session: Session, message: Message, now: datetime, reason: str) -> None:
    """Make every waiting version of a message void; approvals of it count for nothing."""
    for version in session.scalars(
        select(Version).where(Version.message_id == message.id, Version.state == "waiting")
    ):
        version.state = "void"
        version.settled_at = now
        version.reason = reason
        calling.end(session, version, now)


def withdraw(session: Session, actor: Person, message_id: int, now: datetime) -> Message:
    """Take a text back before it goes out. A withdrawn correction lets what was paused go on, and
    takes the text that replaces with it, approved or not.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    need(actor, Permission.WRITE_MESSAGE)
    return take_back(session, actor, message_id, now)


def take_back(session: Session, actor: Person, message_id: int, now: datetime) -> Message:
    """As `withdraw`, for somebody who may: the writer, or who takes back *Fel ute*.

    Raises:
        NotFound, WrongState.
    """
    control.hold_with_replacing(session, message_id)
    message = locked(session, message_id)
    incident_id = message.incident.id
    if not rules.may_move(rules.MESSAGE_MOVES, message.state, "withdrawn"):
        raise WrongState(_("Meddelandet har gått ut. Stoppa eller rätta det i stället."))
    void_waiting(session, message, now, "withdrawn")
    control.void_unsent(session, message, now)
    message.state = rules.MessageState.WITHDRAWN
    record(
        session,
        "message:withdrawn",
        body={"message": message.id},
        now=now,
        incident_id=incident_id,
        person_id=actor.id,
    )
    belongs = select(Message.id).where(Message.prepared_with_id == message_id)
    for prepared in session.scalars(belongs.order_by(Message.id)).all():
        # Read once it is held: somebody may have approved it meanwhile.
        if rules.may_move(rules.MESSAGE_MOVES, locked(session, prepared).state, "withdrawn"):
            take_back(session, actor, prepared, now)
    if message.type == rules.MessageType.CORRECTION:
        session.flush()
        marks.take_back(session, actor, message, now)
        control.go_on_without(session, actor, incident_id, now)
    live.announce(session, live.incident_topic(incident_id))
    return message
