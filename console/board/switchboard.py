"""The switchboard's page: what those who answer the telephone read out.

The values and the part that is drawn from them hold no drafts, no names and no rights: whoever may
read the page at all reads the same (see `rendered`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, live
from console.answers import queries as answers
from console.answers.queries import Offered
from console.board.cache import Cache, Rendered
from console.board.fill import plate_item
from console.db import unit_of_work
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import queries as messages
from console.messages.views.common import actions_of
from console.parts import PlateItem
from console.people.rules import Permission
from console.policy.queries import current as current_profile
from console.site import queries as site
from console.site.view_model import EventPage, Lang
from console.web.guard import needs
from console.web.hints import listener
from console.web.language import shown

bp = Blueprint("switchboard", __name__, url_prefix="/incidents/<slug>/switchboard")
cache: Cache[Rendered] = Cache(listener.heard, listener.hears)
LONGEST_SEARCH = 200
"""Characters."""


@bp.record
def start_empty(_state: object) -> None:
    """A new application may stand on another database."""
    cache.forget()


@dataclass(frozen=True)
class SwitchboardView:
    """What templates/board/_switchboard.html draws."""

    now: datetime
    exercise: bool
    open: bool
    plate: tuple[PlateItem, ...]
    told: EventPage | None
    """What the public has been told; None: nothing yet."""
    answers: tuple[Offered, ...]
    """Those that may be given now, and that fit the search."""
    search: str
    unit_phone: str


@bp.get("/")
@needs(Permission.VIEW_BOARD)
def show(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        search = " ".join(request.args.get("q", "").split())[:LONGEST_SEARCH]
        part = _draw(session, incident, search) if search else rendered(session, incident).body
        return render_template(
            "board/switchboard.html",
            slug=slug,
            part=part,
            search=search,
            topic=live.incident_topic(incident.id),
            actions=actions_of(incident, g.person),
        )


@bp.get("/live")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def live_part(slug: str) -> Response:
    """The same part as the first load's."""
    with unit_of_work(isolation="REPEATABLE READ") as session:
        part = rendered(session, incidents.by_slug(session, slug))
    response = make_response(part.body)
    response.set_etag(part.etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    return response.make_conditional(request)


def rendered(session: Session, incident: Incident) -> Rendered:
    """The part in the language shown: from memory where nothing has changed. A page that is read
    without logging in may show it as it is."""
    topic = live.incident_topic(incident.id)
    key = (incident.slug, shown())
    return cache.get(key, topic, lambda: Rendered.of(_draw(session, incident, "")))


def _draw(session: Session, incident: Incident, search: str) -> str:
    view = read(session, incident, "sv" if shown() == "sv" else "en", clock.now(), search)
    return render_template("board/_switchboard.html", view=view)


def read(
    session: Session, incident: Incident, lang: Lang, now: datetime, search: str = ""
) -> SwitchboardView:
    """
    Args:
        search: words that an answer must hold, each anywhere in it; "": every answer.
    """
    is_open = incident.state == "open"
    standing = messages.standing(session, incident.id) if is_open else []
    wanted = search.casefold().split()
    return SwitchboardView(
        now=now,
        exercise=incident.exercise,
        open=is_open,
        plate=tuple(plate_item(one) for one in standing),
        told=site.event_page(session, incident, lang, now),
        answers=tuple(
            one
            for one in answers.to_give(session, incident)
            if all(word in _said(one) for word in wanted)
        ),
        search=search,
        unit_phone=current_profile(session).unit_phone,
    )


def _said(one: Offered) -> str:
    words = one.words
    texts = (words.question, words.content, words.question_en, words.content_en)
    return " ".join(texts).casefold()
