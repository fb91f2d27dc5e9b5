"""The register's pages: the list, one account, its settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.connecting import FLOWS
from channels.platforms import PLATFORMS
from console import clock, listing, phrases
from console.accounts import (
    connecting,
    connecting_rules,
    forms,
    operations,
    plan_queries,
    platform_queries,
    queries,
    readiness,
    rules,
)
from console.accounts.rules import State
from console.db import unit_of_work
from console.errors import ConsoleError
from console.listing import row_number
from console.people import choosing
from console.people import queries as people
from console.people.rules import Permission, Role, may
from console.web.faults import show_faults
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("accounts", __name__)

DEVIATIONS_SHOWN = 20


@bp.get("/accounts")
@needs(Permission.VIEW_ACCOUNTS)
def index() -> str:
    """Every account, narrowed by a search; what deviates stands beside."""
    form = forms.SieveForm(request.args)
    with unit_of_work() as session:
        form.offer(queries.committees(session), platform_queries.keys(session))
        sieve = queries.Sieve(
            words=(form.words.data or "")[:200],
            platform=form.platform.data or "",
            committee=form.committee.data or "",
            state=form.state.data or "",
            deviating=bool(form.deviating.data),
            order=form.order.data or "",
        )
        return render_template(
            "accounts/list.html",
            form=form,
            found=queries.page_of(session, sieve, listing.number(request.args.get("page"))),
            deviating=queries.with_deviations(session, DEVIATIONS_SHOWN),
            page_url=page_url(),
            may_import=may(g.person.roles, Permission.IMPORT_ACCOUNTS),
            may_look_after=may(g.person.roles, Permission.LOOK_AFTER),
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
    if (form.old.data, form.new.data) not in rules.RESTS:
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
        return settings_page(session, account_id)


@bp.post("/accounts/<int:account_id>/settings")
@needs(Permission.EDIT_ACCOUNTS)
def change_settings(account_id: int) -> Response | tuple[str, int]:
    kind = request.form.get("kind", "")
    form = forms.settings_form(kind)()
    try:
        with unit_of_work() as session:
            change = form.change(session, queries.account(session, account_id), kind)
            operations.change_settings(session, g.person, account_id, change, clock.now())
    except ConsoleError as error:
        show_faults(form, error, forms.field_names(kind))
        with unit_of_work() as session:
            return settings_page(session, account_id, form), error.status
    flash(_("Sparat."))
    return redirect(url_for("accounts.show", account_id=account_id))


def _page(
    session: Session, account_id: int, deviation: forms.DeviationForm, state: forms.StateForm
) -> str:
    account = queries.account(session, account_id)
    new = {State.ACTIVE.value: State.PAUSED, State.PAUSED.value: State.ACTIVE}.get(account.state)
    administers = any(row.person_id == g.person.id for row in account.administrators)
    return render_template(
        "accounts/account.html",
        account=account,
        platform=PLATFORMS[account.platform],
        states=rules.STATE_LABELS,
        kind=forms.kind_label(account.kind),
        settings=[
            (_(one.label), _shown(one.name, account.settings[one.name]))
            for one in forms.asks(account.kind)
            if one.name in account.settings
        ],
        has_recipients=account.kind in ("email", "sms")
        and may(g.person.roles, Permission.KEEP_RECIPIENTS)
        and (bool(g.person.roles & {Role.STRATEGY, Role.INFORMATION_UNIT}) or administers),
        languages=[forms.LANGUAGE_LABELS.get(code, code) for code in account.languages],
        open_deviations=[one for one in account.deviations if one.mended_at is None],
        deviation_form=deviation,
        state_form=state,
        new_state=new,
        may_edit=may(g.person.roles, Permission.EDIT_ACCOUNTS),
        may_view_custody=may(g.person.roles, Permission.VIEW_CUSTODY),
        standing=next(iter(readiness.standings(session, clock.now(), [account_id])), None),
        short=account.state in rules.IN_USE
        and not plan_queries.enough_administrators(session, account),
        keepers=people.with_role(session, Role.STRATEGY),
    )


def _shown(name: str, value: Any) -> Any:
    """A setting as the page says it: addresses of recipients masked."""
    if name != "recipients" or not isinstance(value, list):
        return value
    return [phrases.masked(str(one)) for one in value]


def settings_page(
    session: Session,
    account_id: int,
    form: forms.SettingsForm | None = None,
    connect: forms.ConnectForm | None = None,
) -> str:
    """
    Args:
        form: as somebody has filled it in; None: with what is stored.
        connect: the same, of connecting.
    """
    account = queries.account(session, account_id)
    form = form or forms.settings_form(account.kind)(None, data=forms.stored(account))
    now = {row.person_id for row in account.administrators}
    now |= {row_number(field.data) for field in form.administrators} - {0}
    form.offer(account, choosing.offer(session, queries.can_administer(), now))
    connects = account.kind in FLOWS
    return render_template(
        "accounts/settings.html",
        account=account,
        platform=PLATFORMS[account.platform],
        form=form,
        has_secret=account.secret is not None,
        connects=connects,
        connect_form=connect or forms.ConnectForm(None),
        asks_server=account.kind in connecting_rules.ASKS_SERVER
        and not account.settings.get("server"),
        app_is_there=connects and connecting.app_is_there(session, account.kind),
        failed=connecting.failed_last(session, account, clock.now()) if connects else "",
        may_keep_apps=may(g.person.roles, Permission.KEEP_APPS),
        card=forms.card_of(account),
    )
