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
    with unit_of_work() as session:
        queries.link_of(session, token, clock.now(), LinkPurpose.FIRST_ADMINISTRATOR)
        profile = current(session)
    return render_template("people/first.html", form=FirstAdminForm(), token=token, profile=profile)


@bp.post("/first/<token>")
@guard.public("nobody can log in yet; the link's secret decides")
def make_first(token: str) -> ResponseReturnValue:
    form = FirstAdminForm()
    password = form.password.data or ""
    if not form.validate():
        return _page("people/first.html", form, token)
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
        return _page("people/first.html", form, token)
    flash(_("Du är systemadministratör. Logga in."))
    return redirect(url_for("people.login_page"), 303)


@bp.get("/link/<token>")
@guard.public("whoever follows it can't log in yet; the link's secret decides")
def link(token: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        queries.link_of(session, token, clock.now())
        profile = current(session)
    return render_template("people/link.html", form=PasswordForm(), token=token, profile=profile)


@bp.post("/link/<token>")
@guard.public("whoever follows it can't log in yet; the link's secret decides")
def use_link(token: str) -> ResponseReturnValue:
    form = PasswordForm()
    password = form.password.data or ""
    if not form.validate():
        return _page("people/link.html", form, token)
    try:
        with unit_of_work() as session:
            person = operations.use_link(session, clock.now(), token, password)
            advise(session, person, password)
    except BadInput as error:
        show_faults(form, error)
        return _page("people/link.html", form, token)
    flash(_("Lösenordet är sparat. Logga in."))
    return redirect(url_for("people.login_page"), 303)


def _page(template: str, form: PasswordForm, token: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        profile = current(session)
    return render_template(template, form=form, token=token, profile=profile), 422
