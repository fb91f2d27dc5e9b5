"""*Rätta fel ute*: choose what is wrong, and prepare what takes its place."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.incidents.views.common import enter
from console.messages import defaults, queries, rules
from console.messages.models import Message
from console.messages.operations import drafts
from console.messages.rules import MessageType
from console.messages.views import write_view
from console.messages.views.common import about, actions_of, bp, of_event, type_of
from console.people.rules import Permission
from console.web.guard import needs


@bp.get("/messages/correct")
@needs(Permission.WRITE_MESSAGE)
def correct(slug: str) -> str:
    """What is out, newest first: which of it is wrong?"""
    with unit_of_work() as session:
        incident = enter(session, slug)
        running = queries.running(session, incident.id)
        messages = session.scalars(
            select(Message)
            .where(Message.incident_id == incident.id, Message.record_number.is_not(None))
            .order_by(Message.id.desc())
        ).all()
        return render_template(
            "messages/correct.html",
            slug=slug,
            rows=[(one, about(one), write_view.sentences_of(session, one)) for one in messages],
            running=running.message_id if running is not None else None,
            actions=actions_of(incident, g.person),
        )


@bp.post("/messages/correct")
@needs(Permission.WRITE_MESSAGE)
def begin_correction(slug: str) -> Response:
    """Start the correction; what repeats is paused by it."""
    number = request.form.get("message", "")
    if not number.isdecimal():
        raise BadInput(_("Välj vilket meddelande som ska rättas."), field="message")
    with unit_of_work() as session:
        incident, now = enter(session, slug), clock.now()
        wrong = of_event(session, incident, int(number))
        fields = defaults.start(session, incident, MessageType.CORRECTION, now, carry=False)
        fields["area"] = wrong.fields.get("area") or fields.get("area", "")
        if said := request.form.get("wrong", "").strip():
            fields["wrong"] = said
        correction = drafts.create(
            session,
            g.person,
            incident.id,
            MessageType.CORRECTION,
            now,
            fields=fields,
            corrects_id=wrong.id,
        )
        return redirect(url_for("messages.write", slug=slug, message_id=correction.id))


@bp.post("/messages/<int:message_id>/replacement")
@needs(Permission.WRITE_MESSAGE)
def prepare_replacement(slug: str, message_id: int) -> Response:
    """Start the message that goes on repeating in place of the corrected one."""
    with unit_of_work() as session:
        incident, now = enter(session, slug), clock.now()
        correction = of_event(session, incident, message_id)
        if correction.corrects_id is None:
            raise WrongState(_("Bara en rättelse har en text som ersätter."))
        prepared = queries.prepared_with(session, correction.id)
        if prepared is None:
            wrong = session.get_one(Message, correction.corrects_id)
            kind = type_of(wrong) if wrong.type in rules.REPEATING else MessageType.UPDATE
            # The instruction stands by itself: what is said again is the news.
            kind = MessageType.UPDATE if kind is not MessageType.NO_NEWS else kind
            start = defaults.start(session, incident, kind, now, carry=True)
            fields = start | defaults.replacing(correction, wrong, now)
            asked = {*rules.fields_of(kind), *rules.schedule_fields_of(kind)}
            prepared = drafts.create(
                session,
                g.person,
                incident.id,
                kind,
                now,
                fields={name: value for name, value in fields.items() if name in asked},
                prepared_with_id=correction.id,
            )
        return redirect(url_for("messages.write", slug=slug, message_id=prepared.id))
