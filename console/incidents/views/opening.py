"""Opening an event, and its stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from console import clock
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import exercise_queries, forms, operations, queries, rules
from console.incidents.exercise_forms import number
from console.incidents.operations import planning
from console.incidents.views.common import (
    board_url,
    bp,
    enter,
    mail_is_set_up,
    show_in_band,
    under_way,
)
from console.people import queries as people
from console.people.rules import Permission, Role
from console.policy.queries import live_use_is_on
from console.web import proof
from console.web.guard import current_person, needs


@bp.get("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def new() -> str:
    """`?live`: somebody has just broken off an exercise. Nothing else is carried over from it."""
    live = "live" in request.args
    with unit_of_work() as session:
        return _open_page(session, forms.OpenForm(data={"exercise": "live"} if live else None))


@bp.post("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def open_new() -> ResponseReturnValue:
    """Open the event, or (the button *Ändra raderna*) only change the rows and show them again."""
    form = forms.OpenForm()
    posted = request.form
    with unit_of_work() as session:
        offered = queries.rows_offered(session)
        choices = forms.posted_choices(offered, posted)
        if posted.get("do") == "bulk":
            choices = _in_bulk(offered, choices, form)
            # Enter in a text field presses this button too: a second time must change nothing.
            form.bulk_use.data = ""
            return _open_page(session, form, choices)
        if form.is_exercise:
            # Which live event holds an account is nothing to an exercise: it need not be decided.
            choices = rules.default_choices(offered) | choices
    if form.is_exercise is False and (asked := proof.ask_first()) is not None:
        return asked
    try:
        with unit_of_work() as session:
            incident = operations.open_incident(
                session,
                current_person(),
                name=form.name.data or "",
                area=form.area.data or "",
                stage=form.stage.data or "",
                reason=form.reason.data or "",
                exercise=form.is_exercise,
                choices=choices,
                narrowing_reason=form.narrowing_reason.data or "",
                now=clock.now(),
                mail=mail_is_set_up(),
                under_way=under_way,
            )
            if form.plan.data:
                planning.attach(
                    session, current_person(), incident, number(form.plan.data) or 0, clock.now()
                )
            url = board_url(incident)
    except ConsoleError as error:
        faults = forms.show_faults(form, error)
        with unit_of_work() as session:
            return _open_page(session, form, choices, faults), error.status
    return redirect(url)


def _in_bulk(
    offered: Sequence[Row[Any]], choices: dict[int, tuple[str, str]], form: forms.OpenForm
) -> dict[int, tuple[str, str]]:
    """The rows with the chosen group's use changed, where the account can be used so."""
    use, changed = form.bulk_use.data or "", dict(choices)
    for account in offered:
        if (
            use in list(rules.Use)
            and forms.in_group(account, form.bulk_group.data or "")
            and rules.may_be(use, account.state)
        ):
            changed[account.id] = (use, choices.get(account.id, ("", ""))[1])
    return changed


def _open_page(
    session: Session,
    form: forms.OpenForm,
    choices: dict[int, tuple[str, str]] | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    show_in_band(session, None)
    offered = queries.rows_offered(session)
    plans = exercise_queries.offered(session)
    form.plan.choices = [SelectChoice("", _("Ingen plan"))]
    form.plan.choices += [SelectChoice(str(one), name) for one, name in plans]
    form.bulk_group.choices = forms.bulk_groups(offered)
    holders = queries.live_holders(session, [a.id for a in offered])
    if choices is None:
        # What another live event holds is never preselected: somebody decides.
        defaults = rules.default_choices(offered)
        choices = {i: choice for i, choice in defaults.items() if i not in holders}
    return render_template(
        "incidents/new.html",
        form=form,
        plans=bool(plans),
        accounts=offered,
        platforms={key: platform_name(key) for key in {a.platform for a in offered}},
        uses={state: _uses(state) for state in {a.state for a in offered}},
        choices=choices,
        faults=faults or {},
        holders=holders,
        alone=[a for a in offered if a.alone],
        website_missing=not any(a.official and a.state == "active" for a in offered),
        live_use=live_use_is_on(session),
        mail=mail_is_set_up(),
        no_approver=people.on_duty(session, Role.APPROVER) is None,
    )


def _uses(state: str) -> list[tuple[str, str]]:
    """(value, label) of what an event may use an account in this state for."""
    return [
        (use, str(label)) for use, label in rules.USE_LABELS.items() if rules.may_be(use, state)
    ]


@bp.get("/incidents/<slug>/stage")
@needs(Permission.OPEN_INCIDENT)
def stage(slug: str) -> str:
    with unit_of_work() as session:
        incident = enter(session, slug)
        form = forms.StageForm(data={"stage": incident.stage})
        return render_template("incidents/stage.html", incident=incident, form=form)


@bp.post("/incidents/<slug>/stage")
@needs(Permission.OPEN_INCIDENT)
def change_stage(slug: str) -> Response | tuple[str, int]:
    form = forms.StageForm()
    try:
        with unit_of_work() as session:
            incident = enter(session, slug)
            operations.change_stage(
                session,
                current_person(),
                incident,
                form.stage.data or "",
                clock.now(),
                form.reason.data or "",
            )
            return redirect(board_url(incident))
    except ConsoleError as error:
        forms.show_faults(form, error)
        with unit_of_work() as session:
            page = render_template("incidents/stage.html", incident=enter(session, slug), form=form)
        return page, error.status
