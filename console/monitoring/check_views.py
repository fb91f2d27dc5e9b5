"""*Bevakning*: the accounts to look at, in one press each, and the proof for one account (4-f)."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from console import clock, listing, phrases
from console.accounts import coverage
from console.accounts import queries as accounts
from console.accounts.coverage_rules import Span
from console.accounts.models import Account
from console.accounts.rules import IN_USE, platform_name
from console.db import unit_of_work
from console.errors import ConsoleError, NotAllowed, NotFound
from console.monitoring import check_forms, check_operations, check_queries, check_rules
from console.monitoring.check_queries import Watched
from console.people.rules import Permission, may
from console.policy.queries import current
from console.web.faults import shown_again
from console.web.guard import needs
from console.web.language import shown
from console.web.paging import page_url

bp = Blueprint("checks", __name__)

Answer = Response | str | tuple[str, int]
PROOF_DAYS = 91
"""What the proof shows if no days are chosen: about a quarter."""


@bp.app_template_global("watch_of")
def watch_of(account: Account) -> Watched | None:
    """For the account's own page, in the unit of work that it is drawn in."""
    session = object_session(account)
    if session is None:
        raise RuntimeError("the account's page is drawn inside its unit of work")
    return check_queries.this_week(session, account.id, clock.now())


@bp.app_template_global("may_check")
def may_check(account: Account) -> bool:
    """May this reader press *Kontrollerat nu* for it?"""
    session = object_session(account)
    return session is not None and check_queries.may_check(
        session, g.person, account.id, clock.now()
    )


@bp.app_template_global("may_view_checks")
def may_view_checks() -> bool:
    return may(g.person.roles, Permission.VIEW_CHECKS)


@bp.app_template_global("how_often")
def how_often(one: Watched) -> str:
    """1 av 2 gånger den här veckan, in words."""
    made, asked = one.progress.made, one.progress.asked
    if one.asked.period == check_rules.WORKDAY:
        return _("%(made)s av %(asked)s arbetsdagar den här veckan", made=made, asked=asked)
    return _("%(made)s av %(asked)s gånger den här veckan", made=made, asked=asked)


@bp.get("/checks")
@needs(Permission.VIEW_CHECKS)
def index() -> str:
    """One's own accounts; with `show=all` everybody's."""
    now = clock.now()
    form = check_forms.FindForm(request.args)
    with unit_of_work() as session:
        everybody = request.args.get("show") == "all" or not _has_own(session)
        if everybody:
            page = listing.number(request.args.get("page"))
            words = (form.words.data or "")[:200]
            part = check_queries.everything(session, words, page, now)
        else:
            part = listing.slice_of(check_queries.mine(session, g.person, now), 1, 10_000)
        return render_template(
            "checks/list.html",
            form=form,
            found=part,
            everybody=everybody,
            has_own=not everybody or _has_own(session),
            may_check_all=any(role in g.person.roles for role in check_queries.LOOKS_AT_ALL),
            page_url=page_url(),
            platform_name=platform_name,
            rules=current(session),
        )


@bp.post("/accounts/<int:account_id>/checks")
@needs(Permission.CHECK_ACCOUNT)
def check(account_id: int) -> Answer:
    """*Kontrollerat nu*, in one press from a list; with a note from the account's own page."""
    form = check_forms.CheckForm()
    note = form.note.data or ""
    try:
        with unit_of_work() as session:
            look, new = check_operations.check_account(
                session, g.person, account_id, note, clock.now()
            )
    except (NotFound, NotAllowed):
        raise
    except ConsoleError as error:
        if "note" not in request.form:
            flash(error.message, "error")
            return _back(account_id)
        return shown_again(form, error, lambda session: _page(session, account_id, form))
    if new:
        flash(_("Antecknat: kontrollerat kl %(t)s.", t=phrases.clock(look.at)), "done")
    else:
        flash(_("Redan antecknat kl %(t)s.", t=phrases.clock(look.at)))
    return _back(account_id)


@bp.get("/accounts/<int:account_id>/checks")
@needs(Permission.VIEW_CHECKS)
def account(account_id: int) -> Answer:
    with unit_of_work() as session:
        return _page(session, account_id, check_forms.CheckForm(formdata=None))


def _back(account_id: int) -> Response:
    """To where it was pressed."""
    match request.form.get("back"):
        case "list":
            return redirect(url_for("checks.index") + f"#account-{account_id}")
        case "all":
            return redirect(url_for("checks.index", show="all") + f"#account-{account_id}")
        case "card":
            return redirect(url_for("accounts.show", account_id=account_id) + "#bevakning")
    return redirect(url_for("checks.account", account_id=account_id))


def _has_own(session: Session) -> bool:
    return bool(check_queries.mine(session, g.person, clock.now()))


def _page(session: Session, account_id: int, form: check_forms.CheckForm) -> str:
    now = clock.now()
    one = accounts.account(session, account_id)
    dates = check_forms.PeriodForm(request.args)
    period = _period(dates, coverage.today(now))
    facts = coverage.read(session, period, accounts=[one.id])
    uncovered = facts.uncovered(one.id, period) if facts.administrators[one.id] else []
    return render_template(
        "checks/account.html",
        account=one,
        platform=platform_name(one.platform),
        form=form,
        dates=dates,
        period=period,
        days=coverage.days_text(period),
        this_week=check_queries.this_week(session, one.id, now),
        weeks=[
            (
                week,
                phrases.week(check_rules.starts(week.monday), shown()),
                coverage.days_text(Span(week.monday, week.monday + timedelta(days=6))),
            )
            for week in check_queries.weeks(session, one.id, period)
        ],
        week_labels=check_rules.WEEK_LABELS,
        found=check_queries.looks(
            session, one.id, period, listing.number(request.args.get("page"))
        ),
        how_labels=check_rules.HOW_LABELS,
        uncovered=[coverage.days_text(span) for span in uncovered],
        may_check=one.state in IN_USE and check_queries.may_check(session, g.person, one.id, now),
        page_url=page_url(),
    )


def _period(form: check_forms.PeriodForm, today: date) -> Span:
    """The days chosen; what is left out, or can't be read, is the last quarter. Never backwards,
    never more than ten years."""
    last = form.last.data or today
    first = form.first.data or last - timedelta(days=PROOF_DAYS - 1)
    if first > last:
        first, last = last, first
    return Span(max(first, last - timedelta(days=3660)), last)
