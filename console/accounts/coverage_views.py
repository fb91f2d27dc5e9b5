"""The calendar of coverage: which accounts nobody looks after, and when, before it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import clock, listing
from console.accounts import absences, coverage, queries
from console.accounts.absence_models import Absence
from console.accounts.coverage_rules import Span, Week, days_in, weeks_from
from console.accounts.forms import FindForm
from console.accounts.models import Account
from console.accounts.rules import State, platform_name
from console.db import unit_of_work
from console.people.rules import Permission
from console.web.guard import needs
from console.web.paging import page_url

bp = Blueprint("coverage", __name__)

WEEKS = 13
"""A quarter at a time: as many as stand beside each other on a telephone."""
FURTHEST = timedelta(days=3 * 366)
CHOICES = ("uncovered", "mine", "all")


@dataclass(frozen=True)
class AwayRow:
    """One absence of an administrator, beside the account it is about."""

    name: str
    days: str
    substitute: str
    """Empty: nobody yet."""
    url: str
    """Where it is changed; empty: not this reader's to change."""


@dataclass(frozen=True)
class CoverageRow:
    account_id: int
    name: str
    platform: str
    uncovered: tuple[str, ...]
    """Days in words."""
    weeks: tuple[int, ...]
    """Uncovered days of each week shown."""
    away: tuple[AwayRow, ...]
    manned: bool
    """It has an administrator at all."""


@bp.get("/coverage")
@needs(Permission.VIEW_COVERAGE)
def show() -> str:
    today = coverage.today(clock.now())
    start = _start(today)
    weeks = weeks_from(start, WEEKS)
    # Days that have been are no longer anybody's to mend.
    window = Span(max(today, weeks[0].monday), weeks[-1].span.last)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in CHOICES else CHOICES[0]
    form = FindForm(request.args)
    with unit_of_work() as session:
        mine = g.person.id if chosen == "mine" else None
        facts = coverage.read(session, window, person=mine, gaps=True)
        uncovered = coverage.all_uncovered(facts, window)
        sieve = queries.Sieve(
            words=(form.words.data or "")[:200],
            order=form.order.data or "",
            state=State.ACTIVE,
            person=mine or 0,
        )
        page = listing.number(request.args.get("page"))
        among = list(uncovered) if chosen == "uncovered" else None
        found = queries.bare_page_of(session, sieve, page, among)
        return render_template(
            "absences/coverage.html",
            form=form,
            weeks=[(week.number, _("v %(week)s: bemannat", week=week.number)) for week in weeks],
            days=coverage.days_text(window),
            rows=_rows(session, window, weeks, found.rows),
            found=found,
            uncovered=len(uncovered),
            chosen=chosen,
            choices={
                "uncovered": _("Obemannade"),
                "mine": _("Mina konton"),
                "all": _("Alla konton"),
            },
            start=start.isoformat(),
            later=(start + timedelta(weeks=WEEKS)).isoformat(),
            earlier=_earlier(start, today),
            kept={"words": sieve.words or None, "order": sieve.order or None},
            page_url=page_url(),
        )


def _start(today: date) -> date:
    """?start=, a day in the first week shown; what can't be read or shown is today."""
    try:
        start = date.fromisoformat(request.args.get("start", ""))
    except ValueError:
        return today
    return start if today <= start <= today + FURTHEST else today


def _earlier(start: date, today: date) -> str:
    """Where the weeks before begin; empty: there are none to show."""
    if start <= today:
        return ""
    return max(today, start - timedelta(weeks=WEEKS)).isoformat()


def _rows(
    session: Session, window: Span, weeks: tuple[Week, ...], accounts: list[Account]
) -> list[CoverageRow]:
    if not accounts:
        return []
    facts = coverage.read(session, window, accounts=[account.id for account in accounts])
    people = {person for some in facts.administrators.values() for person in some}
    away = coverage.absences_between(session, window, people)
    rows = []
    for account in accounts:
        administrators = facts.administrators[account.id]
        spans = facts.uncovered(account.id, window)
        rows.append(
            CoverageRow(
                account_id=account.id,
                name=account.name,
                platform=platform_name(account.platform),
                uncovered=tuple(coverage.days_text(one) for one in spans),
                weeks=tuple(days_in(spans, week) for week in weeks),
                away=tuple(
                    _away(account, one) for person in administrators for one in away.get(person, ())
                ),
                manned=bool(administrators),
            )
        )
    return rows


def _away(account: Account, absence: Absence) -> AwayRow:
    here = {row.account_id: row.substitute for row in absence.by_account}
    substitute = here.get(account.id, absence.substitute)
    mine = absences.may_record_for(g.person, absence.person_id)
    return AwayRow(
        name=absence.person.name,
        days=coverage.days_text(Span(absence.first_day, absence.last_day)),
        substitute=substitute.name if substitute is not None else "",
        url=url_for("absences.show", absence_id=absence.id) if mine else "",
    )
