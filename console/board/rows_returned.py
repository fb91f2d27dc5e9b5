"""Texts that an approver gave back: nothing of them goes out until somebody writes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from console import phrases
from console.incidents.models import Incident
from console.incidents.rules import State
from console.messages import labels
from console.messages.models import Message, Version
from console.messages.rules import MessageState, MessageType
from console.parts import Todo, Verb
from console.people.models import Person
from console.people.rules import Permission


def read(session: Session, incident_id: int | None = None) -> Sequence[Row[Any]]:
    """message_id, type, reason, settled_at, name of who gave it back, Incident; oldest first.

    Args:
        incident_id: of one event; None: of every open one.
    """
    query = (
        select(
            Message.id.label("message_id"), Message.type, Message.prepared_with_id,
            Version.reason, Version.settled_at, Person.name, Incident,
        )
        .join(Version, Version.message_id == Message.id)
        .join(Person, Person.id == Version.settled_by_id)
        .join(Incident, Incident.id == Message.incident_id)
        .where(
            Message.state == MessageState.RETURNED,
            Version.state == "returned",
            Incident.state == State.OPEN,
        )
        .ext(distinct_on(Message.id))
        .order_by(Message.id, Version.id.desc())
    )  # fmt: skip
    if incident_id is not None:
        query = query.where(Incident.id == incident_id)
    rows = session.execute(query).all()
    ids = {row.message_id for row in rows}
    # What replaces a wrong text is written on from its correction's page.
    return [row for row in rows if row.prepared_with_id not in ids]


def todo(
    incident: Incident, rows: Sequence[Row[Any]], allowed: frozenset[Permission]
) -> Iterator[Todo]:
    reads = allowed & {Permission.WRITE_MESSAGE, Permission.APPROVE_MESSAGE}
    for row in rows:
        url = url_for("messages.write", slug=incident.slug, message_id=row.message_id)
        who, at = row.name, phrases.clock(row.settled_at)
        why = phrases.sentence(row.reason) if reads else ""
        yield Todo(
            f"returned-{row.message_id}",
            "refused",
            _("Returnerad: %(kind)s", kind=str(labels.TYPES[MessageType(row.type)]).lower()),
            _("%(who)s kl %(at)s. Texten har inte gått ut.", who=who, at=at)
            + (f" {why}" if why else ""),
            Verb(_("Ändra texten"), url) if Permission.WRITE_MESSAGE in allowed else None,
        )
