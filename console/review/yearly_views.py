"""*Årsrapporter*: the list, and one report to write, send and judge (4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from console import clock, listing
from console.accounts.coverage import today
from console.accounts.models import Account
from console.accounts.rules import IN_USE, platform_name
from console.db import unit_of_work
from console.errors import BadInput, ConsoleError, Faults, Stale, WrongState
from console.incidents.views.common import mail_is_set_up
from console.people.rules import Permission
from console.review import yearly_forms as forms
from console.review import yearly_operations as operations
from console.review import yearly_pdf, yearly_shown
from console.review import yearly_queries as queries
from console.review import yearly_rules as rules
from console.review.yearly_models import YearlyReport
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("yearly_reports", __name__)

Answer = Response | str | tuple[str, int]
MARKS = {"open": "by_hand", "late": "refused", "sent": "waiting", "evaluated": "approved"}


@bp.app_template_global("reports_of")
def reports_of(account: Account) -> Sequence[YearlyReport]:
    """For the account's own page, in the unit of work that it is drawn in."""
    session = object_session(account)
    if session is None:
        raise RuntimeError("the account's page is drawn inside its unit of work")
    return queries.of_account(session, g.person, account.id)


@bp.app_template_global("may_write_report")
def may_write_report(account: Account) -> bool:
    """May this reader begin the account's report?"""
    session = object_session(account)
    return (
        session is not None
        and account.state in IN_USE
        and queries.may_write(session, g.person, account.id)
    )


@bp.app_template_global("report_state")
def report_state(row: YearlyReport) -> tuple[str, str]:
    """(mark, words) of where a report is."""
    state = rules.state_of(row.sent_at, row.evaluated_at)
    if state is rules.State.OPEN and row.due_on < today(clock.now()):
        return MARKS[rules.LATE], _("Försenad")
    if row.evaluated_at is not None:
        step = str(rules.STEP_LABELS[rules.Step(row.step)])
        return MARKS[state], f"{rules.STATE_LABELS[state]}: {step[:1].lower()}{step[1:]}"
    return MARKS[state], str(rules.STATE_LABELS[state])


@bp.get("/reports")
@needs(Permission.VIEW_REPORTS)
def index() -> str:
    """Every report that the reader may see, narrowed by year and state."""
    form = forms.NarrowForm(request.args)
    with unit_of_work() as session:
        form.offer(queries.years(session, g.person))
        sieve = queries.Sieve(forms.year(form.year.data), form.state.data or "")
        page = listing.number(request.args.get("page"))
        return render_template(
            "review/yearly_list.html",
            form=form,
            found=queries.page_of(session, g.person, sieve, page, today(clock.now())),
            everybody=rules.reads_all(g.person.roles),
            page_url=page_url(),
            platform_name=platform_name,
        )


@bp.post("/accounts/<int:account_id>/reports")
@needs(Permission.WRITE_REPORT)
def begin(account_id: int) -> Answer:
    try:
        with unit_of_work() as session:
            report_id = operations.begin(session, g.person, account_id, clock.now()).id
    except WrongState as error:
        flash(error.message, "error")
        return redirect(url_for("accounts.show", account_id=account_id))
    return _to(report_id)


@bp.get("/reports/<int:report_id>")
@needs(Permission.VIEW_REPORTS)
def show(report_id: int) -> str:
    with unit_of_work() as session:
        return _page(session, report_id)


@bp.post("/reports/<int:report_id>")
@needs(Permission.WRITE_REPORT)
def save(report_id: int) -> Answer:
    form = forms.WriteForm()
    try:
        with unit_of_work() as session:
            operations.save(
                session, g.person, report_id, clock.now(),
                story=form.story.data or "", followers=form.number(), seen=form.saved.data or "",
            )  # fmt: skip
    except Stale as error:
        return shown_again(
            form, error, lambda session: _page(session, report_id, form, overtaken=True)
        )
    except ConsoleError as error:
        return _refused(report_id, form, error)
    flash(_("Sparat. Rapporten är inte skickad än."), "done")
    return _to(report_id, "skicka")


