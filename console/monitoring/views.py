"""Rumours: the list with the form to log one, and the page where one is looked into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console import clock, live
from console.db import unit_of_work
from console.errors import ConsoleError, NotFound
from console.incidents.models import Incident
from console.incidents.views.common import enter
from console.messages import labels
from console.messages.views.common import actions_of
from console.monitoring import forms, operations, queries, rules
from console.monitoring.models import Rumour
from console.monitoring.rules import RumourState
from console.parts import State, Verb
from console.people.rules import Permission, may
from console.web.faults import show_faults
from console.web.guard import current_person, needs

bp = Blueprint("monitoring", __name__, url_prefix="/incidents/<slug>")

Answer = str | tuple[str, int] | Response
MARKS: dict[str, State] = {
    "new": "unknown",
    "checking": "started",
    "true": "waiting",
    "false": "waiting",
    "answered": "sent",
    "closed": "left_alone",
}


@dataclass(frozen=True)
class Row:
    """One rumour in the list."""

    rumour: Rumour
    mark: State
    state: str
    owner: str
    url: str
    verb: Verb | None
    """What comes next; none: nothing, or this reader may not."""


@bp.get("/rumours")
@needs(Permission.VIEW_BOARD)
def listing(slug: str) -> str:
    with unit_of_work() as session:
        return _list_page(session, slug, forms.LogForm(formdata=None))


@bp.get("/rumours/live")
@needs(Permission.VIEW_BOARD, keeps_alive=False)
def live_part(slug: str) -> str:
    """The lists as they are now: several people work on them at once."""
    with unit_of_work() as session:
        lists = _lists(session, enter(session, slug))
        return render_template("monitoring/_list.html", **lists)


@bp.post("/rumours")
@needs(Permission.LOG_RUMOUR)
def log(slug: str) -> Answer:
    form = forms.LogForm()
    if form.seen_at.process_errors:
        form.seen_at.errors = [_("Skriv dag och klockslag, eller lämna tomt: då är det nu.")]
        with unit_of_work() as session:
            return _list_page(session, slug, form), 422
    try:
        with unit_of_work() as session:
            operations.log_rumour(
                session,
                current_person(),
                enter(session, slug),
                clock.now(),
                content=form.content.data or "",
                seen_where=form.seen_where.data or "",
                link=form.link.data or "",
                seen_at=form.seen_at.moment,
                seen_by=form.seen_by.data or "",
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _list_page(session, slug, form), error.status
    flash(_("Ryktet är loggat."), "done")
    return redirect(url_for("monitoring.listing", slug=slug))


@bp.get("/rumours/<int:rumour_id>")
@needs(Permission.VIEW_BOARD)
def show(slug: str, rumour_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, slug, rumour_id)


@bp.post("/rumours/<int:rumour_id>/owner")
@needs(Permission.HANDLE_RUMOUR)
def change_owner(slug: str, rumour_id: int) -> Answer:
    form = forms.OwnerForm()

    def act(session: Session) -> None:
        owner_id = form.owner.data or 0
        operations.change_owner(session, current_person(), rumour_id, owner_id, clock.now())

    return _done(slug, rumour_id, act, form)


@bp.post("/rumours/<int:rumour_id>/check")
@needs(Permission.HANDLE_RUMOUR)
def check(slug: str, rumour_id: int) -> Answer:
    return _done(
        slug,
        rumour_id,
        lambda session: operations.check(session, current_person(), rumour_id, clock.now()),
    )


@bp.post("/rumours/<int:rumour_id>/truth")
@needs(Permission.HANDLE_RUMOUR)
def settle(slug: str, rumour_id: int) -> Answer:
    """What is true is saved; with the other button the answer is begun at once."""
    form = forms.TruthForm()

    def act(session: Session) -> str | None:
        before = queries.answer_of(session, session.get_one(Rumour, rumour_id))
        rumour = operations.settle(
            session,
            current_person(),
            rumour_id,
            clock.now(),
            verdict=form.verdict.data or "",
            truth=form.truth.data or "",
            source=form.source.data or "",
            seen=request.form.get("seen", ""),
        )
        if before is not None and queries.answer_of(session, rumour) is None:
            flash(
                _("Svaret sade något annat, och är återtaget. Skriv ett nytt.")
                if before.record_number is None
                else _("Det som gick ut sade något annat. Rätta det, eller skriv ett nytt svar.")
            )
        return _begin(session, slug, rumour_id) if request.form.get("do") == "answer" else None

    return _done(slug, rumour_id, act, form)


@bp.post("/rumours/<int:rumour_id>/answer")
@needs(Permission.HANDLE_RUMOUR)
def answer(slug: str, rumour_id: int) -> Answer:
    return _done(slug, rumour_id, lambda session: _begin(session, slug, rumour_id))


@bp.post("/rumours/<int:rumour_id>/close")
@needs(Permission.HANDLE_RUMOUR)
def close(slug: str, rumour_id: int) -> Answer:
    form = forms.CloseForm()

    def act(session: Session) -> None:
        reason = form.reason.data or ""
        seen = request.form.get("seen", "")
        operations.close(session, current_person(), rumour_id, reason, clock.now(), seen=seen)

    return _done(slug, rumour_id, act, form)


@bp.post("/rumours/<int:rumour_id>/reopen")
@needs(Permission.HANDLE_RUMOUR)
def reopen(slug: str, rumour_id: int) -> Answer:
    return _done(
        slug,
        rumour_id,
        lambda session: operations.reopen(session, current_person(), rumour_id, clock.now()),
    )


def _begin(session: Session, slug: str, rumour_id: int) -> str:
    message = operations.begin_answer(session, current_person(), rumour_id, clock.now())
    return url_for("messages.write", slug=slug, message_id=message.id)


def _done(
    slug: str,
    rumour_id: int,
    act: Callable[[Session], object],
    form: FlaskForm | None = None,
) -> Answer:
    """Do it to a rumour of this event, and show the rumour; faults stand in `form`, else on top.

    Args:
        act: may answer with the address to go on to.
    """
    try:
        with unit_of_work() as session:
            queries.one(session, enter(session, slug), rumour_id)
            url = act(session)
    except NotFound:
        raise
    except ConsoleError as error:
        if form is None:
            flash(error.message, "error")
            return redirect(url_for("monitoring.show", slug=slug, rumour_id=rumour_id))
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, slug, rumour_id, form), error.status
    there = url if isinstance(url, str) else None
    return redirect(there or url_for("monitoring.show", slug=slug, rumour_id=rumour_id))


def _list_page(session: Session, slug: str, form: forms.LogForm) -> str:
    incident = enter(session, slug)
    return render_template(
        "monitoring/list.html",
        slug=slug,
        topic=live.incident_topic(incident.id),
        form=form,
        may_log=incident.state == "open" and may(g.person.roles, Permission.LOG_RUMOUR),
        actions=actions_of(incident, g.person),
        **_lists(session, incident),
    )


def _lists(session: Session, incident: Incident) -> dict[str, list[Row]]:
    """What `monitoring/_list.html` draws."""
    rows = [_row(session, incident, one) for one in queries.of_event(session, incident.id)]
    return {
        "open_rows": [row for row in rows if row.rumour.state in rules.OPEN],
        "answered": [row for row in rows if row.rumour.state == RumourState.ANSWERED],
        "closed": [row for row in rows if row.rumour.state == RumourState.CLOSED],
    }


def _row(session: Session, incident: Incident, rumour: Rumour) -> Row:
    return Row(
        rumour,
        MARKS[rumour.state],
        _state_words(session, rumour),
        rumour.owner.name if rumour.owner is not None else "",
        url_for("monitoring.show", slug=incident.slug, rumour_id=rumour.id),
        _next(session, incident, rumour),
    )


def _state_words(session: Session, rumour: Rumour) -> str:
    """The state, and how far the answer has come."""
    words = str(rules.STATE_LABELS[rumour.state])
    message = queries.answer_of(session, rumour)
    if message is None or rumour.state not in (*rules.KNOWN, RumourState.ANSWERED):
        return words
    if message.record is not None:
        return _("%(state)s, handling %(record)s", state=words, record=message.record)
    state = str(labels.STATES[message.state]).lower()
    return _("%(state)s. Svaret: %(answer)s", state=words, answer=state)


def _next(session: Session, incident: Incident, rumour: Rumour) -> Verb | None:
    """The one verb that takes a rumour on."""
    if incident.state != "open" or not may(g.person.roles, Permission.HANDLE_RUMOUR):
        return None
    there: dict[str, Any] = {"slug": incident.slug, "rumour_id": rumour.id}
    if rumour.state == RumourState.NEW:
        return Verb(_("Kontrollera"), url_for("monitoring.check", **there), "post")
    if rumour.state == RumourState.CHECKING:
        return Verb(_("Skriv vad som är sant"), url_for("monitoring.show", **there))
    if rumour.state not in rules.KNOWN:
        return None
    message = queries.answer_of(session, rumour)
    if message is None:
        return Verb(_("Skriv svaret"), url_for("monitoring.answer", **there), "post")
    url = url_for("messages.write", slug=incident.slug, message_id=message.id)
    return Verb(_("Öppna svaret"), url)


def _page(session: Session, slug: str, rumour_id: int, faulty: FlaskForm | None = None) -> str:
    """Args: faulty: the form that came back with faults; the others are filled afresh."""
    incident = enter(session, slug)
    rumour = queries.one(session, incident, rumour_id)
    truth = faulty if isinstance(faulty, forms.TruthForm) else _truth_form(rumour)
    owner = faulty if isinstance(faulty, forms.OwnerForm) else forms.OwnerForm(formdata=None)
    owner.owner.choices = [SelectChoice(p.id, p.name) for p in queries.owners(session)]
    if owner is not faulty:
        mine = may(g.person.roles, Permission.HANDLE_RUMOUR)
        owner.owner.data = rumour.owner_id or (g.person.id if mine else None)
    closing = faulty if isinstance(faulty, forms.CloseForm) else forms.CloseForm(formdata=None)
    message = queries.answer_of(session, rumour)
    return render_template(
        "monitoring/rumour.html",
        slug=slug,
        rumour=rumour,
        row=_row(session, incident, rumour),
        truth=truth,
        owner=owner,
        closing=closing,
        faulty=faulty,
        standing=operations.standing(rumour),
        theirs=faulty is truth and truth.truth.data != rumour.truth,
        message_url=""
        if message is None
        else url_for("messages.write", slug=slug, message_id=message.id),
        handles=incident.state == "open" and may(g.person.roles, Permission.HANDLE_RUMOUR),
        states=RumourState,
        actions=actions_of(incident, g.person),
    )


def _truth_form(rumour: Rumour) -> forms.TruthForm:
    verdict = rumour.state if rumour.state in rules.KNOWN else None
    return forms.TruthForm(
        formdata=None,
        data={"truth": rumour.truth, "source": rumour.source, "verdict": verdict},
    )
