"""Texts that administrators of locked accounts have handed to the information unit, in an event."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.incidents.views.common import enter
from console.people.rules import Permission
from console.posts import queries
from console.posts.operations import handing
from console.web.guard import needs

bp = Blueprint("suggestions", __name__, url_prefix="/incidents/<slug>/suggestions")


@bp.get("")
@needs(Permission.WRITE_MESSAGE)
def index(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        found = queries.suggestions(session, incident.id)
        return render_template("posts/suggestions.html", slug=slug, suggestions=found)


@bp.post("/<int:suggestion_id>/read")
@needs(Permission.WRITE_MESSAGE)
def read(slug: str, suggestion_id: int) -> Response:
    with unit_of_work() as session:
        incident = enter(session, slug)
        handing.read(session, g.person, incident.id, suggestion_id, clock.now())
    flash(_("Läst. Den som lämnade texten ser det."), "done")
    return redirect(url_for("suggestions.index", slug=slug), 303)


@bp.post("/<int:suggestion_id>/dismiss")
@needs(Permission.WRITE_MESSAGE)
def dismiss(slug: str, suggestion_id: int) -> Response:
    with unit_of_work() as session:
        incident = enter(session, slug)
        handing.dismiss(session, g.person, incident.id, suggestion_id, clock.now())
    flash(_("Avfärdad. Den som lämnade texten ser det."), "done")
    return redirect(url_for("suggestions.index", slug=slug), 303)
