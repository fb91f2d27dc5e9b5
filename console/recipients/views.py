"""An account's recipients: who is named, how many citizens, and whether they may sign up."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, NotFound, WrongState
from console.people.rules import Permission
from console.recipients import forms, operations, queries
from console.recipients.models import Recipient
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("recipients", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/accounts/<int:account_id>/recipients")
@needs(Permission.KEEP_RECIPIENTS)
def index(account_id: int) -> Answer:
    with unit_of_work() as session:
        return _page(session, account_id)


@bp.post("/accounts/<int:account_id>/recipients")
@needs(Permission.KEEP_RECIPIENTS)
def add(account_id: int) -> Answer:
    form = forms.NamedForm()
    try:
        with unit_of_work() as session:
            number = operations.add(
                session,
                g.person,
                account_id,
                form.kind.data or "",
                form.rows(),
                form.why.data or "",
                clock.now(),
            )
    except (NotFound, NotAllowed):
        raise
    except ConsoleError as error:
        forms.show(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, named=form), error.status
    flash(ngettext("%(num)s mottagare tillagd.", "%(num)s mottagare tillagda.", number))
    return _back(account_id)


@bp.post("/accounts/<int:account_id>/recipients/shown")
@needs(Permission.KEEP_RECIPIENTS)
def show_addresses(account_id: int) -> Answer:
    """The whole addresses, in the answer to a press that the log shows."""
    with unit_of_work() as session:
        whole = operations.show_addresses(session, g.person, account_id, clock.now())
        return _page(session, account_id, whole=whole)


@bp.post("/recipients/<int:recipient_id>/remove")
@needs(Permission.KEEP_RECIPIENTS)
def remove(recipient_id: int) -> Response:
    return _change(operations.remove, recipient_id, _("Borttagen. Du kan ångra i ett dygn."))


@bp.post("/recipients/<int:recipient_id>/restore")
@needs(Permission.KEEP_RECIPIENTS)
def restore(recipient_id: int) -> Response:
    return _change(operations.restore, recipient_id, _("Tillbaka på listan."))


@bp.post("/accounts/<int:account_id>/recipients/citizen")
@needs(Permission.KEEP_RECIPIENTS)
def remove_citizen(account_id: int) -> Answer:
    form = forms.CitizenForm()
    try:
        with unit_of_work() as session:
            typed = form.address.data or ""
            operations.remove_citizen(session, g.person, account_id, typed, clock.now())
    except (NotFound, NotAllowed):
        raise
    except ConsoleError as error:
        forms.show(form, error)
        with unit_of_work() as session:
            return _page(session, account_id, citizen=form), error.status
    flash(_("Borttagen. Adressen finns inte kvar."))
    return _back(account_id)


@bp.post("/accounts/<int:account_id>/recipients/sign-up")
@needs(Permission.KEEP_RECIPIENTS)
def open_to_citizens(account_id: int) -> Response:
    open_ = request.form.get("open") == "yes"
    try:
        with unit_of_work() as session:
            operations.open_to_citizens(session, g.person, account_id, open_, clock.now())
        flash(_("Invånare kan anmäla sig nu.") if open_ else _("Ingen ny kan anmäla sig."))
    except WrongState as error:
        flash(error.message, "error")
    return _back(account_id)


def _change(verb: Callable[..., Recipient], recipient_id: int, said: str) -> Response:
    with unit_of_work() as session:
        account_id = verb(session, g.person, recipient_id, clock.now()).account_id
    flash(said)
    return _back(account_id)


def _back(account_id: int) -> Response:
    return redirect(url_for("recipients.index", account_id=account_id), 303)


def _page(
    session: Session,
    account_id: int,
    *,
    named: FlaskForm | None = None,
    citizen: FlaskForm | None = None,
    whole: dict[int, str] | None = None,
) -> str:
    account = accounts.account(session, account_id)
    operations.need_keeper(session, g.person, account)
    return render_template(
        "recipients/list.html",
        account=account,
        platform=platform_name(account.platform),
        found=queries.shown(session, account, listing.number(request.args.get("page")), whole),
        whole=whole is not None,
        form=named or forms.NamedForm(formdata=None),
        citizen_form=citizen or forms.CitizenForm(formdata=None),
        page_url=page_url(),
    )
