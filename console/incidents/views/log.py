"""The whole log, and *Anteckna*."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, log_sieve, operations, rules
from console.incidents.queries import choices_of
from console.incidents.views.common import board_url, bp, enter
from console.listing import fold
from console.people.rules import Permission, may
from console.timeline.queries import people_of
from console.web.guard import current_person, needs
from console.web.log_names import names
from console.web.log_words import told


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
                happened_at=form.happened_at.moment or now,
                now=now,
            )
            board = board_url(incident)
    except ConsoleError as error:
        forms.show_faults(form, error, {"content": "text"})
        with unit_of_work() as session:
            return _log_page(session, slug, form), error.status
    return redirect(url_for("incidents.log", slug=slug) if "kind" in request.form else board)


def _log_page(session: Session, slug: str, form: forms.NoteForm) -> str:
    incident = enter(session, slug)
    before = request.args.get("before", type=int)
    known = names(session)
    chosen = forms.LogForm(request.args)
    chosen.offer(
        {
            one.account_id: known.accounts[one.account_id]
            for one in choices_of(session, incident.id)
        },
        _by_name({i: known.people[i] for i in people_of(session, incident.id)}),
    )
    found = log_sieve.find(
        session,
        incident.id,
        before,
        chosen.sieve,
        chosen.words.data or "",
        lambda entries: told(entries, known),
    )
    person = current_person()
    return render_template(
        "incidents/log.html",
        incident=incident,
        form=form,
        chosen=chosen,
        lines=told(found.entries, known),
        links={f"log-{one.n}": log_sieve.link(slug, one.facts) for one in found.entries},
        older_url=_page_url(slug, before=found.older) if found.older else "",
        newest_url=_page_url(slug) if before is not None else "",
        # The review stands above this noun; its address is fixed.
        review_url=f"/timeline/{slug}/" if may(person.roles, Permission.VIEW_TIMELINE) else "",
        may_write=may(person.roles, Permission.WRITE_NOTE),
    )


def _page_url(slug: str, **more: int) -> str:
    """This page with what narrows it, elsewhere in the log."""
    kept = {name: text for name, text in request.args.items() if name != "before" and text}
    return url_for("incidents.log", slug=slug, **{**kept, **more})


def _by_name(people: dict[int, str]) -> dict[int, str]:
    return dict(sorted(people.items(), key=lambda one: (fold(one[1]), one[0])))