@bp.post("/reports/<int:report_id>/send")
@needs(Permission.WRITE_REPORT)
def send(report_id: int) -> Answer:
    form = forms.SendForm()
    try:
        with unit_of_work() as session:
            operations.send(
                session, g.person, report_id, (form.seen.data or "")[:64], clock.now(),
                mail=mail_is_set_up(),
            )  # fmt: skip
    except BadInput as error:
        with unit_of_work() as session:
            row = queries.report(session, g.person, report_id)
            write = forms.WriteForm(formdata=None, data=_written(row))
        return _refused(report_id, write, error)
    except ConsoleError as error:
        return _refused(report_id, form, error)
    flash(_("Rapporten är skickad. Siffrorna är låsta."), "done")
    return _to(report_id)


@bp.post("/reports/<int:report_id>/evaluation")
@needs(Permission.EVALUATE_REPORT)
def evaluate(report_id: int) -> Answer:
    form = forms.EvaluateForm()
    try:
        with unit_of_work() as session:
            operations.evaluate(
                session, g.person, report_id, clock.now(), goal=form.goal.data or "",
                step=form.step.data or "", reason=form.reason.data or "", mail=mail_is_set_up(),
            )  # fmt: skip
    except ConsoleError as error:
        return _refused(report_id, form, error)
    flash(_("Rapporten är utvärderad. Kontots administratörer får veta."), "done")
    return _to(report_id)


@bp.get("/reports/<int:report_id>/pdf")
@needs(Permission.VIEW_REPORTS)
def pdf(report_id: int) -> Answer:
    """The report as it was sent, to keep (PDF/A)."""
    with unit_of_work() as session:
        row = queries.report(session, g.person, report_id)
        if row.content is None:
            flash(_("Rapporten är inte skickad än."))
            return _to(report_id)
        made = yearly_pdf.pdf(session, row)
        name = f"arsrapport-{row.account_id}-{row.year}.pdf"
    return send_file(
        BytesIO(made), mimetype="application/pdf", as_attachment=True, download_name=name
    )


def _to(report_id: int, part: str = "") -> Response:
    return redirect(url_for("yearly_reports.show", report_id=report_id, _anchor=part or None))


def _refused(report_id: int, form: FlaskForm, error: ConsoleError) -> Answer:
    """The page again with the fault beside its field; or, where that has changed, as it is now."""
    if isinstance(error, BadInput | Faults):
        return shown_again(form, error, lambda session: _page(session, report_id, form))
    if error.status == WrongState.status:
        flash(error.message, "error")
        return _to(report_id)
    raise error


def _written(row: YearlyReport) -> dict[str, Any]:
    followers = "" if row.followers is None else str(row.followers)
    return {"story": row.story, "followers": followers, "saved": rules.mark_of(row.saved_at)}


def _page(
    session: Session, report_id: int, faulty: FlaskForm | None = None, *, overtaken: bool = False
) -> str:
    """
    Args:
        overtaken: what somebody else has saved stands beside what was typed, and saving that once
            more takes its place.
    """
    row = queries.report(session, g.person, report_id)
    content = queries.content(session, row)
    writes = (
        row.sent_at is None
        and row.account.state in IN_USE
        and queries.may_write(session, g.person, row.account_id)
    )
    write, judge = faulty, faulty
    if not isinstance(write, forms.WriteForm):
        write = forms.WriteForm(formdata=None, data=_written(row))
    if overtaken:
        write.saved.data = rules.mark_of(row.saved_at)
    if not isinstance(judge, forms.EvaluateForm):
        judge = forms.EvaluateForm(formdata=None)
    send = forms.SendForm(formdata=None)
    send.seen.data = rules.digest(content)
    return render_template(
        "review/yearly.html",
        report=row,
        content=content,
        tiles=yearly_shown.tiles(content),
        chart=yearly_shown.chart(content),
        period=yearly_shown.period(content),
        platform=platform_name(row.account.platform),
        write=write,
        send=send,
        judge=judge,
        faulty=faulty,
        overtaken=overtaken,
        writes=writes,
        known=queries.known_followers(session, row.account),
        receivers=queries.receivers(session, row.account_id) if writes else (),
        deliveries=queries.deliveries(session, row.id) if row.sent_at else (),
        may_evaluate=row.sent_at is not None
        and row.evaluated_at is None
        and queries.may_evaluate(session, g.person, row),
        in_use=row.account.state in IN_USE,
        goals=rules.GOAL_LABELS,
        steps=rules.STEP_LABELS,
        story_most=rules.STORY,
        reason_most=rules.REASON,
    )
