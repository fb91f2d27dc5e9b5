"""Every message of an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import clock
from console.db import unit_of_work
from console.incidents.models import Incident
from console.incidents.views.common import enter, mail_is_set_up
from console.messages import calls, labels, queries, rules
from console.messages.models import ApproverCall, Broadcast, Message, Version
from console.messages.rules import MessageState, MessageType
from console.messages.views.common import about, actions_of, bp
from console.parts import State, Verb
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
    called: str = ""
    """Who has been called, while it waits."""
    ring: Verb | None = None


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
    made = calls.of_versions(session, waiting.values())
    running = set(
        session.scalars(
            select(Broadcast.message_id).where(
                Broadcast.incident_id == incident.id, Broadcast.state == "running"
            )
        )
    )
    ended = set(
        session.scalars(
            select(Broadcast.message_id).where(
                Broadcast.incident_id == incident.id, Broadcast.state.not_in(rules.ACTIVE)
            )
        )
    )
    gone = queries.removed(session, incident.id)
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
        mark = MARKS[message.state]
        if message.state == MessageState.APPROVED and message.id in ended:
            state, mark = _("Godkänd, gick inte ut"), "stopped"
        row = Row(
            mark,
            str(labels.TYPES[MessageType(message.type)]) if message.id in gone else about(message),
            state, message.author.name, message.saved_at,
            url, message.record or "", *_called(waiting.get(message.id), made, writes=writes),
        )  # fmt: skip
        rows.append((message.state, row))
    return rows


def _called(
    version_id: int | None, made: dict[int, list[ApproverCall]], *, writes: bool
) -> tuple[str, Verb | None]:
    """Who was called about a waiting text, and for the unit whom to ring."""
    theirs = made.get(version_id or 0, [])
    said = calls.said(theirs, clock.now(), str(get_locale()), mail=mail_is_set_up())
    return said, calls.ring(theirs) if writes else None
