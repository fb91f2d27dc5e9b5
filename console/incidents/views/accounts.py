"""Which accounts an event uses, and why (7-d)."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError
from console.incidents import forms, operations, queries, rules
from console.incidents.models import IncidentAccount
from console.incidents.views.common import bp, enter, mail_is_set_up, under_way
from console.people.rules import Permission, may
from console.web.guard import current_person, needs


@bp.get("/incidents/<slug>/accounts")
@needs(Permission.VIEW_BOARD)
def decisions(slug: str) -> str:
    """Which accounts the event uses, and why (7-d)."""
    with unit_of_work() as session:
        incident = enter(session, slug)
        choices = queries.choices_of(session, incident.id)
        holders = queries.live_holders(session, [c.account_id for c in choices])
        decided = {choice.account_id for choice in choices}
        later = [a for a in queries.accounts_offered(session) if a.id not in decided]
        return render_template(
            "incidents/accounts.html",
            incident=incident,
            choices=choices,
            later=later,
            elsewhere={i: h for i, h in holders.items() if h.id != incident.id}
            if not incident.exercise
            else {},
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


@bp.post("/incidents/<slug>/accounts/<int:account_id>/move")
@needs(Permission.OPEN_INCIDENT)
def move(slug: str, account_id: int) -> Response | tuple[str, int]:
    """Take the account from the other live event that holds it."""
    form = forms.UseForm()
    try:
        with unit_of_work() as session:
            incident, now = enter(session, slug), clock.now()
            operations.move_account(
                session,
                current_person(),
                incident,
                account_id,
                form.use.data or "",
                form.reason.data or "",
                now,
                under_way=under_way,
                mail=mail_is_set_up(),
            )
    except ConsoleError as error:
        return _use_fault(slug, account_id, form, error)
    flash(_("Kontot är flyttat hit. Det står i loggen för båda händelserna."))
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
    holder = None
    if not incident.exercise and not locked:
        holder = queries.live_holders(session, [account_id]).get(account_id)
    if form.use.data is None and holder is None and isinstance(choice, IncidentAccount):
        form.use.data = choice.use
    return render_template(
        "incidents/account.html",
        incident=incident,
        account=account,
        platform=platform_name(account.platform),
        choice=choice,
        lock=lock if locked else None,
        holder=holder,
        uses=rules.USE_LABELS,
        form=form,
    )
