"""Riktlinjer, for the strategy department: versions, the yearly review, directives."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.db import unit_of_work
from console.errors import ConsoleError, NotFound
from console.guideline import operations, queries, rules
from console.guideline.forms import (
    DecisionForm,
    DirectiveForm,
    ReasonForm,
    ReviewForm,
    SettleForm,
    VersionForm,
)
from console.guideline.rules import day_of
from console.guideline.views import keeps, version_page
from console.people.rules import Permission
from console.policy.queries import current as profile
from console.web.faults import show_faults
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("guideline_keeping", __name__, url_prefix="/guideline")

Answer = Response | tuple[str, int]


@bp.get("/versions/new")
@needs(Permission.KEEP_GUIDELINE)
def new_version() -> str:
    form = VersionForm(formdata=None)
    with unit_of_work() as session:
        book = queries.book(session, clock.now())
        if book.current is not None:
            form.title.data, form.address.data = book.current.title, book.current.address
        return _new_page(session, form)


@bp.post("/versions/new")
@needs(Permission.KEEP_GUIDELINE)
def add_version() -> Answer:
    form = VersionForm()
    try:
        with unit_of_work() as session:
            made = operations.add_version(session, g.person, form.version(), clock.now())
            number = made.number
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _new_page(session, form), error.status
    flash(_("Version %(n)s är inskriven.", n=number))
    return redirect(url_for("guideline.version", number=number), 303)


@bp.post("/versions/<int:number>/decide")
@needs(Permission.KEEP_GUIDELINE)
def decide(number: int) -> Answer:
    form = DecisionForm()
    try:
        with unit_of_work() as session:
            day = form.applies_from.data
            operations.decide(session, g.person, number, form.given(), day, clock.now())
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return version_page(session, number, form, ReasonForm(None)), error.status
    flash(_("Beslutet är inskrivet."))
    return redirect(url_for("guideline.version", number=number), 303)


@bp.post("/versions/<int:number>/withdraw")
@needs(Permission.KEEP_GUIDELINE)
def withdraw(number: int) -> Answer:
    form = ReasonForm()
    try:
        with unit_of_work() as session:
            reason = form.reason.data or ""
            operations.withdraw(session, g.person, number, reason, clock.now())
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return version_page(session, number, DecisionForm(None), form), error.status
    flash(_("Version %(n)s är tillbakadragen.", n=number))
    return redirect(url_for("guideline.version", number=number), 303)


@bp.get("/review")
@needs(Permission.READ_GUIDELINE)
def review() -> str:
    """When it is due, and what earlier ones came to."""
    form = ReviewForm(formdata=None, held_on=day_of(clock.now()))
    with unit_of_work() as session:
        return _review_page(session, form)


@bp.post("/review")
@needs(Permission.KEEP_GUIDELINE)
def close_review() -> Answer:
    form = ReviewForm()
    seen = form.seen.data or ""
    try:
        with unit_of_work() as session:
            operations.close_review(
                session,
                g.person,
                outcome=form.outcome.data or "",
                note=form.note.data or "",
                held_on=form.held_on.data,
                seen=int(seen) if seen.isdecimal() and len(seen) <= 18 else -1,
                now=clock.now(),
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _review_page(session, form), error.status
    flash(_("Översynen är inskriven."))
    return redirect(url_for("guideline_keeping.review"), 303)


@bp.get("/directives")
@needs(Permission.READ_GUIDELINE)
def directives() -> str:
    form = DirectiveForm(formdata=None, received_on=day_of(clock.now()))
    with unit_of_work() as session:
        return _directives_page(session, form)


@bp.post("/directives")
@needs(Permission.KEEP_GUIDELINE)
def record_directive() -> Answer:
    form = DirectiveForm()
    try:
        with unit_of_work() as session:
            operations.record_directive(
                session,
                g.person,
                sender=form.sender.data or "",
                received_on=form.received_on.data,
                subject=form.subject.data or "",
                address=form.address.data or "",
                now=clock.now(),
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _directives_page(session, form), error.status
    flash(_("Direktivet är inskrivet. Säg sedan vad det ledde till."))
    return redirect(url_for("guideline_keeping.directives"), 303)


@bp.get("/directives/<int:directive_id>")
@needs(Permission.READ_GUIDELINE)
def directive(directive_id: int) -> str:
    with unit_of_work() as session:
        return _directive_page(session, directive_id, SettleForm(formdata=None))


@bp.post("/directives/<int:directive_id>")
@needs(Permission.KEEP_GUIDELINE)
def settle_directive(directive_id: int) -> Answer:
    form = SettleForm()
    try:
        with unit_of_work() as session:
            operations.settle_directive(
                session,
                g.person,
                directive_id,
                version=form.number(),
                reason=form.reason.data or "",
                now=clock.now(),
            )
    except NotFound:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _directive_page(session, directive_id, form), error.status
    flash(_("Sparat."))
    return redirect(url_for("guideline_keeping.directives"), 303)


def _new_page(session: Session, form: VersionForm) -> str:
    return render_template(
        "guideline/version_new.html",
        form=form,
        book=queries.book(session, clock.now()),
        decides=profile(session).major_change_by,
    )


def _review_page(session: Session, form: ReviewForm) -> str:
    book = queries.book(session, clock.now())
    last = queries.last_review(session)
    if not form.is_submitted():
        form.seen.data = str(last.id if last else 0)
    return render_template(
        "guideline/review.html",
        book=book,
        review=queries.review(session, book, day_of(clock.now())),
        reviews=queries.reviews(session),
        outcomes=rules.OUTCOME_LABELS,
        form=form,
        keeps=keeps(),
    )


def _directives_page(session: Session, form: DirectiveForm) -> str:
    page = listing.number(request.args.get("page"))
    return render_template(
        "guideline/directives.html",
        found=queries.directives(session, page),
        page_url=page_url(),
        form=form,
        keeps=keeps(),
    )


def _directive_page(session: Session, directive_id: int, form: SettleForm) -> str:
    book = queries.book(session, clock.now())
    form.offer(book.versions, book.current.number if book.current else 0)
    return render_template(
        "guideline/directive.html",
        directive=queries.directive(session, directive_id),
        form=form,
        keeps=keeps(),
    )
