"""Live use (skarp drift): what must hold before it, and the press that begins it."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.people.rules import Permission
from console.policy import operations, queries
from console.web import guard

bp = Blueprint("live_use", __name__)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@bp.get("/live-use")
@guard.needs(Permission.GO_LIVE)
def show() -> ResponseReturnValue:
    with unit_of_work() as session:
        missing = [
            str(one.missing) for one in operations.missing_for_live_use(session, _settings())
        ]
        return render_template(
            "web/live_use.html", on=queries.live_use_is_on(session), missing=missing
        )


@bp.post("/live-use")
@guard.needs(Permission.GO_LIVE)
def begin() -> ResponseReturnValue:
    with unit_of_work() as session:
        operations.go_live(session, guard.current_person(), clock.now(), _settings())
    flash(_("Skarp drift är på. Nu går det att öppna en händelse på riktigt."), "done")
    return redirect(url_for("live_use.show"))
