"""What a view link shows: one page of one event, without a login and without anything to press.

Each purpose has a page and a part of it, in SHOWN. The page's frame is templates/wall/page.html's
or its own; the part is rendered once per change and language, and served from memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, live
from console.board import switchboard, wall
from console.board.cache import Cache, Rendered
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents import view_links
from console.incidents.models import Incident
from console.incidents.view_links import Purpose, Standing
from console.web import context
from console.web.guard import public
from console.web.hints import listener

bp = Blueprint("viewing", __name__, url_prefix="/view/<token>")
cache: Cache[Rendered] = Cache(listener.heard, listener.hears)
REMEMBERED_SECONDS = 1.0
"""A link's check counts so long: a revoked one shows nothing after that."""
_MOST_REMEMBERED = 500
_SECRET = "whoever has the address may see the page; the link's secret decides"


@dataclass(frozen=True)
class Shown:
    """How a purpose is drawn."""

    template: str
    """The page; gets part, incident, token, topic."""
    part: Callable[[Session, Incident], str]


SHOWN: dict[Purpose, Shown] = {
    Purpose.WALL: Shown("wall/page.html", wall.part),
    Purpose.SWITCHBOARD: Shown(
        "wall/switchboard.html",
        lambda session, incident: switchboard.rendered(session, incident).body,
    ),
}
"""A purpose without a line here can't be chosen when a link is made."""

_lock = threading.Lock()
_remembered: dict[str, tuple[float, Standing]] = {}


@bp.record
def start_empty(_state: object) -> None:
    """A new application may stand on another database."""
    cache.forget()
    forget()


def forget() -> None:
    """Look in the database next time: a link may have been revoked."""
    with _lock:
        _remembered.clear()


@bp.after_request
def keep_to_itself(response: Response) -> Response:
    """The address is the key: no search engine may find it. That it isn't told to other sites is
    seen to for every page (`web.headers`)."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/")
@public(_SECRET)
def page(token: str) -> ResponseReturnValue:
    found = _standing(token)
    if found is None:
        return _gone()
    with unit_of_work() as session, force_locale(found.language):
        incident = g.event = incidents.by_id(session, found.incident_id)
        shown = SHOWN[Purpose(found.purpose)]
        return render_template(
            shown.template,
            part=_part(found, lambda: shown.part(session, incident)).body,
            incident=incident,
            # The sign leads nowhere: the board behind it asks for a login.
            event=replace(context.frame()["event"], url=""),
            token=token,
            topic=live.incident_topic(found.incident_id),
        )


@bp.get("/live")
@public(_SECRET)
def live_part(token: str) -> ResponseReturnValue:
    found = _standing(token)
    if found is None:
        return _gone()
    shown = SHOWN[Purpose(found.purpose)]

    def render() -> str:
        with unit_of_work(isolation="REPEATABLE READ") as session:
            return shown.part(session, incidents.by_id(session, found.incident_id))

    with force_locale(found.language):
        rendered = _part(found, render)
    response = make_response(rendered.body)
    response.set_etag(rendered.etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _part(found: Standing, render: Callable[[], str]) -> Rendered:
    key = (found.purpose, found.incident_id, found.language)
    return cache.get(key, live.incident_topic(found.incident_id), lambda: Rendered.of(render()))


def _gone() -> ResponseReturnValue:
    """The same for a link that never was and for one that was revoked."""
    return render_template("wall/gone.html"), 410


def _standing(token: str) -> Standing | None:
    if not 20 <= len(token) <= 100:
        return None
    mark = clock.elapsed()
    with _lock:
        known = _remembered.get(token)
    if known is not None and mark - known[0] < REMEMBERED_SECONDS:
        return known[1]
    with unit_of_work() as session:
        found, now = view_links.standing(session, token), clock.now()
        if found is not None and (
            found.seen_at is None or now - found.seen_at >= view_links.SEEN_STEP
        ):
            view_links.seen(session, found.link_id, now)
    with _lock:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        if found is not None:
            _remembered[token] = (mark, found)
        else:
            _remembered.pop(token, None)
    return found
