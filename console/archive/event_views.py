"""*Överlämna händelsen*: its package to registry and archive, and what came back."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from console import clock
from console.archive import deliveries, forms, queries
from console.archive import delivery_views as shown
from console.archive.models import ArchiveDelivery
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import queries as incidents
from console.incidents.models import Incident
from console.incidents.views.common import show_in_band
from console.messages import queries as messages
from console.people.rules import Permission, may
from console.web.faults import shown_again
from console.web.guard import needs

bp = Blueprint("handing_over", __name__, url_prefix="/timeline")

Answer = Response | str | tuple[str, int]


@bp.app_template_global("handed_over")
def handed_over(incident: Incident) -> list[tuple[ArchiveDelivery, str, str]]:
    """(delivery, its mark, its state in words) for the event's own page, in the unit of work that
    it is drawn in; [] for those who don't see the archive."""
    session = object_session(incident)
    if session is None or not may(g.person.roles, Permission.VIEW_ARCHIVE):
        return []
    return [
        (one, shown.MARKS[one.state], str(shown.LABELS[one.state]))
        for one in queries.deliveries_of_event(session, incident.id)
    ]


@bp.get("/<slug>/hand-over")
@needs(Permission.HAND_OVER_RECORDS)
def show(slug: str) -> str:
    with unit_of_work() as session:
        return _page(session, slug, forms.HandOverForm(formdata=None))


@bp.post("/<slug>/hand-over")
@needs(Permission.HAND_OVER_RECORDS)
def hand_over(slug: str) -> Answer:
    form = forms.HandOverForm()
    try:
        with unit_of_work() as session:
            deliveries.hand_over_event(
                session,
                g.person,
                incidents.by_slug(session, slug),
                shown.receiver(session, form),
                clock.now(),
                masked=form.copy.data == "masked",
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, slug, form))
    flash(_("Paketet görs nu. Länken skickas när det är klart."), "done")
    return redirect(url_for("review.show", slug=slug))


def _page(session: Session, slug: str, form: forms.HandOverForm) -> str:
    incident = incidents.by_slug(session, slug)
    show_in_band(session, incident if incident.state == "open" else None)
    shown.offer(session, form)
    removed = bool(messages.removed(session, incident.id))
    return render_template("archive/hand_over.html", incident=incident, form=form, removed=removed)
