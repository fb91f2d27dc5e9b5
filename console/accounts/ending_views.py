"""The page where an ended account's report is handed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from console import clock
from console.accounts import ending_operations, plan_queries
from console.db import unit_of_work
from console.errors import ConsoleError
from console.people.rules import Permission
from console.web.faults import show_faults
from console.web.guard import current_person, needs

bp = Blueprint("endings", __name__)


class ReportForm(FlaskForm):
    snapshot = StringField(_l("Var finns den sista skärmdumpen?"))
    report = TextAreaField(_l("Slutrapport"))


@bp.get("/accounts/<int:account_id>/end/report")
@needs(Permission.WRITE_PLAN)
def report_page(account_id: int) -> str:
    return _page(account_id, ReportForm())


@bp.post("/accounts/<int:account_id>/end/report")
@needs(Permission.WRITE_PLAN)
def hand_in(account_id: int) -> Response | tuple[str, int]:
    form = ReportForm()
    try:
        with unit_of_work() as session:
            ending_operations.hand_in_report(
                session,
                current_person(),
                account_id,
                clock.now(),
                snapshot=form.snapshot.data or "",
                report=form.report.data or "",
            )
    except ConsoleError as error:
        show_faults(form, error)
        return _page(account_id, form), error.status
    flash(_("Slutrapporten är lämnad."))
    return redirect(url_for("plans.show", account_id=account_id))


def _page(account_id: int, form: ReportForm) -> str:
    with unit_of_work() as session:
        plan = plan_queries.plan(session, account_id)
        return render_template("accounts/ending_report.html", plan=plan, form=form)
