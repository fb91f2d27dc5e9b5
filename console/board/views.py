"""The live board: one page, and the part of it that is fetched again at every hint."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from console import clock, live
from console.board import fill, queries, shared
from console.board.cache import Cache, Rendered
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages.views.common import actions_of
from console.people.models import Person
from console.people.rules import Permission
from console.web.guard import current_person, needs
from console.web.hints import listener
from console.web.pushing import APART_SECONDS, Source, pusher

bp = Blueprint("board", __name__, url_prefix="/incidents/<slug>")
cache: Cache[Rendered] = Cache(listener.heard, listener.hears)
"""One entry per event, role class and language."""
_read: Cache[tuple[Incident, queries.Facts]] = Cache(listener.heard, listener.hears)
"""One per event: whatever the reader's role, the facts are the same."""
_steady: Cache[tuple[Incident, queries.Steady]] = Cache(listener.heard_but_receipts, listener.hears)
"""One per event, which a thousand receipts leave as it is."""
_alike: Cache[shared.Alike] = Cache(listener.heard, listener.hears)
"""One per event and language."""
_topics: dict[str, str] = {}
"""Slug → topic: an event's number never changes."""
_pushed: dict[str, tuple[int, int, float]] = {}
"""Topic → of its last push: how many hints had been heard, how many of them of more than receipts,
and when it was (`clock.elapsed`)."""


@bp.record
def start_empty(_state: object) -> None:
    """A new application may stand on another database."""
    forget()
    _topics.clear()
    _pushed.clear()


def forget() -> None:
    """Read and render everything anew."""
    cache.forget()
    _read.forget()
    _steady.forget()
    _alike.forget()


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def show(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
    return render_template(
        "board/board.html",
        part=_newest(slug, _role_class(current_person())).body,
        topic=live.incident_topic(incident.id),
        slug=slug,
        incident=incident,
        actions=actions_of(incident, current_person()),
    )


@bp.get("/live")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def live_part(slug: str) -> Response:
    """The same part as the first load's, from memory where nothing has changed: no database."""
    rendered = _newest(slug, _role_class(current_person()), _lately(_topic_of(slug)))
    response = make_response(rendered.body)
    response.set_etag(rendered.etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    return response.make_conditional(request)


def _newest(slug: str, allowed: frozenset[Permission], since: int | None = None) -> Rendered:
    """The part as it is now, from memory where that holds.

    Args:
        since: as for `Cache.get`. While receipts pour in, all that read the board at once are shown
            what one reading found.
    """
    topic = _topic_of(slug)
    if since is None:
        since = listener.heard(topic)

    def read_steady() -> tuple[Incident, queries.Steady]:
        with unit_of_work(isolation="REPEATABLE READ") as session:
            incident = incidents.by_slug(session, slug)
            return incident, queries.steady(session, incident)

    def read() -> tuple[Incident, queries.Facts]:
        # Before the rest: whatever has changed since has a hint of its own on its way.
        incident, known = _steady.get(slug, topic, read_steady)
        with unit_of_work(isolation="REPEATABLE READ") as session:
            return incident, queries.facts(session, incident, known)

    def make_alike() -> shared.Alike:
        return shared.alike(*_read.get(slug, topic, read, since))

    def render() -> Rendered:
        incident, facts = _read.get(slug, topic, read, since)
        alike = _alike.get((slug, language), topic, make_alike, since)
        view = fill.board(incident, facts, allowed, clock.now(), alike)
        return Rendered.of(render_template("board/_live.html", board=view))

    language = str(get_locale())
    return cache.get((slug, allowed, language), topic, render, since)


def _heard(topic: str) -> tuple[int, int]:
    """How many hints have come, and how many of them told of more than receipts."""
    others = listener.heard_but_receipts(topic)  # first: one that comes just now is the next push's
    return listener.heard(topic), others


def _push(slug: str, allowed: frozenset[Permission], heard: tuple[int, int]) -> Rendered:
    _pushed[_topic_of(slug)] = *heard, clock.elapsed()
    return _newest(slug, allowed, heard[0])


def _lately(topic: str) -> int | None:
    """How many hints the last push had heard, if that was just now and nothing but receipts has
    come since: while they pour in, hundreds who fetch the part are given what was pushed, and the
    next push is on its way to them. None: the board as it is now."""
    heard, others, at = _pushed.get(topic, (0, 0, float("-inf")))
    new = clock.elapsed() - at < 2 * APART_SECONDS
    return heard if new and listener.heard_but_receipts(topic) == others else None


def _topic_of(slug: str) -> str:
    topic = _topics.get(slug)
    if topic is None:
        with unit_of_work() as session:
            topic = _topics[slug] = live.incident_topic(incidents.by_slug(session, slug).id)
    return topic


def _role_class(person: Person) -> frozenset[Permission]:
    return fill.permissions(person.roles)


pusher.serve(Source(_role_class, _heard, _push))
