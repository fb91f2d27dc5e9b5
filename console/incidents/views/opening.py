"""Opening an event, and its stage."""

from __future__ import annotations

from flask import redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts.models import Account
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.views.common import (
    board_url,
    bp,
    enter,
    mail_is_set_up,
    show_in_band,
)
from console.people.rules import Permission
from console.policy.queries import live_use_is_on
from console.web.guard import current_person, needs


@bp.get("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def new() -> str:
    with unit_of_work() as session:
        return _open_page(session, forms.OpenForm())


@bp.post("/incidents/new")
@needs(Permission.OPEN_INCIDENT)
def open_new() -> Response | tuple[str, int] | str:
    """Open the event, or (the button *Ändra raderna*) only change the rows and show them again."""
    form = forms.OpenForm()
    posted = request.form
    with unit_of_work() as session:
        offered = queries.accounts_offered(session)
        choices = forms.posted_choices(offered, posted)
        if posted.get("do") == "bulk":
            choices = _in_bulk(offered, choices, form)
            # Enter in a text field presses this button too: a second time must change nothing.
            form.bulk_use.data = ""
            return _open_page(session, form, choices)
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
            )
            url = board_url(incident)
    except ConsoleError as error:
        faults = forms.show_faults(form, error)
        with unit_of_work() as session:
            return _open_page(session, form, choices, faults), error.status
    return redirect(url)


def _in_bulk(
    offered: list[Account], choices: dict[int, tuple[str, str]], form: forms.OpenForm
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
    offered = queries.accounts_offered(session)
    form.bulk_group.choices = forms.bulk_groups(offered)
    return render_template(
        "incidents/new.html",
        form=form,
        accounts=offered,
        platforms=PLATFORMS,
        uses=rules.USE_LABELS,
        may_be=rules.may_be,
        choices=rules.default_choices(offered) if choices is None else choices,
        faults=faults or {},
        holders=queries.live_holders(session, [a.id for a in offered]),
        alone=[a for a in offered if not a.administrators],
        website_missing=not any(a.official and a.state == "active" for a in offered),
        live_use=live_use_is_on(session),
        mail=mail_is_set_up(),
    )


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
                session, current_person(), incident, form.stage.data or "", clock.now()
            )
            return redirect(board_url(incident))
    except ConsoleError as error:
        forms.show_faults(form, error)
        with unit_of_work() as session:
            page = render_template("incidents/stage.html", incident=enter(session, slug), form=form)
        return page, error.status
