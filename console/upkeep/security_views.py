"""Phishing attempts and added apps on an account's own page of them (5-a)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from console import clock
from console.accounts import coverage
from console.accounts import queries as accounts
from console.accounts.rules import platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, WrongState
from console.people.rules import Permission
from console.upkeep import forms, operations, queries, rules, security
from console.web.faults import shown_again
from console.web.guard import needs

bp = Blueprint("security", __name__)

Answer = Response | str | tuple[str, int]


@bp.get("/accounts/<int:account_id>/security")
@needs(Permission.LOOK_AFTER)
def index(account_id: int) -> Answer:
    with unit_of_work() as session:
        today = coverage.today(clock.now())
        return _list_page(session, account_id, forms.ReportForm(formdata=None, happened_on=today))


@bp.post("/accounts/<int:account_id>/security")
@needs(Permission.LOOK_AFTER)
def report(account_id: int) -> Answer:
    form = forms.ReportForm()
    try:
        with unit_of_work() as session:
            security.report(
                session,
                g.person,
                account_id,
                clock.now(),
                trouble=form.trouble.data or "",
                what=form.what.data or "",
                happened_on=form.happened_on.data,
                done=form.done.data or "",
            )
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _list_page(session, account_id, form))
    flash(_("Antecknat."))
    return redirect(url_for("security.index", account_id=account_id))


@bp.get("/security/<int:report_id>")
@needs(Permission.LOOK_AFTER)
def show(report_id: int) -> Answer:
    with unit_of_work() as session:
        return _page(session, report_id, forms.SettleForm(formdata=None))


@bp.post("/security/<int:report_id>")
@needs(Permission.LOOK_AFTER)
def settle(report_id: int) -> Answer:
    form = forms.SettleForm()
    try:
        with unit_of_work() as session:
            row = security.settle(session, g.person, report_id, form.done.data or "", clock.now())
            account_id = row.account_id
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("security.show", report_id=report_id))
    except ConsoleError as error:
        return shown_again(form, error, lambda session: _page(session, report_id, form))
    flash(_("Antecknat."))
    return redirect(url_for("security.index", account_id=account_id))


def _list_page(session: Session, account_id: int, form: forms.ReportForm) -> str:
    account = accounts.account(session, account_id)
    operations.need_keeper(session, g.person, account)
    return render_template(
        "upkeep/security.html",
        account=account,
        platform=platform_name(account.platform),
        rows=queries.reports(session, account_id),
        labels=rules.TROUBLE_LABELS,
        form=form,
        in_use=account.state in rules.IN_USE,
    )


def _page(session: Session, report_id: int, form: forms.SettleForm) -> str:
    row = security.get(session, report_id)
    operations.need_keeper(session, g.person, row.account)
    return render_template(
        "upkeep/report.html",
        row=row,
        account=row.account,
        platform=platform_name(row.account.platform),
        label=rules.TROUBLE_LABELS[rules.Trouble(row.trouble)],
        form=form,
    )
