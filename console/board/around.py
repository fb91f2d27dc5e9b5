"""What goes on beside the event of a page: the other open events, and how much they have to do.

The band carries it on every page about an event, and fetches it again by itself. A count is read
once per change of its event and served from memory, as the board's own part is.
"""

from __future__ import annotations

from flask import Blueprint, Flask, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, live
from console.board import fill, queries
from console.board.cache import Cache
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import Above, OtherEvent, board_url
from console.messages import queries as messages
from console.people.rules import Permission
from console.web.guard import needs
from console.web.hints import listener

bp = Blueprint("around", __name__, url_prefix="/incidents/<slug>")
_counts: Cache[int] = Cache(listener.heard, listener.hears)
"""One per event: its alarms."""
_events: Cache[list[Incident]] = Cache(listener.heard, listener.hears)
"""One entry: what `in_bands` found. Opening and closing announce `live.CALM`."""


@bp.record
def install(state: object) -> None:
    """Tell the pages below this noun, of events and of accounts, what they ask about. A new
    application may stand on another database."""
    app: Flask = state.app  # type: ignore[attr-defined]
    _counts.forget()
    _events.forget()
    app.extensions["above_incidents"] = Above(alarms, messages.under_way)
    app.extensions["held_by"] = incidents.held_by


@bp.get("/around")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def part(slug: str) -> Response:
    """The band's live part. From memory, no database, while no event has changed."""
    known = _events.get("all", live.CALM, _read_events)
    others = [
        OtherEvent(one.name, one.exercise, board_url(one), _count(one), live.incident_topic(one.id))
        for one in known
        if one.state == "open" and one.slug != slug
    ]
    event = next((one for one in known if one.slug == slug), None)
    body = render_template("components/around.html", event=event, other_events=others)
    response = make_response(body)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    return response.make_conditional(request)


def alarms(session: Session, incident: Incident) -> int:
    """How many red and orange rows the event's board has for somebody who may do everything."""

    def read() -> int:
        return fill.alarms(incident, queries.facts(session, incident), clock.now())

    return _counts.get(incident.id, live.incident_topic(incident.id), read)


def _count(incident: Incident) -> int:
    def read() -> int:
        with unit_of_work(isolation="REPEATABLE READ") as session:
            mine = incidents.by_id(session, incident.id)
            return fill.alarms(mine, queries.facts(session, mine), clock.now())

    return _counts.get(incident.id, live.incident_topic(incident.id), read)


def _read_events() -> list[Incident]:
    with unit_of_work() as session:
        return incidents.in_bands(session)
