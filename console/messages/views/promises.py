"""What is to happen to a promise: three ways out, on a page of its own that notices lead to."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, phrases
from console.db import unit_of_work
from console.errors import NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import defaults, envelope, queries, rendering, rules, still
from console.messages.models import Broadcast, Message
from console.messages.operations import drafts, promises
from console.messages.rules import MessageType
from console.messages.views.common import bp
from console.people.rules import Permission, may
from console.web.guard import needs


@bp.get("/promises/<int:broadcast_id>")
@needs(Permission.VIEW_BOARD)
def promise(slug: str, broadcast_id: int) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        broadcast, now = _of_event(session, incident, broadcast_id), clock.now()
        words = rules.owing(queries.words(session, incident.id))
        owed = broadcast.id in {word.broadcast_id for word in words} and incident.state == "open"
        refusal = promises.refusal(session, broadcast, now) if owed else ""
        roles, active = g.person.roles, broadcast.state in rules.ACTIVE
        says = owed and not refusal and may(roles, Permission.SAY_STILL_VALID)
        return render_template(
            "messages/promise.html",
            menu=(),
            incident=incident,
            due=broadcast.promise_at,
            owed=owed,
            late=broadcast.promise_at is not None and broadcast.promise_at <= now,
            now=now,
            refusal=refusal,
            text=_still_text(broadcast, incident) if owed and not refusal else "",
            left=broadcast.still_times - broadcast.still_used,
            still_url=url_for(
                "messages.still_valid", slug=slug, broadcast_id=broadcast.id,
                use=broadcast.still_used + 1,
            )
            if says
            else "",
            replace_url=url_for("messages.replace", slug=slug, broadcast_id=broadcast.id)
            if owed and may(roles, Permission.WRITE_MESSAGE)
            else "",
            stop_url=url_for("messages.stop", slug=slug, broadcast_id=broadcast.id)
            if owed and active and may(roles, Permission.STOP_BROADCAST)
            else "",
            board_url=f"/incidents/{slug}/",
        )  # fmt: skip


@bp.post("/broadcasts/<int:broadcast_id>/still-valid/<int:use>")
@needs(Permission.SAY_STILL_VALID)
def still_valid(slug: str, broadcast_id: int, use: int) -> Response:
    """Gäller fortfarande: one press, at once; the same press by two people counts once."""
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            _of_event(session, incident, broadcast_id)
            broadcast = promises.still_valid(session, g.person, broadcast_id, use, now)
            assert broadcast.promise_at is not None
            at = phrases.when(broadcast.promise_at, now, str(get_locale()))
        flash(_("Nytt besked är nu lovat %(at)s.", at=at), "done")
    except WrongState as error:
        flash(error.message, "error")
    return redirect(f"/incidents/{slug}/")


@bp.post("/broadcasts/<int:broadcast_id>/replace")
@needs(Permission.WRITE_MESSAGE)
def replace(slug: str, broadcast_id: int) -> Response:
    """Ersätt: an update that begins with what is out; who comes second goes to the same draft."""
    with unit_of_work() as session:
        incident, now = enter(session, slug), clock.now()
        broadcast = _of_event(session, incident, broadcast_id)
        message = _begun(session, broadcast)
        if message is None:
            fields = defaults.instead(session, broadcast.message, now)
            message = drafts.create(
                session, g.person, incident.id, MessageType.UPDATE, now, fields=fields
            )
        return redirect(url_for("messages.write", slug=slug, message_id=message.id))


def _begun(session: Session, broadcast: Broadcast) -> Message | None:
    """A draft of the next word that somebody has begun since this one was approved."""
    return session.scalar(
        select(Message)
        .where(
            Message.incident_id == broadcast.incident_id,
            Message.type.in_(rules.REPEATING),
            Message.state.in_(rules.EDITABLE),
            Message.prepared_with_id.is_(None),
            Message.created_at >= broadcast.released_at,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def _of_event(session: Session, incident: Incident, broadcast_id: int) -> Broadcast:
    broadcast = session.get(Broadcast, broadcast_id)
    if broadcast is None or broadcast.incident_id != incident.id:
        raise NotFound(_("Utsändningen finns inte."))
    return broadcast


def _still_text(broadcast: Broadcast, incident: Incident) -> str:
    """What goes out on the website in the next round."""
    frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
    again, promise = frozen.still_valid, broadcast.promise_at
    if again is None or promise is None or not frozen.interval:
        return ""
    slots = still.slots(
        broadcast.anchor, promise, frozen.interval, again.seconds,
        incident.last_number + 1 - broadcast.next_n,
    )  # fmt: skip
    rendition = next((t.rendition for t in frozen.targets if t.official), 0)
    return rendering.fill(
        again.renditions[rendition], slots["round"], slots["next"], since=slots["since"]
    )
