"""The register's pages: the list, one account, its settings."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.platforms import PLATFORMS
from console import clock
from console.accounts import forms, operations, queries, rules
from console.accounts.rules import State
from console.db import unit_of_work
from console.errors import ConsoleError
from console.people.rules import Permission, may
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("accounts", __name__)

RESTS = frozenset({(State.ACTIVE, State.PAUSED), (State.PAUSED, State.ACTIVE)})
"""The arrows that need nothing but a decision; the others belong to the action plan."""


@bp.get("/accounts")
@needs(Permission.VIEW_ACCOUNTS)
def index() -> str:
    """Every account, narrowed by a search; what deviates stands beside."""
    form = forms.SieveForm(request.args)
    with unit_of_work() as session:
        form.offer(queries.committees(session))
        sieve = queries.Sieve(
            words=(form.words.data or "")[:200],
            platform=form.platform.data or "",
            committee=form.committee.data or "",
            state=form.state.data or "",
        )
        return render_template(
            "accounts/list.html",
            form=form,
            accounts=queries.all_accounts(session, sieve),
            deviating=queries.with_deviations(session),
            platforms=PLATFORMS,
            states=rules.STATE_LABELS,
        )


@bp.get("/accounts/<int:account_id>")
@needs(Permission.VIEW_ACCOUNTS)
def show(account_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, account_id, forms.DeviationForm(), forms.StateForm())


@bp.post("/accounts/<int:account_id>/deviations")
@needs(Permission.EDIT_ACCOUNTS)
def note_deviation(account_id: int) -> Response | tuple[str, int]:
    form = forms.DeviationForm()
    try:
        with unit_of_work() as session:
            content = form.content.data or ""
            operations.note_deviation(session, g.person, account_id, content, clock.now())
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, form, forms.StateForm(None)), error.status
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.post("/accounts/deviations/<int:deviation_id>/mend")
@needs(Permission.EDIT_ACCOUNTS)
def mend_deviation(deviation_id: int) -> Response:
    with unit_of_work() as session:
        mended = operations.mend_deviation(session, g.person, deviation_id, clock.now())
        account_id = mended.account_id
    flash(_("Åtgärdat."))
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.post("/accounts/<int:account_id>/state")
@needs(Permission.EDIT_ACCOUNTS)
def change_state(account_id: int) -> Response | tuple[str, int]:
    """Let an account rest, or take it into use again."""
    form = forms.StateForm()
    if (form.old.data, form.new.data) not in RESTS:
        abort(400)
    old, new, reason = State(form.old.data), State(form.new.data), form.reason.data or ""
    try:
        with unit_of_work() as session:
            operations.change_state(
                session, g.person, account_id, old, new, clock.now(), reason=reason
            )
    except ConsoleError as error:
        show_faults(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, forms.DeviationForm(None), form), error.status
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.get("/accounts/<int:account_id>/settings")
@needs(Permission.EDIT_ACCOUNTS)
def settings(account_id: int) -> str:
    with unit_of_work() as session:
        account = queries.account(session, account_id)
        form = forms.settings_form(account.kind)(data=forms.stored(account))
        return _settings_page(session, account_id, form)


@bp.post("/accounts/<int:account_id>/settings")
@needs(Permission.EDIT_ACCOUNTS)
def change_settings(account_id: int) -> Response | tuple[str, int]:
    kind = request.form.get("kind", "")
    form = forms.settings_form(kind)()
    try:
        with unit_of_work() as session:
            change = form.change(queries.account(session, account_id), kind)
            operations.change_settings(session, g.person, account_id, change, clock.now())
    except ConsoleError as error:
        show_faults(form, error, forms.field_names(kind))
        with unit_of_work() as session:
            return _settings_page(session, account_id, form), error.status
    flash(_("Sparat."))
    return redirect(url_for("accounts.show", account_id=account_id))


def _page(
    session: Session, account_id: int, deviation: forms.DeviationForm, state: forms.StateForm
) -> str:
    account = queries.account(session, account_id)
    new = {State.ACTIVE.value: State.PAUSED, State.PAUSED.value: State.ACTIVE}.get(account.state)
    return render_template(
        "accounts/account.html",
        account=account,
        platform=PLATFORMS[account.platform],
        states=rules.STATE_LABELS,
        kind=forms.kind_label(account.kind),
        settings=[
            (one.label, account.settings[one.name])
            for one in forms.SETTINGS.get(account.kind, ())
            if one.name in account.settings
        ],
        languages=[forms.LANGUAGE_LABELS.get(code, code) for code in account.languages],
        open_deviations=[one for one in account.deviations if one.mended_at is None],
        deviation_form=deviation,
        state_form=state,
        new_state=new,
        may_edit=may(g.person.roles, Permission.EDIT_ACCOUNTS),
    )


def _settings_page(session: Session, account_id: int, form: forms.SettingsForm) -> str:
    account = queries.account(session, account_id)
    form.offer(account, queries.can_administer(session))
    return render_template(
        "accounts/settings.html",
        account=account,
        platform=PLATFORMS[account.platform],
        form=form,
        has_secret=account.secret is not None,
    )
