"""Exercise plans: written, kept, and followed while an exercise goes on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing, live
from console.db import unit_of_work
from console.errors import ConsoleError, NotFound, WrongState
from console.incidents import exercise_forms as forms
from console.incidents import exercise_queries as queries
from console.incidents import exercise_rules as rules
from console.incidents.exercise_models import ExercisePlan, ExerciseRun
from console.incidents.operations import planning
from console.incidents.views.common import enter, show_in_band
from console.people import choosing
from console.people.rules import Permission
from console.web.faults import shown_again
from console.web.guard import current_person, needs

bp = Blueprint("exercises", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/exercise-plans")
@needs(Permission.PLAN_EXERCISE)
def index() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        return render_template(
            "exercises/index.html",
            found=queries.plans(session, listing.number(request.args.get("page"))),
            page_url=url_for("exercises.index") + "?page=%s",
        )


@bp.get("/exercise-plans/new")
@needs(Permission.PLAN_EXERCISE)
def new() -> str:
    with unit_of_work() as session:
        show_in_band(session, None)
        return render_template("exercises/new.html", form=forms.PlanForm(formdata=None))


@bp.post("/exercise-plans/new")
@needs(Permission.PLAN_EXERCISE)
def begin() -> Answer:
    form = forms.PlanForm()
    try:
        with unit_of_work() as session:
            plan = planning.write(
                session, current_person(), form.name.data or "", form.scenario.data or "",
                clock.now(),
            )  # fmt: skip
    except ConsoleError as error:

        def again(session: Session) -> str:
            show_in_band(session, None)
            return render_template("exercises/new.html", form=form)

        return shown_again(form, error, again)
    flash(_("Planen är sparad. Lägg till inspelen."))
    return redirect(url_for("exercises.show", plan_id=plan.id))


@bp.get("/exercise-plans/<int:plan_id>")
@needs(Permission.PLAN_EXERCISE)
def show(plan_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, plan_id)


@bp.post("/exercise-plans/<int:plan_id>")
@needs(Permission.PLAN_EXERCISE)
def change(plan_id: int) -> Answer:
    form = forms.PlanForm()
    try:
        with unit_of_work() as session:
            planning.change(
                session, current_person(), plan_id, forms.number(form.revision.data) or 0,
                form.name.data or "", form.scenario.data or "", clock.now(),
            )  # fmt: skip
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, plan_id, plan_form=form))
    flash(_("Planen är sparad."))
    return redirect(url_for("exercises.show", plan_id=plan_id))


@bp.post("/exercise-plans/<int:plan_id>/retire")
@needs(Permission.PLAN_EXERCISE)
def retire(plan_id: int) -> Response:
    try:
        with unit_of_work() as session:
            planning.retire(session, current_person(), plan_id, clock.now())
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("exercises.show", plan_id=plan_id))
    flash(_("Planen är borttagen ur listan. Det som övats med den finns kvar."))
    return redirect(url_for("exercises.index"))


@bp.post("/exercise-plans/<int:plan_id>/injects")
@needs(Permission.PLAN_EXERCISE)
def add(plan_id: int) -> Answer:
    form = forms.InjectForm()
    try:
        with unit_of_work() as session:
            if form.kind.data == rules.InjectKind.ABSENT:
                form.person.resolve(session)
            planning.add_inject(
                session,
                current_person(),
                plan_id,
                planning.Wanted(
                    minute=forms.number(form.minute.data),
                    kind=form.kind.data or "",
                    content=form.content.data or "",
                    place=form.place.data or "",
                    account_id=forms.number(form.account.data),
                    person_id=forms.number(form.person.data),
                    lasts=forms.number(form.lasts.data),
                ),
                clock.now(),
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, plan_id, inject_form=form))
    flash(_("Inspelet är tillagt."))
    return redirect(url_for("exercises.show", plan_id=plan_id, _anchor="inspel"))


@bp.post("/exercise-plans/<int:plan_id>/injects/<int:inject_id>/remove")
@needs(Permission.PLAN_EXERCISE)
def remove(plan_id: int, inject_id: int) -> Response:
    try:
        with unit_of_work() as session:
            planning.remove_inject(session, current_person(), plan_id, inject_id, clock.now())
    except WrongState as error:
        flash(error.message, "error")
    else:
        flash(_("Inspelet är borttaget."))
    return redirect(url_for("exercises.show", plan_id=plan_id, _anchor="inspel"))


@bp.get("/incidents/<slug>/injects")
@needs(Permission.PLAN_EXERCISE)
def run(slug: str) -> str:
    """What the exercise's leader follows: what has happened, what comes, and what to read out."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        return render_template(
            "exercises/run.html",
            incident=incident,
            run=_run(session, incident.id),
            slug=slug,
            topic=live.incident_topic(incident.id),
            labels=rules.KIND_LABELS,
        )


@bp.get("/incidents/<slug>/injects/live")
@needs(Permission.PLAN_EXERCISE, keeps_alive=False)
def live_run(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        return render_template(
            "exercises/_injects.html", run=_run(session, incident.id), labels=rules.KIND_LABELS
        )


def _run(session: Session, incident_id: int) -> ExerciseRun:
    found = queries.run_of(session, incident_id)
    if found is None:
        raise NotFound(_("Händelsen följer ingen övningsplan."))
    return found


def _page(
    session: Session,
    plan_id: int,
    *,
    plan_form: forms.PlanForm | None = None,
    inject_form: forms.InjectForm | None = None,
) -> str:
    show_in_band(session, None)
    plan: ExercisePlan = queries.plan(session, plan_id)
    written = plan_form or forms.PlanForm(
        formdata=None,
        data={"name": plan.name, "scenario": plan.scenario, "revision": str(plan.revision)},
    )
    inject = inject_form or forms.InjectForm(formdata=None)
    inject.offer(queries.accounts(session), choosing.offer(session, choosing.everybody()))
    return render_template(
        "exercises/plan.html",
        plan=plan,
        form=written,
        inject=inject,
        labels=rules.KIND_LABELS,
    )
