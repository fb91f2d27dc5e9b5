"""An exercise's site and its wall, behind login: nothing here can be taken for the real thing."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import live
from console.config import Settings
from console.db import unit_of_work
from console.errors import NotFound
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import board_url, enter
from console.people.rules import Permission
from console.site.serving import CSP, find, kind_of
from console.site.wall import picture, wall
from console.web.guard import needs

bp = Blueprint("site", __name__, url_prefix="/ovning/<slug>")
AWAY_SECONDS = 2


@bp.after_request
def keep_out(response: Response) -> Response:
    """Search engines, should one ever be let in."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/", defaults={"path": ""})
@bp.get("/<path:path>")
@needs(Permission.VIEW_EXERCISE_SITE)
def page(slug: str, path: str) -> Response:
    """A file of the exercise's site, as the site process wrote it."""
    with unit_of_work() as session:
        _exercise(session, slug)
    settings: Settings = current_app.config["SETTINGS"]
    root = (settings.exercise_folder(slug) / "current").resolve()
    if not root.is_dir():
        text = _("Övningens webbplats är inte skriven än. Ladda om sidan strax.")
        return Response(text, 503, {"Retry-After": str(AWAY_SECONDS)}, content_type="text/plain")
    found = find(root, path)
    status = 200
    if found is None:
        found, status = root / "404.html", 404
    elif found.is_dir():
        return redirect(request.path + "/", 301)
    kind, charset = kind_of(found)
    response = Response(found.read_bytes(), status, mimetype=kind)
    if charset:
        response.content_type = f"{kind}; charset={charset}"
    response.headers["Content-Security-Policy"] = CSP
    return response


@bp.get("/vagg", defaults={"account_id": None})
@bp.get("/vagg/<int:account_id>")
@needs(Permission.VIEW_EXERCISE_SITE)
def show_wall(slug: str, account_id: int | None) -> str:
    """The whole wall, or one account's with every post."""
    with unit_of_work() as session:
        incident = _exercise(session, slug)
        enter(session, slug)
        return render_template(
            "site_console/wall.html",
            slug=slug,
            account_id=account_id,
            topic=live.incident_topic(incident.id),
            board_url=board_url(incident),
            wall=wall(session, incident.id, account_id),
        )


@bp.get("/vagg/bild/<name>")
@needs(Permission.VIEW_EXERCISE_SITE)
def wall_picture(slug: str, name: str) -> Response:
    """A text card of a post on the wall."""
    with unit_of_work() as session:
        found = picture(session, _exercise(session, slug).id, name)
    if found is None:
        raise NotFound(_("Bilden finns inte på övningens vägg."))
    return Response(found.data, mimetype=found.media_type)


@bp.get("/vagg/live", defaults={"account_id": None})
@bp.get("/vagg/<int:account_id>/live")
@needs(Permission.VIEW_EXERCISE_SITE, keeps_alive=False)
def live_wall(slug: str, account_id: int | None) -> str:
    """The same part as the first load's."""
    with unit_of_work() as session:
        incident = _exercise(session, slug)
        return render_template(
            "site_console/_posts.html",
            slug=slug,
            account_id=account_id,
            wall=wall(session, incident.id, account_id),
        )


def _exercise(session: Session, slug: str) -> Incident:
    """Raises: NotFound: no such event, or a live one: its site is the public one."""
    incident = incidents.by_slug(session, slug)
    if not incident.exercise:
        raise NotFound(_("Händelsen är ingen övning. Den finns på den riktiga webbplatsen."))
    return incident
