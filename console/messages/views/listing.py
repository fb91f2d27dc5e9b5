"""Every message of an event, and starting a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import defaults, labels, queries
from console.messages.models import Broadcast, Message, Version
from console.messages.operations import drafts
from console.messages.rules import MessageType
from console.messages.views.common import about, actions_of, bp
from console.parts import State
from console.people.rules import Permission, may
from console.web.guard import needs

MARKS: dict[str, State] = {
    "draft": "not_repeated",
    "returned": "refused",
    "submitted": "waiting",
    "approved": "queued",
    "out": "sent",
    "over": "stopped",
    "withdrawn": "left_alone",
}


@dataclass(frozen=True)
class Row:
    mark: State
    title: str
    state: str
    who: str
    at: datetime
    url: str
    record: str


@bp.get("/messages")
@needs(Permission.VIEW_BOARD)
def listing(slug: str) -> str:
    """Drafts, what waits, what is out. Who doesn't write sees what has gone out."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        rows = _rows(session, incident)
        return render_template(
            "messages/list.html",
            drafts=[row for state, row in rows if state in ("draft", "returned")],
            waiting=[row for state, row in rows if state in ("submitted", "approved")],
            out=[row for state, row in rows if state in ("out", "over")],
            withdrawn=[row for state, row in rows if state == "withdrawn"],
            close_url=url_for("messages.close", slug=slug)
            if incident.state == "open" and may(g.person.roles, Permission.CLOSE_INCIDENT)
            else "",
            actions=actions_of(incident, g.person),
        )


@bp.get("/messages/new")
@needs(Permission.WRITE_MESSAGE)
def new(slug: str) -> str:
    """Seven types to choose from."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        running = queries.running(session, incident.id)
        return render_template(
            "messages/new.html",
            slug=slug,
            kinds=[
                (kind.value, labels.TYPES[kind], labels.WHEN[kind])
                for kind in MessageType
                if kind is not MessageType.CORRECTION
            ],
            suggested=MessageType.FIRST.value if running is None else MessageType.UPDATE.value,
            has_latest=running is not None,
            correct_url=url_for("messages.correct", slug=slug),
            actions=actions_of(incident, g.person),
        )


@bp.post("/messages")
@needs(Permission.WRITE_MESSAGE)
def begin(slug: str) -> Response:
    """Start a draft of a type, with sensible first fields."""
    try:
        kind = MessageType(request.form.get("kind", ""))
    except ValueError:
        raise BadInput(_("Välj en sort."), field="kind") from None
    with unit_of_work() as session:
        incident, now = enter(session, slug), clock.now()
        fields = defaults.start(session, incident, kind, now, carry=bool(request.form.get("carry")))
        message = drafts.create(session, g.person, incident.id, kind, now, fields=fields)
        return redirect(url_for("messages.write", slug=slug, message_id=message.id))


def _rows(session: Session, incident: Incident) -> list[tuple[str, Row]]:
    writes = may(g.person.roles, Permission.WRITE_MESSAGE)
    approves = may(g.person.roles, Permission.APPROVE_MESSAGE)
    waiting = dict(
        session.execute(
            select(Version.message_id, Version.id)
            .join(Message, Message.id == Version.message_id)
            .where(Message.incident_id == incident.id, Version.state == "waiting")
        ).all()
    )
    running = set(
        session.scalars(
            select(Broadcast.message_id).where(
                Broadcast.incident_id == incident.id, Broadcast.state == "running"
            )
        )
    )
    rows = []
    for message in session.scalars(
        select(Message).where(Message.incident_id == incident.id).order_by(Message.id.desc())
    ):
        if message.record_number is None and not (writes or approves):
            continue
        url = url_for("messages.write", slug=incident.slug, message_id=message.id)
        if message.id in waiting:
            url = url_for(
                "messages.approve_page", slug=incident.slug, version_id=waiting[message.id]
            )
        elif message.record_number is None and not writes:
            url = ""
        state = str(labels.STATES[message.state])
        if message.id in running:
            state = _("Ute, upprepas")
        row = Row(
            MARKS[message.state], about(message), state, message.author.name, message.saved_at,
            url, message.record or "",
        )  # fmt: skip
        rows.append((message.state, row))
    return rows
