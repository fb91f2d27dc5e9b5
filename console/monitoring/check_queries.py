"""Which accounts somebody should look at, and who has. A fixed number of queries, however many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, func, select, union
from sqlalchemy.orm import Session

from console import listing
from console.accounts import charge, coverage
from console.accounts.absence_models import Absence
from console.accounts.coverage_rules import Span
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State
from console.listing import Part
from console.monitoring import check_rules
from console.monitoring.check_models import AccountCheck, CheckWeek
from console.monitoring.check_rules import Asked, Progress, WeekState
from console.people.models import Person
from console.people.rules import Permission, Role, may

LOOKS_AT_ALL = (Role.STRATEGY, Role.INFORMATION_UNIT)
"""Roles that may look at accounts they don't administer."""


@dataclass(frozen=True)
class Watched:
    """An account and how this week goes."""

    account: Row[Any]
    """.id, .name, .short_name, .platform, .address"""
    asked: Asked
    progress: Progress
    last_week_missed: bool
    last: datetime | None
    """The latest look of the present week."""


def ids_of(person_id: int, today: date) -> CompoundSelect[Any]:
    """Ids of the accounts that a person looks after today: administers, or stands in on."""
    own = select(AccountAdministrator.account_id).where(AccountAdministrator.person_id == person_id)
    stands = charge.substitutes(today)
    covered = select(stands.c.account_id).where(stands.c.person_id == person_id)
    return union(own, covered)


def may_check(session: Session, person: Person, account_id: int, now: datetime) -> bool:
    """May the person say that they have looked at this account?"""
    if not may(person.roles, Permission.CHECK_ACCOUNT):
        return False
    if any(role in person.roles for role in LOOKS_AT_ALL):
        return True
    mine = ids_of(person.id, coverage.today(now)).subquery()
    return bool(
        session.scalar(select(func.count()).select_from(mine).where(mine.c[0] == account_id))
    )


def is_away(session: Session, person_id: int, today: date) -> bool:
    query = select(func.count()).where(Absence.person_id == person_id, coverage.on(today))
    return bool(session.scalar(query))


def mine(session: Session, person: Person, now: datetime) -> list[Watched]:
    """The accounts in use that a person looks after today, in board order."""
    among = ids_of(person.id, coverage.today(now)).subquery()
    return _watched(session, select(among.c[0]), now)


def everything(session: Session, words: str, page: int, now: datetime) -> Part[Watched]:
    """Every account that is asked something this week, those that lack most looks first."""
    query = select(Account.id)
    for word in listing.fold(words).split():
        query = query.where(Account.searched.contains(word, autoescape=True))
    found = _watched(session, query, now)
    found.sort(key=lambda one: (one.progress.kept, not one.last_week_missed))
    return listing.slice_of(found, page)


def deviating(session: Session, now: datetime) -> list[Watched]:
    """The accounts that nobody looked at as often as the rules ask, nor since, in board order."""
    today = coverage.today(now)
    monday = check_rules.monday_of(now)
    missed = select(CheckWeek.account_id).where(
        CheckWeek.monday == monday - timedelta(days=7), CheckWeek.state == WeekState.MISSED
    )
    daily = select(CheckWeek.account_id).where(
        CheckWeek.monday == monday, CheckWeek.period == check_rules.WORKDAY
    )
    ids = session.scalars(union(missed, daily)).all()
    if not ids:
        return []  # in most weeks; the page of the whole municipality asks at every load
    return [
        one
        for one in _watched(session, select(Account.id).where(listing.among(Account.id, ids)), now)
        if check_rules.deviates(one.asked, one.progress, one.last_week_missed, today)
    ]


def _watched(session: Session, among: Any, now: datetime) -> list[Watched]:
    monday, today = check_rules.monday_of(now), coverage.today(now)
    before = CheckWeek.__table__.alias("before")
    rows = session.execute(
        select(
            Account.id,
            Account.name,
            Account.short_name,
            Account.platform,
            Account.address,
            CheckWeek.times,
            CheckWeek.period,
            before.c.state.label("last_week"),
        )
        .join(CheckWeek, (CheckWeek.account_id == Account.id) & (CheckWeek.monday == monday))
        .outerjoin(
            before,
            (before.c.account_id == Account.id) & (before.c.monday == monday - timedelta(days=7)),
        )
        .where(Account.state == State.ACTIVE, Account.id.in_(among))
        .order_by(Account.position, Account.id)
    ).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    looks = moments(session, ids, check_rules.starts(monday), check_rules.ends(monday))
    found = []
    for row in rows:
        asked = Asked(monday, row.times, row.period)
        seen = looks.get(row.id, [])
        found.append(
            Watched(
                row,
                asked,
                check_rules.progress(asked, seen, today),
                row.last_week == WeekState.MISSED,
                max(seen, default=None),
            )
        )
    return found


def moments(
    session: Session, accounts: Collection[int], first: datetime, after: datetime
) -> dict[int, list[datetime]]:
    """Account → when somebody looked at it, from `first` until before `after`."""
    query = (
        select(AccountCheck.account_id, AccountCheck.at)
        .where(
            listing.among(AccountCheck.account_id, accounts),
            AccountCheck.at >= first,
            AccountCheck.at < after,
        )
        .order_by(AccountCheck.at)
    )
    found: dict[int, list[datetime]] = {}
    for row in session.execute(query):
        found.setdefault(row.account_id, []).append(row.at)
    return found


def recent(session: Session, account_id: int, person_id: int, now: datetime) -> AccountCheck | None:
    """The person's own look of the last hour."""
    query = select(AccountCheck).where(
        AccountCheck.account_id == account_id,
        AccountCheck.by_id == person_id,
        AccountCheck.at > now - check_rules.APART,
    )
    return session.scalars(query.order_by(AccountCheck.at.desc()).limit(1)).one_or_none()


def last(session: Session, account_id: int) -> AccountCheck | None:
    query = select(AccountCheck).where(AccountCheck.account_id == account_id)
    return session.scalars(
        query.order_by(AccountCheck.at.desc(), AccountCheck.id.desc()).limit(1)
    ).one_or_none()


def this_week(session: Session, account_id: int, now: datetime) -> Watched | None:
    """None: nothing is asked of it this week."""
    one = select(Account.id).where(Account.id == account_id)
    return next(iter(_watched(session, one, now)), None)


def weeks(session: Session, account_id: int, period: Span) -> Sequence[CheckWeek]:
    """The account's weeks that touch the days of a period, newest first."""
    query = select(CheckWeek).where(
        CheckWeek.account_id == account_id,
        CheckWeek.monday > period.first - timedelta(days=7),
        CheckWeek.monday <= period.last,
    )
    return session.scalars(query.order_by(CheckWeek.monday.desc())).all()


def looks(session: Session, account_id: int, period: Span, page: int) -> Part[AccountCheck]:
    """Everybody's looks on the days of a period, newest first."""
    query = _in(account_id, period).order_by(AccountCheck.at.desc(), AccountCheck.id.desc())
    return listing.part(session, query, page)


def _in(account_id: int, period: Span) -> Select[AccountCheck]:
    return select(AccountCheck).where(
        AccountCheck.account_id == account_id,
        AccountCheck.at >= check_rules.starts(period.first),
        AccountCheck.at < check_rules.starts(period.last + timedelta(days=1)),
    )
