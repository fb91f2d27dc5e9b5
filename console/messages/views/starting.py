"""What a new message may start from: the types, what is out, and the profile's openings."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, Stale, WrongState
from console.incidents.views.common import enter
from console.messages import defaults, entered, labels, queries
from console.messages.models import Message
from console.messages.operations import drafts, starts
from console.messages.rules import MessageType
from console.messages.views import write_view
from console.messages.views.common import about, actions_of, bp, of_event
from console.messages.views.writing import conflict, typed_in
from console.people.rules import Permission
from console.policy.queries import current as current_profile
from console.web.guard import needs


@dataclass(frozen=True)
class Source:
    """A message that may be started from."""

    id: int
    text: str
    record: str


@bp.get("/messages/new")
@needs(Permission.WRITE_MESSAGE)
def new(slug: str) -> str:
    """Types to choose from, what is out and openings to start from."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        sources = starts.offered(session, incident.id)[: starts.OFFERED]
        begun = bool(sources) or queries.running(session, incident.id) is not None
        kinds = [kind for kind in MessageType if kind is not MessageType.CORRECTION]
        return render_template(
            "messages/new.html",
            slug=slug,
            kinds=[(kind.value, labels.TYPES[kind], labels.WHEN[kind]) for kind in kinds],
            suggested=(MessageType.UPDATE if begun else MessageType.FIRST).value,
            has_latest=begun,
            sources=[Source(one.id, about(one), one.record or "") for one in sources],
            openings=[
                (labels.TYPES[kind], found)
                for kind in kinds
                if (found := write_view.openings(session, kind))
            ],
            english="en" in current_profile(session).languages,
            correct_url=url_for("messages.correct", slug=slug),
            actions=actions_of(incident, g.person),
        )


@bp.post("/messages")
@needs(Permission.WRITE_MESSAGE)
def begin(slug: str) -> Response:
    """Start a draft: from a message, from an opening, or of a type with sensible first fields."""
    try:
        with unit_of_work() as session:
            message = _begun(session, slug)
            return redirect(url_for("messages.write", slug=slug, message_id=message.id))
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("messages.new", slug=slug))


def _begun(session: Session, slug: str) -> Message:
    incident, now, posted = enter(session, slug), clock.now(), request.form
    if posted.get("opening"):
        return starts.from_opening(
            session, g.person, incident, posted["opening"], now, english="english" in posted
        )
    try:
        kind = MessageType(posted.get("kind", ""))
    except ValueError:
        raise BadInput(_("Välj en sort."), field="kind") from None
    source = posted.get("source", "")
    if source:
        number = entered.whole(source) or 0
        return starts.from_message(session, g.person, incident, number, kind, now)
    fields = defaults.start(session, incident, kind, now, carry=bool(posted.get("carry")))
    return drafts.create(session, g.person, incident.id, kind, now, fields=fields)


@bp.post("/messages/<int:message_id>/opening")
@needs(Permission.WRITE_MESSAGE)
def use_opening(slug: str, message_id: int) -> tuple[str, int] | Response:
    """Save what has been typed, and put an opening where nothing has been."""
    try:
        with unit_of_work() as session:
            message = of_event(session, enter(session, slug), message_id)
            typed, now = typed_in(session, message), clock.now()
            saved = drafts.save(session, g.person, message.id, typed.fields, typed.revision, now)
            key, english = request.form.get("opening", ""), "english" in request.form
            starts.fill(
                session, g.person, message.id, key, saved.revision, now, english=english
            )  # fmt: skip
    except Stale as error:
        return conflict(slug, message_id, error)
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("messages.write", slug=slug, message_id=message_id))
