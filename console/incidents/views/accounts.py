"""Which accounts an event uses, and why (7-d)."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import queries as accounts
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.models import IncidentAccount
from console.incidents.views.common import bp, enter, mail_is_set_up
from console.people.rules import Permission, may
from console.web.guard import current_person, needs


@bp.get("/incidents/<slug>/accounts")
@needs(Permission.VIEW_BOARD)
def decisions(slug: str) -> str:
    """Which accounts the event uses, and why (7-d)."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        choices = queries.choices_of(session, incident.id)
        decided = {choice.account_id for choice in choices}
        later = [a for a in queries.accounts_offered(session) if a.id not in decided]
        return render_template(
            "incidents/accounts.html",
            incident=incident,
            choices=choices,
            later=later,
            locks={lock.account_id: lock for lock in queries.active_locks(session, incident.id)},
            uses=rules.USE_LABELS,
            platforms=PLATFORMS,
            may_change=may(current_person().roles, Permission.OPEN_INCIDENT)
            and incident.state == rules.State.OPEN,
        )


@bp.get("/incidents/<slug>/accounts/<int:account_id>")
@needs(Permission.OPEN_INCIDENT)
def decision(slug: str, account_id: int) -> str:
    with unit_of_work() as session:
        return _use_page(session, slug, account_id, forms.UseForm())


@bp.post("/incidents/<slug>/accounts/<int:account_id>")
@needs(Permission.OPEN_INCIDENT)
def change_use(slug: str, account_id: int) -> Response | tuple[str, int]:
    form = forms.UseForm()
    use, reason = form.use.data or "", form.reason.data or ""
    try:
        with unit_of_work() as session:
            incident, actor, now = enter(session, slug), current_person(), clock.now()
            operations.change_use(
                session,
                actor,
                incident,
                account_id,
                use,
                reason,
                now,
                mail=mail_is_set_up(),
            )
    except ConsoleError as error:
        return _use_fault(slug, account_id, form, error)
    flash(_("Ändrat. Beslutet står i loggen."))
    return redirect(url_for("incidents.decisions", slug=slug))


@bp.post("/incidents/<slug>/accounts/<int:account_id>/release")
@needs(Permission.RELEASE_LOCK)
def release(slug: str, account_id: int) -> Response | tuple[str, int]:
    form = forms.UseForm()
    reason = form.reason.data or ""
    try:
        with unit_of_work() as session:
            incident, actor, now = enter(session, slug), current_person(), clock.now()
            operations.release_lock(
                session, actor, incident, account_id, reason, now, mail=mail_is_set_up()
            )
    except ConsoleError as error:
        return _use_fault(slug, account_id, form, error)
    flash(_("Kontot är upplåst. Administratörerna har fått veta det."))
    return redirect(url_for("incidents.decisions", slug=slug))


def _use_fault(
    slug: str, account_id: int, form: forms.UseForm, error: ConsoleError
) -> tuple[str, int]:
    forms.show_faults(form, error)
    with unit_of_work() as session:
        return _use_page(session, slug, account_id, form), error.status


def _use_page(session: Session, slug: str, account_id: int, form: forms.UseForm) -> str:
    incident = enter(session, slug)
    account = accounts.account(session, account_id)
    choice = queries.choice_of(session, incident.id, account_id)
    lock = queries.lock_of(session, account_id, incident.exercise, incident.id)
    locked = lock is not None and lock.incident_id == incident.id
    if form.use.data is None and isinstance(choice, IncidentAccount):
        form.use.data = choice.use
    return render_template(
        "incidents/account.html",
        incident=incident,
        account=account,
        platform=PLATFORMS[account.platform].name,
        choice=choice,
        lock=lock if locked else None,
        uses=rules.USE_LABELS,
        form=form,
    )
