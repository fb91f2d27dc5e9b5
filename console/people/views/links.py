"""One-time links: the first administrator, an invitation, a new password."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console import clock
from console.db import unit_of_work
from console.errors import BadInput
from console.people import operations, queries
from console.people.forms import FirstAdminForm, PasswordForm
from console.people.rules import LinkPurpose
from console.people.views.common import advise, bp
from console.policy.queries import current
from console.web import guard
from console.web.faults import show_faults


@bp.get("/first/<token>")
@guard.public("nobody can log in yet; the link's secret decides")
def first(token: str) -> ResponseReturnValue:
    return _first_page(FirstAdminForm(), token)


@bp.post("/first/<token>")
@guard.public("nobody can log in yet; the link's secret decides")
def make_first(token: str) -> ResponseReturnValue:
    form = FirstAdminForm()
    password = form.password.data or ""
    if not form.validate():
        return _first_page(form, token), 422
    try:
        with unit_of_work() as session:
            person = operations.create_first_admin(
                session,
                clock.now(),
                token,
                name=form.name.data or "",
                email=form.email.data or "",
                password=password,
            )
            advise(session, person, password)
    except BadInput as error:
        show_faults(form, error)
        return _first_page(form, token), 422
    flash(_("Du är systemadministratör. Logga in."))
    return redirect(url_for("people.login_page"), 303)


@bp.get("/link/<token>")
@guard.public("whoever follows it can't log in yet; the link's secret decides")
def link(token: str) -> ResponseReturnValue:
    return _link_page(PasswordForm(), token)


@bp.post("/link/<token>")
@guard.public("whoever follows it can't log in yet; the link's secret decides")
def use_link(token: str) -> ResponseReturnValue:
    form = PasswordForm()
    password = form.password.data or ""
    if not form.validate():
        return _link_page(form, token), 422
    try:
        with unit_of_work() as session:
            person = operations.use_link(session, clock.now(), token, password)
            advise(session, person, password)
    except BadInput as error:
        show_faults(form, error)
        return _link_page(form, token), 422
    flash(_("Lösenordet är sparat. Logga in."))
    return redirect(url_for("people.login_page"), 303)


def _first_page(form: FirstAdminForm, token: str) -> str:
    with unit_of_work() as session:
        queries.link_of(session, token, clock.now(), LinkPurpose.FIRST_ADMINISTRATOR)
        profile = current(session)
    return render_template("people/first.html", form=form, token=token, profile=profile)


def _link_page(form: PasswordForm, token: str) -> str:
    with unit_of_work() as session:
        found = queries.link_of(session, token, clock.now())
        person = queries.get(session, found.person_id or 0)
        profile = current(session)
    return render_template(
        "people/link.html", form=form, token=token, profile=profile, email=person.email
    )
