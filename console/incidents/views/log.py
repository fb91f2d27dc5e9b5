"""The whole log, and *Anteckna*."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, rules
from console.incidents.views.common import board_url, bp, enter
from console.people.rules import Permission, may
from console.timeline.queries import entries_of
from console.web.guard import current_person, needs
from console.web.log_words import lines

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LOG_PAGE = 100
"""Entries on a page."""


@bp.get("/incidents/<slug>/log")
@needs(Permission.VIEW_BOARD)
def log(slug: str) -> str:
    with unit_of_work() as session:
        return _log_page(session, slug, forms.NoteForm())


@bp.post("/incidents/<slug>/log")
@needs(Permission.WRITE_NOTE)
def write_note(slug: str) -> Response | tuple[str, int]:
    """*Anteckna*: from the log with kind and time, from the board with the text alone."""
    form, now = forms.NoteForm(), clock.now()
    if form.happened_at.process_errors:
        form.happened_at.errors = [_("Skriv dag och klockslag, eller lämna tomt: då är det nu.")]
        with unit_of_work() as session:
            return _log_page(session, slug, form), 422
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            operations.write_note(
                session,
                current_person(),
                incident,
                kind=form.kind.data or rules.NoteKind.OTHER.value,
                content=form.text.data or "",
                happened_at=_moment(form.happened_at.data) or now,
                now=now,
            )
            board = board_url(incident)
    except ConsoleError as error:
        forms.show_faults(form, error, {"content": "text"})
        with unit_of_work() as session:
            return _log_page(session, slug, form), error.status
    return redirect(url_for("incidents.log", slug=slug) if "kind" in request.form else board)


def _moment(local: datetime | None) -> datetime | None:
    """A time as written in a form, in Sweden."""
    return None if local is None else local.replace(tzinfo=STOCKHOLM).astimezone(UTC)


def _log_page(session: Session, slug: str, form: forms.NoteForm) -> str:
    incident = enter(session, slug)
    before = request.args.get("before", type=int)
    entries = entries_of(session, incident.id, limit=LOG_PAGE + 1, before=before)
    shown = entries[:LOG_PAGE]
    return render_template(
        "incidents/log.html",
        incident=incident,
        form=form,
        lines=lines(session, shown),
        older=shown[-1].n if len(entries) > LOG_PAGE else None,
        may_write=may(current_person().roles, Permission.WRITE_NOTE),
    )
