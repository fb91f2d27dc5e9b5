"""Riktlinjer, for everybody: which version applies, and one's own pledge, reading and training."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, Stale, WrongState
from console.guideline import pledges, queries, rules
from console.guideline.forms import DecisionForm, ReasonForm, SieveForm, TrainingForm
from console.guideline.rules import day_of
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy.queries import current as profile
from console.web.faults import show_faults
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("guideline", __name__, url_prefix="/guideline")


@bp.get("")
@needs(Permission.READ_GUIDELINE)
def show() -> str:
    now = clock.now()
    with unit_of_work() as session:
        book = queries.book(session, now)
        return render_template(
            "guideline/show.html",
            book=book,
            mine=queries.standing(session, g.person.id, book),
            may_pledge=pledges.may_pledge(session, _actor(session)),
            documents=profile(session).documents,
            counts=queries.counts(session, book) if _follows_up() and book.current else {},
            lacks=rules.LACK_LABELS,
            review=queries.review(session, book, day_of(now)),
            promised=queries.promised(session, book),
            directives=len(queries.open_directives(session)),
            keeps=keeps(),
            sizes=rules.SIZE_LABELS,
        )


@bp.post("/versions/<int:number>/read")
@needs(Permission.READ_GUIDELINE)
def read(number: int) -> Response:
    """In one's own name."""
    try:
        with unit_of_work() as session:
            pledges.read(session, _actor(session), number, clock.now())
    except Stale as error:
        flash(error.message)
        return _home()
    flash(_("Du har läst version %(n)s.", n=number))
    return _home()


@bp.post("/versions/<int:number>/pledge")
@needs(Permission.READ_GUIDELINE)
def pledge(number: int) -> Response:
    """In one's own name, as nobody else can."""
    try:
        with unit_of_work() as session:
            pledges.pledge(session, _actor(session), number, clock.now())
    except (Stale, WrongState) as error:
        flash(error.message)
        return _home()
    flash(_("Din förbindelse är sparad."))
    return _home()


@bp.get("/versions/<int:number>")
@needs(Permission.READ_GUIDELINE)
def version(number: int) -> str:
    with unit_of_work() as session:
        return version_page(session, number, DecisionForm(formdata=None), ReasonForm(formdata=None))


@bp.get("/people")
@needs(Permission.FOLLOW_UP_GUIDELINE)
def listing_of_people() -> str:
    """Who answers for an account in use, and what each of them lacks."""
    form = SieveForm(request.args)
    form.offer()
    with unit_of_work() as session:
        book = queries.book(session, clock.now())
        sieve = queries.Sieve(
            words=(form.words.data or "")[:100],
            lacks=form.lacks.data or "",
            order=form.order.data or "",
        )
        return render_template(
            "guideline/people.html",
            form=form,
            book=book,
            found=queries.page_of(session, book, sieve, listing.number(request.args.get("page"))),
            counts=queries.counts(session, book),
            lacks=rules.LACK_LABELS,
            page_url=page_url(),
        )


@bp.get("/people/<int:person_id>")
@needs(Permission.RECORD_TRAINING)
def person(person_id: int) -> str:
    """One's own page, or anybody's for who follows up."""
    with unit_of_work() as session:
        return _person_page(session, person_id, TrainingForm(formdata=None))


@bp.post("/people/<int:person_id>/training")
@needs(Permission.RECORD_TRAINING)
def train(person_id: int) -> Response | tuple[str, int]:
    form = TrainingForm()
    try:
        with unit_of_work() as session:
            pledges.train(
                session,
                _actor(session),
                person_id,
                content=form.content.data or "",
                held_on=form.held_on.data,
                now=clock.now(),
            )
    except NotAllowed:
        raise
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _person_page(session, person_id, form), error.status
    flash(_("Utbildningen är inskriven."))
    return redirect(url_for("guideline.person", person_id=person_id), 303)


@bp.post("/training/<int:training_id>/remove")
@needs(Permission.RECORD_TRAINING)
def remove_training(training_id: int) -> Response:
    with unit_of_work() as session:
        training = pledges.remove_training(session, _actor(session), training_id, clock.now())
        person_id = training.person_id
    flash(_("Utbildningen är borttagen."))
    return redirect(url_for("guideline.person", person_id=person_id), 303)


def keeps() -> bool:
    return may(g.person.roles, Permission.KEEP_GUIDELINE)


def version_page(session: Session, number: int, decision: DecisionForm, reason: ReasonForm) -> str:
    """One version, and what can be done about it while it waits."""
    book = queries.book(session, clock.now())
    found = queries.version(session, number)
    if not decision.is_submitted():
        decision.applies_from.data = found.applies_from
    return render_template(
        "guideline/version.html",
        book=book,
        version=found,
        waits=book.upcoming is not None and book.upcoming.id == found.id,
        decision_form=decision,
        reason_form=reason,
        keeps=keeps(),
        sizes=rules.SIZE_LABELS,
        decides=profile(session).major_change_by,
    )


def _person_page(session: Session, person_id: int, form: TrainingForm) -> str:
    pledges.check_may_train(g.person, person_id)
    shown: Person = people.get(session, person_id)
    book = queries.book(session, clock.now())
    return render_template(
        "guideline/person.html",
        shown=shown,
        book=book,
        standing=queries.standing(session, person_id, book),
        pledges=queries.pledges_of(session, person_id),
        readings=queries.readings_of(session, person_id),
        form=form,
        follows_up=_follows_up(),
    )


def _actor(session: Session) -> Person:
    return people.get(session, g.person.id)


def _follows_up() -> bool:
    return may(g.person.roles, Permission.FOLLOW_UP_GUIDELINE)


def _home() -> Response:
    return redirect(url_for("guideline.show"), 303)
