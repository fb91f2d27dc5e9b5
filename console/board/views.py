"""The live board: one page, and the part of it that is fetched again at every hint."""

from __future__ import annotations

from flask import Blueprint, g, make_response, render_template, request
from flask_babel import get_locale
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, live
from console.board import fill, queries
from console.board.cache import Cache, Rendered
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages.views.common import actions_of
from console.people.rules import Permission
from console.web.guard import needs
from console.web.hints import listener

bp = Blueprint("board", __name__, url_prefix="/incidents/<slug>")
cache = Cache(listener.heard, listener.hears)
_topics: dict[str, str] = {}
"""Slug → topic: an event's number never changes."""


@bp.record
def start_empty(_state: object) -> None:
    """A new application may stand on another database."""
    cache.forget()
    _topics.clear()


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def show(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return render_template(
            "board/board.html",
            part=_part(session, incident).body,
            topic=live.incident_topic(incident.id),
            slug=slug,
            incident=incident,
            actions=actions_of(incident, g.person),
        )


@bp.get("/live")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def live_part(slug: str) -> Response:
    """The same part as the first load's, from memory where nothing has changed: no database."""
    known = _topics.get(slug)
    if known is None:
        with unit_of_work() as session:
            known = live.incident_topic(incidents.by_slug(session, slug).id)
            _topics[slug] = known

    def render() -> str:
        with unit_of_work(isolation="REPEATABLE READ") as session:
            return _render(session, incidents.by_slug(session, slug))

    rendered = cache.get(_key(slug), known, render)
    response = make_response(rendered.body)
    response.set_etag(rendered.etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    return response.make_conditional(request)


def _part(session: Session, incident: Incident) -> Rendered:
    topic = _topics[incident.slug] = live.incident_topic(incident.id)
    return cache.get(_key(incident.slug), topic, lambda: _render(session, incident))


def _key(slug: str) -> tuple[str, frozenset[Permission], str]:
    return slug, fill.permissions(g.person.roles), str(get_locale())


def _render(session: Session, incident: Incident) -> str:
    facts = queries.facts(session, incident)
    view = fill.board(incident, facts, fill.permissions(g.person.roles), clock.now())
    return render_template("board/_live.html", board=view)
