"""What every page about messages needs."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.errors import NotFound
from console.incidents.models import Incident
from console.messages import labels
from console.messages.models import Message
from console.messages.rules import MessageType
from console.people.models import Person
from console.people.rules import Permission, may

bp = Blueprint("messages", __name__, url_prefix="/incidents/<slug>")


@dataclass(frozen=True)
class Actions:
    """The three verbs of an open event; empty: this reader may not."""

    write_url: str = ""
    correct_url: str = ""
    stop_url: str = ""


def actions_of(incident: Incident, person: Person) -> Actions:
    if incident.state != "open":
        return Actions()
    writes = may(person.roles, Permission.WRITE_MESSAGE)
    stops = may(person.roles, Permission.STOP_BROADCAST)
    slug = incident.slug
    return Actions(
        write_url=url_for("messages.new", slug=slug) if writes else "",
        correct_url=url_for("messages.correct", slug=slug) if stops else "",
        stop_url=url_for("messages.stop_all", slug=slug) if stops else "",
    )


def of_event(session: Session, incident: Incident, message_id: int) -> Message:
    """A message of this event.

    Raises:
        NotFound: there is none with that number in it.
    """
    message = session.get(Message, message_id)
    if message is None or message.incident_id != incident.id:
        raise NotFound(_("Meddelandet finns inte i den här händelsen."))
    return message


def site_url(incident: Incident) -> str:
    return str(current_app.config["SETTINGS"].site_url(incident.exercise))


def type_of(message: Message) -> MessageType:
    return MessageType(message.type)


def about(message: Message) -> str:
    """A message in one line: its type and how it begins."""
    fields = message.fields
    names = ("right",) if message.type == MessageType.CORRECTION else ("text", "instruction")
    if message.type in (MessageType.FIRST, MessageType.INSTRUCTION):
        names = ("instruction", "text")
    text = next((str(fields[name]) for name in names if fields.get(name)), "")
    words = " ".join(text.split())
    short = words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0] + "…"
    kind = str(labels.TYPES[type_of(message)])
    return f"{kind}: {short}" if short else kind
