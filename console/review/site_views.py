"""The public site as it was: what it showed of an event at a chosen moment."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Form

from console import clock, listing
from console.db import unit_of_work
from console.people.rules import Permission
from console.review.charts_shown import LANGUAGES
from console.review.views import enter
from console.site import keeping, render
from console.web.fields import MomentField
from console.web.guard import needs

bp = Blueprint("site_review", __name__)
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""A page that is shown as it was runs nothing and sends nothing."""


class AtForm(Form):
    """Sent by GET."""

    at = MomentField(_l("Vilken dag och tid?"))


@bp.get("/timeline/<slug>/site")
@needs(Permission.VIEW_TIMELINE)
def show(slug: str) -> tuple[str, int]:
    """`at`: the moment, in Swedish time; the newest change without it. `page`: of the list."""
    form = AtForm(request.args)
    with unit_of_work() as session:
        incident = enter(session, slug)
        moment = clock.now()
        if form.at.process_errors:
            form.at.errors = [_("Skriv dag och klockslag, som 2026-06-11 08.00.")]
        elif form.at.moment is not None:
            moment = form.at.moment
        gone = keeping.hidden(session, incident.id)
        found = keeping.changes(session, incident.id, listing.number(request.args.get("page")))
        return render_template(
            "review/site.html",
            incident=incident,
            slug=slug,
            form=form,
            moment=moment,
            shown=[] if form.errors else keeping.at_moment(session, incident.id, moment),
            found=found,
            is_hidden=lambda page: any(one.shown_by(page) for one in gone),
            page_url=url_for("site_review.show", slug=slug) + "?page=%s",
            languages=LANGUAGES,
        ), 422 if form.errors else 200


@bp.get("/timeline/<slug>/site/<int:page_id>")
@needs(Permission.VIEW_TIMELINE)
def page(slug: str, page_id: int) -> Response:
    """The page itself, with today's style: all else is as it was."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        row = keeping.one(session, incident.id, page_id)
        root = f"/ovning/{slug}" if incident.exercise else ""
    style = url_for("site_review.style")
    content = row.content.replace(f'href="{root}/site.css"', f'href="{style}"', 1)
    answer = Response(content, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@bp.get("/timeline/site.css")
@needs(Permission.VIEW_TIMELINE)
def style() -> Response:
    return Response(render.STYLE.read_bytes(), content_type="text/css; charset=utf-8")
