"""What the ticker does about yearly reports: opens them on the year's day, and reminds (4.3-a).

Any number of tickers may call it: one at a time opens and asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from console import live, phrases
from console.accounts import telling
from console.accounts.coverage import today
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import IN_USE
from console.monitoring.check_rules import starts
from console.people.models import Person
from console.policy.queries import current
from console.policy.rules import is_quiet
from console.review import yearly_operations as operations
from console.review import yearly_queries as queries
from console.review import yearly_rules as rules
from console.review.yearly_models import YearlyReport
from console.review.yearly_rules import Stage

AT_ONCE = 50
"""Reports opened, or people told, in one transaction."""
LIST = "/reports?state=open"
_LOCK = 7236481


def open_due(session: Session, now: datetime) -> int:
    """Open the year's report of each account in use that was there when the window opened. Before
    the window and after it nothing is opened: nobody can have been asked.

    A day that the rules have moved since moves with them, for what isn't sent.

    Returns how many were opened.
    """
    day = today(now)
    window = rules.window(current(session).report_months, day.year)
    if not window.first <= day <= window.last:
        return 0
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return 0
    moved = session.execute(
        update(YearlyReport)
        .where(
            YearlyReport.year == day.year,
            YearlyReport.sent_at.is_(None),
            YearlyReport.due_on != window.last,
        )
        .values(due_on=window.last)
        .returning(YearlyReport.id)
    ).all()
    if moved:
        live.announce(session, live.CALM)
    lacking = queries.without_this_year(starts(window.first), day.year).limit(AT_ONCE)
    opened = session.scalars(lacking).all()
    for account in opened:
        operations.open_report(session, None, account, now)
    return len(opened)


def remind(session: Session, now: datetime, *, mail: bool) -> int:
    """Tell the administrators of accounts whose report isn't sent: when it opens, a month and a
    week before its day, and when that has passed. Each person once for a year and a stage, of all
    their accounts together; never in the profile's quiet hours.

    Returns how many were told.
    """
    if is_quiet(current(session), now):
        return 0
    day = today(now)
    waiting = session.execute(
        select(YearlyReport.year, YearlyReport.due_on)
        .where(YearlyReport.sent_at.is_(None))
        .group_by(YearlyReport.year, YearlyReport.due_on)
        .order_by(YearlyReport.year, YearlyReport.due_on)
    ).all()
    if not waiting or not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return 0
    told = 0
    for year, due_on in waiting:
        stage = rules.stage(due_on, day)
        about = f"reports {year} {due_on.isoformat()} {stage.name.lower()}"
        told += _tell(session, year, due_on, stage, about, now, mail=mail)
    return told


def _tell(
    session: Session, year: int, due_on: date, stage: Stage, about: str, now: datetime,
    *, mail: bool,
) -> int:  # fmt: skip
    known = exists().where(AccountNotice.about == about, AccountNotice.person_id == Person.id)
    rows = session.execute(
        select(Person, YearlyReport)
        .join(AccountAdministrator, AccountAdministrator.person_id == Person.id)
        .join(YearlyReport, YearlyReport.account_id == AccountAdministrator.account_id)
        .join(Account, Account.id == YearlyReport.account_id)
        .where(
            Person.active,
            Account.state.in_(IN_USE),
            YearlyReport.year == year,
            YearlyReport.due_on == due_on,
            YearlyReport.sent_at.is_(None),
            ~known,
        )
        .order_by(Person.id, Account.position, YearlyReport.id)
    )
    theirs: dict[int, tuple[Person, list[YearlyReport]]] = {}
    for person, row in rows:
        theirs.setdefault(person.id, (person, []))[1].append(row)
    for person, mine in list(theirs.values())[:AT_ONCE]:
        subject, text = _words(mine, due_on, stage)
        telling.tell(
            session, mine[0].account if len(mine) == 1 else None, about, [person], now,
            subject=subject, text=text,
            path=operations.path_of(mine[0]) if len(mine) == 1 else LIST,
            mail=mail, actor_id=None,
        )  # fmt: skip
    return min(len(theirs), AT_ONCE)


def _words(mine: Sequence[YearlyReport], due_on: date, stage: Stage) -> tuple[str, str]:
    subject = f"Skriv årsrapporten för {mine[0].account.name}"
    if len(mine) > 1:
        subject = f"Skriv årsrapporten för {len(mine)} konton"
    day = phrases.day(due_on)
    if stage is Stage.LATE:
        return subject, f"Rapporten skulle ha skickats senast {day}. Skicka den nu."
    return subject, f"Rapporten ska vara skickad senast {day}."
