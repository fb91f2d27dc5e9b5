"""How the platforms know this installation: one page for the system administrator."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from channels.connecting import APPS
from console import clock
from console.accounts import apps
from console.accounts.connecting_views import back_address
from console.db import unit_of_work
from console.errors import ConsoleError
from console.people.rules import Permission
from console.web.faults import show_faults
from console.web.guard import needs

bp = Blueprint("apps", __name__)


class AppForm(FlaskForm):
    client_id = StringField(_l("Appens id"))
    secret_app = PasswordField(_l("Appens hemlighet"))


@bp.get("/platform-apps")
@needs(Permission.KEEP_APPS)
def index() -> str:
    return _page()


@bp.post("/platform-apps/<key>")
@needs(Permission.KEEP_APPS)
def enter(key: str) -> ResponseReturnValue:
    form = AppForm(prefix=key)
    try:
        with unit_of_work() as session:
            apps.enter(
                session,
                g.person,
                key,
                form.client_id.data or "",
                form.secret_app.data or "",
                clock.now(),
            )
    except ConsoleError as error:
        if key not in APPS:
            raise
        show_faults(form, error)
        return _page(key, form), error.status
    flash(_("Sparat."), "done")
    return redirect(url_for("apps.index"), 303)


def _page(key: str = "", form: AppForm | None = None) -> str:
    """
    Args:
        key: of the app that `form` was filled in for.
    """
    with unit_of_work() as session:
        found = apps.listed(session)
    rows = []
    for one in found:
        filled = form if one.key == key and form is not None else None
        stored = {"client_id": one.client_id}
        shown = filled or AppForm(None, prefix=one.key, data=stored)
        rows.append((one, shown, back_address(one.key)))
    https = all(address.startswith("https:") for _one, _form, address in rows)
    return render_template("accounts/apps.html", rows=rows, failed=form, https=https)
