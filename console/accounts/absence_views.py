"""Who is away: one's own days, everybody's for those who keep them, and days from a calendar."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts import absences, coverage, ical, queries
from console.accounts.absence_forms import (
    NOBODY_YET,
    AbsenceForm,
    CalendarForm,
    ImportForm,
    SearchForm,
    SubstituteForm,
    accounts_named,
)
from console.accounts.absence_models import Absence
from console.accounts.absences import Wanted
from console.accounts.coverage_rules import Span
from console.accounts.rules import State, platform_name
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, NotFound
from console.listing import row_number
from console.people import choosing
from console.people import queries as people
from console.people.choosing import Offer
from console.people.models import Person
from console.people.rules import Permission, may
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("absences", __name__, url_prefix="/absences")

PER_PAGE = 50


@dataclass(frozen=True)
class PreviewRow:
    value: str
    """2026-07-06/2026-07-26"""
    days: str
    title: str
    chosen: bool
    known: bool
    """The person is away on some of these days already."""


@bp.get("")
@needs(Permission.RECORD_ABSENCE)
def listing() -> str:
    """One's own, those one stands in for, and everybody's for those who keep them."""
    form = SearchForm(request.args)
    words, page = (form.words.data or "")[:100], max(1, min(form.page.data or 1, 10_000))
    keeps = may(g.person.roles, Permission.RECORD_OTHERS_ABSENCE)
    with unit_of_work() as session:
        today = coverage.today(clock.now())
        rows, total = [], 0
        if keeps:
            rows, total = coverage.coming(session, today, words, page, PER_PAGE)
        return render_template(
            "absences/list.html",
            mine=coverage.absences_of(session, g.person.id, today),
            standing_in=coverage.standing_in(session, g.person.id, today),
            keeps=keeps,
            form=form,
            rows=rows,
            total=total,
            page=page,
            pages=ceil(total / PER_PAGE),
            days=_days,
        )


@bp.get("/new")
@needs(Permission.RECORD_ABSENCE)
def new() -> str | tuple[str, int]:
    form = AbsenceForm(formdata=None)
    with unit_of_work() as session:
        try:
            return _new_page(session, _about(session), form)
        except BadInput as error:  # nobody is called what was typed
            form.form_errors.append(error.message)
            return _new_page(session, _actor(session), form), error.status


@bp.post("/new")
@needs(Permission.RECORD_ABSENCE)
def add() -> Response | tuple[str, int]:
    form = AbsenceForm()
    try:
        with unit_of_work() as session:
            person = _about(session)
            wanted = form.wanted(session, required=_looks_after(session, person))
            absences.add(session, _actor(session), person.id, [wanted], clock.now())
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _new_page(session, _about(session), form), error.status
    flash(_("Frånvaron är inskriven."))
    return redirect(url_for("absences.listing"), 303)


@bp.get("/<int:absence_id>")
@needs(Permission.RECORD_ABSENCE)
def show(absence_id: int) -> str:
    with unit_of_work() as session:
        return _absence_page(session, _absence(session, absence_id), None)


@bp.post("/<int:absence_id>")
@needs(Permission.RECORD_ABSENCE)
def change(absence_id: int) -> Response | tuple[str, int]:
    form = AbsenceForm()
    try:
        with unit_of_work() as session:
            absence = _absence(session, absence_id)
            mine = queries.administered_by(session, absence.person_id)
            named = accounts_named(session, request.form.to_dict(), mine)
            wanted = form.wanted(session, required=bool(mine), by_account=named)
            seen = form.seen.data or ""
            absences.change(session, _actor(session), absence_id, wanted, seen, clock.now())
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _absence_page(session, _absence(session, absence_id), form), error.status
    flash(_("Sparat."))
    return redirect(url_for("absences.listing"), 303)


@bp.post("/<int:absence_id>/remove")
@needs(Permission.RECORD_ABSENCE)
def remove(absence_id: int) -> Response:
    with unit_of_work() as session:
        absences.remove(session, _actor(session), absence_id, clock.now())
    flash(_("Frånvaron är borttagen."))
    return redirect(url_for("absences.listing"), 303)


@bp.get("/import")
@needs(Permission.RECORD_ABSENCE)
def choose_file() -> str:
    return render_template("absences/import.html", form=CalendarForm(formdata=None))


@bp.post("/import")
@needs(Permission.RECORD_ABSENCE)
def preview() -> str | tuple[str, int]:
    """What the file holds. Nothing is saved, the file least of all."""
    form = CalendarForm()
    sent = request.files.get("file")
    try:
        found = ical.read(sent.read() if sent else b"", coverage.today(clock.now()))
    except BadInput as error:
        show_faults(form, error)
        return render_template("absences/import.html", form=form), error.status
    with unit_of_work() as session:
        return _preview_page(session, found, None)


@bp.post("/import/save")
@needs(Permission.RECORD_ABSENCE)
def save_import() -> Response | tuple[str, int]:
    form = ImportForm()
    try:
        with unit_of_work() as session:
            spans = form.spans()
            substitute = form.chosen(session, required=_looks_after(session, g.person))
            wanted = [Wanted(one.first, one.last, substitute) for one in spans]
            absences.add(session, _actor(session), g.person.id, wanted, clock.now())
    except ConsoleError as error:
        show_faults(form, error, {"first_day": "days", "last_day": "days"})
        with unit_of_work() as session:
            return _preview_page(session, None, form), error.status
    count = len(wanted)
    flash(ngettext("%(num)d frånvaro är inskriven.", "%(num)d frånvaron är inskrivna.", count))
    return redirect(url_for("absences.listing"), 303)


def _actor(session: Session) -> Person:
    return people.get(session, g.person.id)


def _about(session: Session) -> Person:
    """Whose absence a new one is: one's own, or ?person=.

    Raises:
        BadInput: nobody is called that.
    """
    number = None
    if may(g.person.roles, Permission.RECORD_OTHERS_ABSENCE):
        number = choosing.chosen(session, request.values.get("person", ""), "person")
    return people.get(session, number or g.person.id)


def _absence(session: Session, absence_id: int) -> Absence:
    """
    Raises:
        NotFound: it isn't there, or isn't this reader's to see.
    """
    absence = session.get(Absence, absence_id)
    theirs = absence is not None and absences.may_record_for(g.person, absence.person_id)
    if absence is None or absence.removed_at is not None or not theirs:
        raise NotFound(_("Frånvaron är borttagen, eller någon annans."))
    return absence


def _looks_after(session: Session, person: Person) -> bool:
    return any(one.state != State.ENDED for one in queries.administered_by(session, person.id))


def _days(absence: Absence) -> str:
    return coverage.days_text(Span(absence.first_day, absence.last_day))


def _able(session: Session, form: SubstituteForm, now: Collection[int] = ()) -> Offer:
    """Who may stand in; with those who are named already."""
    chosen = {row_number(form.substitute.data)} - {0}
    return choosing.offer(session, coverage.can_stand_in(), {*now, *chosen})


def _new_page(session: Session, person: Person, form: AbsenceForm) -> str:
    form.offer(_able(session, form), person.id, required=_looks_after(session, person))
    keeps = may(g.person.roles, Permission.RECORD_OTHERS_ABSENCE)
    return render_template(
        "absences/new.html",
        form=form,
        about=person,
        others=choosing.offer(session, choosing.everybody(), {person.id}) if keeps else None,
        accounts=queries.administered_by(session, person.id),
        platform_name=platform_name,
    )


def _absence_page(session: Session, absence: Absence, form: AbsenceForm | None) -> str:
    accounts = queries.administered_by(session, absence.person_id)
    if form is None:
        form = AbsenceForm(
            formdata=None,
            first_day=absence.first_day,
            last_day=absence.last_day,
            substitute=str(absence.substitute_id or NOBODY_YET),
            seen=absences.state_of(absence),
        )
    able = _able(session, form, {row.substitute_id for row in absence.by_account})
    form.offer(able, absence.person_id, required=bool(accounts))
    named = {row.account_id: str(row.substitute_id) for row in absence.by_account}
    if request.method == "POST":
        named = {one.id: request.form.get(f"account-{one.id}", "") for one in accounts}
    return render_template(
        "absences/absence.html",
        absence=absence,
        days=_days(absence),
        form=form,
        accounts=accounts,
        named=named,
        able=able.but(absence.person_id),
        platform_name=platform_name,
    )


def _preview_page(session: Session, found: ical.Found | None, form: ImportForm | None) -> str:
    """The rows of a file just read, or those that came back with a fault."""
    today = coverage.today(clock.now())
    known = [
        Span(one.first_day, one.last_day)
        for one in coverage.absences_of(session, g.person.id, today)
    ]
    if form is None:
        entries = found.entries if found is not None else ()
        offered = [(one.span, one.title) for one in entries]
        chosen = {one.span for one in entries if one.away}
        form = ImportForm(formdata=None)
    else:
        try:
            offered, chosen = form.rows(), set(form.spans())
        except BadInput:
            offered, chosen = form.rows() if not form.days.data else [], set()
    rows = [
        PreviewRow(
            f"{span.first.isoformat()}/{span.last.isoformat()}",
            coverage.days_text(span),
            title,
            span in chosen,
            any(span.within(one) for one in known),
        )
        for span, title in offered
    ]
    form.offer(_able(session, form), g.person.id, required=_looks_after(session, g.person))
    return render_template("absences/preview.html", form=form, rows=rows, found=found)
