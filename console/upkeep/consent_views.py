"""The pages about consents for photos (4.6-d): one account's list, and one picture."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock, listing
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.people.rules import Permission
from console.upkeep import consents, forms, rules
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("consents", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/accounts/<int:account_id>/consents")
@needs(Permission.READ_CONSENTS)
def index(account_id: int) -> Answer:
    with unit_of_work() as session:
        return _list_page(session, account_id, forms.PhotoForm(formdata=None))


@bp.post("/accounts/<int:account_id>/consents")
@needs(Permission.READ_CONSENTS)
def add(account_id: int) -> Answer:
    form = forms.PhotoForm()
    try:
        with unit_of_work() as session:
            consents.record_photo(
                session,
                g.person,
                account_id,
                clock.now(),
                photo=form.photo.data or "",
                who=form.who.data or "",
                scope=form.scope.data or "",
                given_on=form.day(),
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _list_page(session, account_id, form))
    flash(_("Antecknat.") if form.given_on.data else _("Antecknat. Bilden saknar samtycke."))
    return redirect(url_for("consents.index", account_id=account_id))


@bp.get("/consents/<int:consent_id>")
@needs(Permission.READ_CONSENTS)
def show(consent_id: int) -> Answer:
    with unit_of_work() as session:
        row = consents.get(session, consent_id)
        form = forms.PhotoForm(formdata=None, who=row.who, scope=row.scope)
        return _page(session, consent_id, form)


@bp.post("/consents/<int:consent_id>")
@needs(Permission.READ_CONSENTS)
def give(consent_id: int) -> Answer:
    form = forms.PhotoForm()
    try:
        with unit_of_work() as session:
            row = consents.give(
                session,
                g.person,
                consent_id,
                clock.now(),
                who=form.who.data or "",
                scope=form.scope.data or "",
                given_on=form.day(),
            )
            account_id = row.account_id
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, consent_id, form))
    flash(_("Samtycket är antecknat."))
    return redirect(url_for("consents.index", account_id=account_id))


@bp.post("/consents/<int:consent_id>/withdraw")
@needs(Permission.READ_CONSENTS)
def withdraw(consent_id: int) -> Response:
    try:
        with unit_of_work() as session:
            consents.withdraw(session, g.person, consent_id, clock.now())
        flash(_("Samtycket är återkallat. Ta ner bilden nu, och bekräfta det här."))
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("consents.show", consent_id=consent_id))


@bp.post("/consents/<int:consent_id>/down")
@needs(Permission.READ_CONSENTS)
def take_down(consent_id: int) -> Response:
    try:
        with unit_of_work() as session:
            consents.take_down(session, g.person, consent_id, clock.now())
        flash(_("Bekräftat. Namnet är borttaget ur listan."))
    except WrongState as error:
        flash(error.message, "error")
    return redirect(url_for("consents.show", consent_id=consent_id))


def _list_page(session: Session, account_id: int, form: forms.PhotoForm) -> str:
    account = accounts.account(session, account_id)
    consents.need_reader(session, g.person, account_id)
    search = forms.SearchForm(request.args)
    words = (search.words.data or "")[:100]
    page = listing.number(request.args.get("page"))
    return render_template(
        "upkeep/consents.html",
        account=account,
        platform=platform_name(account.platform),
        found=consents.page_of(session, account_id, words, page),
        search=search,
        form=form,
        page_url=page_url(),
        in_use=account.state in rules.IN_USE,
    )


def _page(session: Session, consent_id: int, form: forms.PhotoForm) -> str:
    row = consents.get(session, consent_id)
    consents.need_reader(session, g.person, row.account_id)
    return render_template(
        "upkeep/consent.html",
        row=row,
        account=row.account,
        platform=platform_name(row.account.platform),
        form=form,
    )
