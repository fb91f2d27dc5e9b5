"""One's own second factor, and giving a code anew."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console import clock
from console.db import unit_of_work
from console.errors import BadInput
from console.people import login, queries, second_factor
from console.people.forms import SecondForm
from console.people.login import Refused
from console.people.rules import Permission
from console.people.views.common import bp
from console.people.views.login import why_no_code
from console.web import again, guard, logins
from console.web.faults import show_faults


@bp.get("/me/second-factor")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def second() -> ResponseReturnValue:
    return _page(SecondForm(formdata=None))


@bp.post("/me/second-factor")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def begin_second() -> ResponseReturnValue:
    with unit_of_work() as session:
        second_factor.begin(session, queries.get(session, g.person.id), clock.now())
    return redirect(url_for("people.second"), 303)


@bp.post("/me/second-factor/confirm")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def confirm_second() -> ResponseReturnValue:
    form = SecondForm()
    try:
        with unit_of_work() as session:
            person, now = queries.get(session, g.person.id), clock.now()
            codes = second_factor.confirm(session, person, form.code.data or "", now)
            second_factor.prove(session, logins.token() or "", now)
    except BadInput as error:
        show_faults(form, error)
        return _page(form), 422
    return _page(SecondForm(formdata=None), codes)


@bp.post("/me/second-factor/codes")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def renew_codes() -> ResponseReturnValue:
    form = SecondForm()
    if refused := _given(form):
        return refused
    with unit_of_work() as session:
        codes = second_factor.renew_codes(session, queries.get(session, g.person.id), clock.now())
    return _page(SecondForm(formdata=None), codes)


@bp.post("/me/second-factor/remove")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def remove_second() -> ResponseReturnValue:
    form = SecondForm()
    if refused := _given(form):
        return refused
    with unit_of_work() as session:
        second_factor.remove(session, queries.get(session, g.person.id), clock.now())
    flash(_("Appen är borttagen. Vid inloggning räcker lösenordet."))
    return redirect(url_for("people.me"), 303)


@bp.post("/people/<int:person_id>/second-factor/remove")
@guard.needs(Permission.MANAGE_PEOPLE)
def remove_second_for(person_id: int) -> ResponseReturnValue:
    with unit_of_work() as session:
        person = queries.get(session, person_id)
        second_factor.remove_for(session, g.person, person, clock.now())
    flash(_("Appen är borttagen, och %(name)s är utloggad.", name=person.name))
    return redirect(url_for("people.person", person_id=person_id), 303)


@bp.post("/me/prove")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def prove() -> ResponseReturnValue:
    """A code before what reaches citizens: then the form that waited is sent by one more press."""
    form = SecondForm()
    refused = _take(form)
    if refused is not None:
        page = render_template("people/code.html", form=form, next="/", proving=True)
        return page, 422 if refused.looked else 429
    carried = again.unpack(form.carried.data or "")
    if carried is None or carried.person_id != g.person.id:
        return redirect("/", 303)
    return render_template("people/again.html", carried=carried, proved=True)


def _given(form: SecondForm) -> ResponseReturnValue | None:
    """One's own page again, where the code isn't right; None: it was."""
    refused = _take(form)
    if refused is None:
        return None
    return _page(form), 422 if refused.looked else 429


def _take(form: SecondForm) -> Refused | None:
    """Take the code in the form, counted as a login's; None: it was right."""
    with unit_of_work() as session:
        refused = login.prove(
            session,
            clock.now(),
            person=queries.get(session, g.person.id),
            code=form.code.data or "",
            token=logins.token() or "",
        )
    if refused is not None:
        form.form_errors.append(why_no_code(refused))
    return refused


def _page(form: SecondForm, codes: list[str] | None = None) -> str:
    with unit_of_work() as session:
        factor = second_factor.of(session, g.person.id)
        key = ""
        if factor is not None and factor.confirmed_at is None:
            key = second_factor.key_of(factor)
        return render_template(
            "people/second_factor.html",
            form=form,
            factor=factor,
            key=key,
            address=second_factor.address_of(key, g.person.email) if key else "",
            codes=codes or [],
            left=second_factor.codes_left(session, g.person.id),
        )
