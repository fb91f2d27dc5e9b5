"""*Rätta fel ute*: choose what is wrong, and prepare what takes its place."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.incidents.views.common import enter, mail_is_set_up
from console.messages import carried, defaults, entered, queries, rules
from console.messages.models import FaultMark, Message
from console.messages.operations import drafts, fault
from console.messages.rules import MessageType
from console.messages.views.common import (
    about,
    actions_of,
    bp,
    of_event,
    type_of,
)
from console.people.rules import Permission, may
from console.web.guard import needs


@bp.get("/messages/correct")
@needs(Permission.STOP_BROADCAST)
def correct(slug: str) -> str:
    """What is out, newest first: which sentence of it is wrong?"""
    with unit_of_work() as session:
        incident = enter(session, slug)
        running = queries.running(session, incident.id)
        messages = session.scalars(
            select(Message)
            .where(Message.incident_id == incident.id, Message.record_number.is_not(None))
            .order_by(Message.id.desc())
        ).all()
        begun = {
            one.corrects_id: one.id
            for one in session.scalars(
                select(Message).where(
                    Message.incident_id == incident.id,
                    Message.corrects_id.is_not(None),
                    Message.state.in_((*rules.EDITABLE, rules.MessageState.APPROVED)),
                )
            )
        }
        gone = queries.removed(session, incident.id)
        return render_template(
            "messages/correct.html",
            slug=slug,
            rows=[
                (one, about(one), carried.sentences_of(one), begun.get(one.id))
                for one in messages
                if one.id not in gone
            ],
            running=running.message_id if running is not None else None,
            actions=actions_of(incident, g.person),
        )


@bp.post("/messages/correct")
@needs(Permission.STOP_BROADCAST)
def begin_correction(slug: str) -> Response:
    """*Fel ute*: one press stops, strikes and begins the correction."""
    number = entered.whole(request.form.get("message", ""))
    chosen = request.form.get("sentence", "")
    if number is None:
        raise BadInput(_("Välj vilket meddelande som ska rättas."), field="message")
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            wrong = of_event(session, incident, number)
            mark = fault.press(
                session,
                g.person,
                incident,
                wrong.id,
                _sentence(wrong, chosen),
                clock.now(),
                mail=mail_is_set_up(),
            )
            flash(_pressed(mark), "error")
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("messages.correct", slug=slug))
    page = "messages.write" if may(g.person.roles, Permission.WRITE_MESSAGE) else "messages.fault"
    return redirect(url_for(page, slug=slug, message_id=mark.correction_id))


def _sentence(wrong: Message, chosen: str) -> str:
    """The sentence that was pressed, by its place: "" for the whole text.

    Raises:
        BadInput: no such place.
    """
    said = carried.sentences_of(wrong)
    if chosen == "all":
        return ""
    place = entered.whole(chosen)
    if place is None or place >= len(said):
        raise BadInput(_("Välj en av meningarna som är ute."), field="sentence")
    return said[place]


def _pressed(mark: FaultMark) -> str:
    said = _("Stoppat, och struket på webbplatsen.")
    if mark.under_way:
        said += " " + ngettext(
            "%(num)s inlägg var redan på väg ut. Det rättas när det är framme.",
            "%(num)s inlägg var redan på väg ut. De rättas när de är framme.",
            mark.under_way,
        )
    return str(said)


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
