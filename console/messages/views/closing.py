"""Ending the event."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, WrongState
from console.incidents.views.common import enter, mail_is_set_up
from console.messages import forms
from console.messages.operations import closing
from console.messages.views.common import actions_of, bp
from console.people.rules import Permission
from console.web.guard import needs


@bp.get("/close")
@needs(Permission.CLOSE_INCIDENT)
def close(slug: str) -> str:
    """What stands in the way, and what ending does."""
    with unit_of_work() as session:
        return _page(session, slug, forms.EndForm())


@bp.post("/close")
@needs(Permission.CLOSE_INCIDENT)
def end(slug: str) -> Response | tuple[str, int]:
    form = forms.EndForm()
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            closing.end_event(
                session, g.person, incident, clock.now(), form.reason.data or "",
                mail=mail_is_set_up(),
            )  # fmt: skip
            name = incident.name
    except (BadInput, WrongState) as error:
        if isinstance(error, BadInput):
            form.reason.errors = [error.message]
        else:
            form.form_errors.append(error.message)
        with unit_of_work() as session:
            return _page(session, slug, form), error.status
    flash(_("%(name)s är avslutad. Kontona är upplåsta.", name=name), "done")
    return redirect("/")


def _page(session: Session, slug: str, form: forms.EndForm) -> str:
    incident = enter(session, slug)
    return render_template(
        "messages/close.html",
        incident=incident,
        there=closing.obstacles(session, incident.id),
        form=form,
        all_clear_url=url_for("messages.new", slug=slug),
        actions=actions_of(incident, g.person),
    )
