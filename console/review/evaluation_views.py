"""The evaluation of an event, and the measures that come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError
from console.incidents.models import Incident
from console.people import choosing
from console.people.rules import Permission, may
from console.review import evaluation_forms as forms
from console.review import evaluation_operations as operations
from console.review import evaluation_queries as queries
from console.review import evaluation_rules as rules
from console.review.evaluation_models import Measure
from console.review.views import enter
from console.timeline.queries import entry_of
from console.web.faults import shown_again
from console.web.guard import current_person, needs

bp = Blueprint("evaluation", __name__)

Answer = Response | str | tuple[str, int]
Form = TypeVar("Form", bound=FlaskForm)
Do = Callable[[Session, Incident], object]


@bp.get("/timeline/<slug>/evaluation")
@needs(Permission.VIEW_TIMELINE)
def show(slug: str) -> str:
    """The whole of it. `entry`: the number of an entry to write an observation of."""
    with unit_of_work() as session:
        return _page(session, slug)


@bp.post("/timeline/<slug>/evaluation/observations")
@needs(Permission.EVALUATE)
def observe(slug: str) -> Answer:
    form = forms.ObservationForm()
    if form.at.process_errors and not form.entry.data:
        form.at.errors = [_("Skriv dag och klockslag.")]
        with unit_of_work() as session:
            return _page(session, slug, form), 422

    def do(session: Session, incident: Incident) -> object:
        return operations.observe(
            session, current_person(), incident, form.content.data or "", clock.now(),
            at=form.at.moment, entry=forms.number(form.entry.data),
        )  # fmt: skip

    return _done(slug, form, do, _("Iakttagelsen är skriven."))


@bp.post("/timeline/<slug>/evaluation/lessons")
@needs(Permission.EVALUATE)
def learn(slug: str) -> Answer:
    form = forms.LessonForm()

    def do(session: Session, incident: Incident) -> object:
        return operations.learn(
            session, current_person(), incident, form.content.data or "", clock.now(),
            from_id=forms.number(form.about.data),
        )  # fmt: skip

    return _done(slug, form, do, _("Lärdomen är skriven."))


@bp.post("/timeline/<slug>/evaluation/remarks/<int:remark_id>/comments")
@needs(Permission.EVALUATE)
def comment(slug: str, remark_id: int) -> Answer:
    form = forms.CommentForm()

    def do(session: Session, incident: Incident) -> object:
        return operations.comment(
            session, current_person(), incident, remark_id, form.content.data or "", clock.now()
        )

    return _done(slug, form, do, _("Kommentaren är skriven."), about=remark_id)


@bp.post("/timeline/<slug>/evaluation/measures")
@needs(Permission.EVALUATE)
def decide(slug: str) -> Answer:
    form = forms.MeasureForm()

    def do(session: Session, incident: Incident) -> object:
        form.owner.resolve(session)
        return operations.decide(
            session, current_person(), incident, form.content.data or "",
            forms.number(form.owner.data), form.due.data, clock.now(),
            lesson_id=forms.number(form.lesson.data),
        )  # fmt: skip

    return _done(slug, form, do, _("Åtgärden är beslutad. Den står på den ansvarigas startsida."))


@bp.post("/timeline/<slug>/evaluation/close")
@needs(Permission.EVALUATE)
def close(slug: str) -> Answer:
    form = forms.CloseForm()

    def do(session: Session, incident: Incident) -> object:
        return operations.close(
            session, current_person(), incident, form.summary.data or "", clock.now()
        )

    return _done(slug, form, do, _("Utvärderingen är avslutad."))


@bp.get("/measures/<int:measure_id>")
@needs(Permission.ANYONE_LOGGED_IN)
def measure(measure_id: int) -> str:
    """One measure, for who is to do it and for those who evaluate."""
    with unit_of_work() as session:
        return _measure_page(session, measure_id)


@bp.post("/measures/<int:measure_id>/done")
@needs(Permission.ANYONE_LOGGED_IN)
def finish(measure_id: int) -> Answer:
    form = forms.DoneForm()
    try:
        with unit_of_work() as session:
            operations.finish(
                session, current_person(), measure_id, form.outcome.data or "", clock.now()
            )
    except BadInput as error:
        return shown_again(
            form, error, lambda session: _measure_page(session, measure_id, done=form)
        )
    flash(_("Åtgärden är klar."))
    return redirect(url_for("evaluation.measure", measure_id=measure_id))


@bp.post("/measures/<int:measure_id>/move")
@needs(Permission.EVALUATE)
def move(measure_id: int) -> Answer:
    form = forms.MoveForm()
    try:
        with unit_of_work() as session:
            form.owner.resolve(session)
            operations.move(
                session, current_person(), measure_id, forms.number(form.owner.data),
                form.due.data, clock.now(),
            )  # fmt: skip
    except BadInput as error:
        return shown_again(
            form, error, lambda session: _measure_page(session, measure_id, moved=form)
        )
    flash(_("Ändrat."))
    return redirect(url_for("evaluation.measure", measure_id=measure_id))


def _done(slug: str, form: FlaskForm, do: Do, said: str, *, about: int = 0) -> Answer:
    """Do it and come back to the page; or the page again, with the fault beside its field."""
    try:
        with unit_of_work() as session:
            do(session, enter(session, slug))
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, slug, form, about))
    flash(said)
    return redirect(url_for("evaluation.show", slug=slug))


def _page(session: Session, slug: str, faulty: FlaskForm | None = None, about: int = 0) -> str:
    incident = enter(session, slug)
    book = queries.book(session, incident.id)

    def form(kind: type[Form]) -> Form:
        if isinstance(faulty, kind):
            return faulty
        return kind(formdata=None)

    observation = form(forms.ObservationForm)
    lesson, decided = form(forms.LessonForm), form(forms.MeasureForm)
    lesson.offer(book.observations)
    decided.offer(choosing.offer(session, choosing.everybody()), book.lessons)
    entry = forms.number(observation.entry.data or request.args.get("entry"))
    of = entry_of(session, incident.id, entry) if entry else None
    observation.entry.data = "" if of is None else str(of.n)
    return render_template(
        "review/evaluation.html",
        incident=incident,
        slug=slug,
        book=book,
        entry=of,
        forms={
            "observation": observation,
            "lesson": lesson,
            "measure": decided,
            "close": form(forms.CloseForm),
        },
        faulty=faulty,
        comment=form(forms.CommentForm),
        about=about,
        now=clock.now(),
        late=lambda one: rules.is_late(one.due, one.done_at, clock.now()),
        may_write=may(current_person().roles, Permission.EVALUATE) and not book.closed,
        may_close=incident.state != "open",
    )


def _measure_page(
    session: Session, measure_id: int, *, done: forms.DoneForm | None = None,
    moved: forms.MoveForm | None = None,
) -> str:  # fmt: skip
    person = current_person()
    row: Measure = queries.measure(session, measure_id, person)
    form = moved or forms.MoveForm(formdata=None)
    if moved is None:
        form.owner.data, form.due.data = str(row.owner_id), row.due
    form.owner.offer(choosing.offer(session, choosing.everybody(), [row.owner_id]))
    return render_template(
        "review/measure.html",
        measure=row,
        incident=row.evaluation.incident,
        late=rules.is_late(row.due, row.done_at, clock.now()),
        done=done or forms.DoneForm(formdata=None),
        moved=form,
        may_move=may(person.roles, Permission.EVALUATE) and row.done_at is None,
        may_read=may(person.roles, Permission.VIEW_TIMELINE),
    )
