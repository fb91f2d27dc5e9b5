"""One's own details, password and sessions."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import clock
from console.db import unit_of_work
from console.errors import BadInput
from console.people import login, operations, own_addresses, queries, second_factor
from console.people.forms import OwnDetailsForm, OwnPasswordForm
from console.people.models import Person
from console.people.rules import Permission
from console.people.views.common import advise, bp
from console.policy.queries import current
from console.web import guard, logins
from console.web.faults import show_faults


@bp.get("/me")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def me() -> ResponseReturnValue:
    return _page()


@bp.post("/me")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def change_details() -> ResponseReturnValue:
    form = OwnDetailsForm()
    try:
        with unit_of_work() as session:
            operations.change_own_details(
                session,
                _self(session),
                clock.now(),
                name=form.name.data or "",
                phone=form.phone.data or "",
                language=form.language.data or "",
            )
    except BadInput as error:
        show_faults(form, error)
        return _page(details=form), 422
    flash(_("Dina uppgifter är sparade."))
    return redirect(url_for("people.me"), 303)


@bp.post("/me/password")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def change_password() -> ResponseReturnValue:
    form = OwnPasswordForm()
    if not form.validate():
        return _page(password=form), 422
    try:
        with unit_of_work() as session:
            person, new = _self(session), form.password.data or ""
            operations.change_own_password(
                session,
                person,
                clock.now(),
                old=form.old_password.data or "",
                new=new,
                keep_token=logins.token(),
            )
            advise(session, person, new)
    except BadInput as error:
        show_faults(form, error, {"old": "old_password"})
        return _page(password=form), 422
    flash(_("Lösenordet är bytt. Andra sessioner är avslutade."))
    return redirect(url_for("people.me"), 303)


@bp.post("/me/sessions/end")
@guard.needs(Permission.CHANGE_OWN_LOGIN)
def log_out_everywhere() -> ResponseReturnValue:
    with unit_of_work() as session:
        person = _self(session)
        login.log_out_everywhere(session, person, clock.now(), person)
    flash(_("Du är utloggad överallt."))
    response = redirect(url_for("people.login_page"), 303)
    logins.drop_cookie(response)
    return response


def _self(session: Session) -> Person:
    return queries.get(session, g.person.id)


def _page(*, details: OwnDetailsForm | None = None, password: OwnPasswordForm | None = None) -> str:
    now = clock.now()
    with unit_of_work() as session:
        person = _self(session)
        return render_template(
            "people/me.html",
            me=person,
            details=details or OwnDetailsForm(formdata=None, obj=person),
            password=password or OwnPasswordForm(formdata=None),
            addresses=own_addresses.of(session, person.id),
            sessions=queries.sessions_of(session, person, now),
            profile=current(session),
            second_factor=second_factor.has(session, person.id),
        )
