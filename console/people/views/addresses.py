"""One's own addresses in *Mina uppgifter*."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from channels import own_address
from channels.failures import BadSettings
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError
from console.people import address_kinds, own_addresses, queries
from console.people.address_kinds import AddressKind
from console.people.forms import AddressForm, CodeForm
from console.people.rules import Permission
from console.people.views.common import bp
from console.web import guard
from console.web.faults import show_faults


@bp.get("/me/addresses")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def addresses() -> ResponseReturnValue:
    return _page(AddressForm(formdata=None))


@bp.post("/me/addresses")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def add_address() -> ResponseReturnValue:
    """Nobody is called here: the worker sends the test."""
    form = AddressForm()
    kind, typed = form.kind.data or "", form.secret_address.data or ""
    try:
        target = address_kinds.target_of(kind, typed)
        address = address_kinds.wire(kind, target, _settings().sms_url)
        name = _named(kind, target, address)
        with unit_of_work() as session:
            actor = queries.get(session, g.person.id)
            own_addresses.add(session, actor, kind, target, name, clock.now())
    except ConsoleError as error:
        show_faults(form, error, {"address": "secret_address"})
        return _page(form), error.status
    flash(_("Ett meddelande med en kod är på väg dit. Skriv in koden när det har kommit fram."))
    return redirect(url_for("people.addresses"), 303)


@bp.post("/me/addresses/<int:address_id>/confirm")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def confirm_address(address_id: int) -> ResponseReturnValue:
    form = CodeForm()
    try:
        with unit_of_work() as session:
            actor = queries.get(session, g.person.id)
            code = form.code.data or ""
            right = own_addresses.confirm(session, actor, address_id, code, clock.now())
    except ConsoleError as error:
        flash(error.message, "error")
        return redirect(url_for("people.addresses"), 303)
    if not right:
        form.code.errors = [_("Koden stämmer inte. Läs den i det senaste meddelandet.")]
        return _page(AddressForm(formdata=None), form, address_id), 422
    flash(_("Adressen fungerar. Meddelanden kommer dit från nu."))
    return redirect(url_for("people.addresses"), 303)


@bp.post("/me/addresses/<int:address_id>/try")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def try_address(address_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work() as session:
            actor = queries.get(session, g.person.id)
            own_addresses.try_again(session, actor, address_id, clock.now())
        flash(_("Ett meddelande med en ny kod är på väg."))
    except ConsoleError as error:
        flash(error.message, "error")
    return redirect(url_for("people.addresses"), 303)


@bp.post("/me/addresses/<int:address_id>/remove")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def remove_address(address_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        actor = queries.get(session, g.person.id)
        own_addresses.remove(session, actor, address_id, clock.now())
    flash(_("Adressen är borttagen."))
    return redirect(url_for("people.addresses"), 303)


def _named(kind: str, target: str, address: str) -> str:
    """What to call it; whether apprise can read it is asked on the way."""
    try:
        service = own_address.check(address)
    except BadSettings as error:
        raise BadInput(_(error.message), field="address") from error
    if kind == AddressKind.SMS:
        return f"{address_kinds.LABELS[AddressKind.SMS]} {target}"
    return service


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _page(form: AddressForm, code: CodeForm | None = None, about: int = 0) -> str:
    """`code` is the form of address `about`, with its faults."""
    hints = {kind.value: hint for kind, hint in address_kinds.HINTS.items()}
    if _settings().sms_url is None:
        hints[AddressKind.SMS.value] = _("Sms är inte inställt här än.")
    with unit_of_work() as session:
        mine = own_addresses.of(session, g.person.id)
    return render_template(
        "people/addresses.html",
        form=form,
        hints=hints,
        rows=[
            (one, code if code is not None and one.id == about else CodeForm(formdata=None))
            for one in mine
        ],
        most=own_addresses.MOST,
        tries=own_addresses.TRIES,
        email=g.person.email,
        why=address_kinds.why,
    )
