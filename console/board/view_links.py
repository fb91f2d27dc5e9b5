"""An event's view links: which there are, who made them, and when they were last used."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console import clock
from console.board import viewing
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError
from console.incidents import rules, view_links
from console.incidents.views.common import enter
from console.people.rules import Permission
from console.web.guard import current_person, needs

bp = Blueprint("view_links", __name__, url_prefix="/incidents/<slug>/view-links")


@bp.get("/")
@needs(Permission.MANAGE_VIEW_LINKS)
def listing(slug: str) -> str:
    return _page(slug)


@bp.post("/")
@needs(Permission.MANAGE_VIEW_LINKS)
def make(slug: str) -> ResponseReturnValue:
    """The address is shown in the answer and nowhere else, so there is no redirect."""
    label = request.form.get("label", "")
    try:
        with unit_of_work() as session:
            link, token = view_links.make(
                session,
                current_person(),
                enter(session, slug),
                request.form.get("purpose", ""),
                label,
                clock.now(),
                purposes=viewing.SHOWN,
            )
    except BadInput as error:
        return _page(slug, typed=label, faults={error.field or "label": error.message}), 422
    except ConsoleError as error:
        flash(error.message, "error")
        return redirect(url_for("view_links.listing", slug=slug), 303)
    root = current_app.config["SETTINGS"].console_url
    return _page(slug, made=link, address=root + url_for("viewing.page", token=token))


@bp.post("/<int:link_id>/revoke")
@needs(Permission.MANAGE_VIEW_LINKS)
def revoke(slug: str, link_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        incident = enter(session, slug)
        link = view_links.revoke(session, current_person(), incident, link_id, clock.now())
    viewing.forget()
    flash(_("%(label)s är tillbakadragen och visar inget mer.", label=link.label))
    return redirect(url_for("view_links.listing", slug=slug), 303)


def _page(
    slug: str,
    *,
    typed: str = "",
    faults: dict[str, str] | None = None,
    made: object = None,
    address: str = "",
) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return render_template(
            "wall/links.html",
            incident=incident,
            links=view_links.links_of(session, incident.id),
            purposes=[(one.value, view_links.PURPOSE_LABELS[one]) for one in viewing.SHOWN],
            labels=view_links.PURPOSE_LABELS,
            open=incident.state == rules.State.OPEN,
            typed=typed,
            faults=faults or {},
            made=made,
            address=address,
        )
