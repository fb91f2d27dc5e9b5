"""Reading yearly reports: whose a person may read, what each tells, whom it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, lazyload

from channels.platforms import PLATFORMS
from console import listing
from console.accounts import plan_queries, queries
from console.accounts.coverage_rules import Span
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account
from console.accounts.plan_models import PlanMark, PlanVersion
from console.accounts.rules import IN_USE
from console.errors import NotFound
from console.listing import Part
from console.monitoring import activity_queries as activity
from console.monitoring.check_models import CheckWeek
from console.monitoring.check_rules import WeekState, starts
from console.people.models import Person, PersonRole
from console.people.rules import Permission, Role, may
from console.recipients import sending
from console.review import yearly_rules as rules
from console.review.yearly_models import YearlyReport
from console.review.yearly_rules import Figures, Step

_BARE = (
    joinedload(YearlyReport.account).lazyload(Account.administrators),
    joinedload(YearlyReport.account).lazyload(Account.deviations),
)


@dataclass(frozen=True)
class Sieve:
    """What the list is narrowed to."""

    year: int = 0
    """0: every one."""
    state: str = ""
    """yearly_rules.State or LATE; "": every one."""


def report(session: Session, person: Person, report_id: int) -> YearlyReport:
    """
    Raises:
        NotFound: no such report, or not this person's to read.
    """
    found = session.scalars(
        select(YearlyReport).where(YearlyReport.id == report_id, _readable(person))
    ).one_or_none()
    if found is None:
        raise NotFound(_("Årsrapporten finns inte, eller är inte din att läsa."))
    return found


def page_of(
    session: Session, person: Person, sieve: Sieve, page: int, today: date
) -> Part[YearlyReport]:
    """One page of what the person may read: the newest year first, and in it the accounts in board
    order."""
    query = (
        select(YearlyReport)
        .join(Account, Account.id == YearlyReport.account_id)
        .where(_readable(person), *_narrowed(sieve, today))
        .order_by(YearlyReport.year.desc(), Account.position, YearlyReport.id)
        .options(*_BARE)
    )
    return listing.part(session, query, page)


def years(session: Session, person: Person) -> list[int]:
    """The years that there are reports of, the newest first."""
    query = select(YearlyReport.year).where(_readable(person)).distinct()
    return sorted(session.scalars(query), reverse=True)


def of_account(session: Session, person: Person, account_id: int) -> Sequence[YearlyReport]:
    """An account's reports that the person may read, the newest first."""
    return session.scalars(
        select(YearlyReport)
        .where(YearlyReport.account_id == account_id, _readable(person))
        .order_by(YearlyReport.year.desc())
        .options(*_BARE)
    ).all()


def may_write(session: Session, person: Person, account_id: int) -> bool:
    """The account's administrators, and whoever keeps the register if they can't."""
    if Role.STRATEGY in person.roles:
        return True
    mine = queries.ids_administered(person.id).subquery()
    return bool(session.scalar(select(exists().where(mine.c[0] == account_id))))


def may_evaluate(session: Session, person: Person, row: YearlyReport) -> bool:
    """The strategy department, and the manager who has signed the account's plan; nobody judges a
    report that they have sent themselves."""
    if not may(person.roles, Permission.EVALUATE_REPORT) or person.id == row.sent_by_id:
        return False
    if Role.STRATEGY in person.roles:
        return True
    vouched = _signed_by(person.id, Role.OPERATIONS_MANAGER).subquery()
    return bool(session.scalar(select(exists().where(vouched.c[0] == row.account_id))))


def receivers(session: Session, account_id: int) -> list[Person]:
    """Whoever signed the plan in force and has a login still, and the strategy department (4.3-c);
    in the order that people are listed."""
    version = plan_queries.plan(session, account_id).in_force
    signed = [mark.person_id for mark in version.marks] if version else []
    keep = select(PersonRole.person_id).where(PersonRole.role == Role.STRATEGY)
    query = select(Person).where(Person.active, or_(Person.id.in_(signed), Person.id.in_(keep)))
    return list(session.scalars(query.order_by(Person.name_key, Person.id)))


def deliveries(session: Session, report_id: int) -> Sequence[AccountNotice]:
    """What became of the mails with a report, one for each receiver."""
    query = select(AccountNotice).where(AccountNotice.about == sent_as(report_id))
    return session.scalars(query.order_by(AccountNotice.id)).all()


def sent_as(report_id: int) -> str:
    """What the notices of a sent report are about."""
    return f"report {report_id} sent"


def figures(session: Session, row: YearlyReport) -> Figures:
    """Counted anew; a sent report has its own (4.3-b)."""
    period = Span(row.first, row.last)
    first, after = starts(period.first), starts(period.last + timedelta(days=1))
    posts = activity.posts_by_month(session, row.account_id, first, after)
    comments = activity.comments_by_month(session, row.account_id, first, after)
    answered = activity.answers_by_month(session, row.account_id, first, after)
    made, asked = session.execute(
        select(
            func.coalesce(func.sum(func.least(CheckWeek.made, CheckWeek.asked)), 0),
            func.coalesce(func.sum(CheckWeek.asked), 0),
        ).where(
            CheckWeek.account_id == row.account_id,
            CheckWeek.monday >= period.first,
            CheckWeek.monday <= period.last,
            CheckWeek.state.in_((WeekState.KEPT, WeekState.MISSED)),
        )
    ).one()
    return Figures(
        posts=sum(posts.values()),
        comments=sum(comments.values()),
        answered=sum(answered.values()),
        half_seconds=activity.half_answered_within(session, row.account_id, first, after),
        checks_made=int(made),
        checks_asked=int(asked),
        months=tuple(
            (month, posts.get(month, 0), comments.get(month, 0), answered.get(month, 0))
            for month in rules.months_of(period)
        ),
    )


def known_followers(session: Session, account: Account) -> int | None:
    """How many a list of e-mail or SMS reaches; None: only the platform knows."""
    if account.kind not in ("email", "sms"):
        return None
    return sum(sending.counts(session, [account.id]).get(account.id, {}).values())


def content(session: Session, row: YearlyReport) -> dict[str, Any]:
    """What the report says: as it was frozen, or as it would be if it were sent now."""
    if row.content is not None:
        return row.content
    account = row.account
    plan = plan_queries.plan(session, account.id)
    version = plan.in_force
    followers = row.followers
    if followers is None:
        followers = known_followers(session, account)
    return {
        "format": rules.FORMAT,
        "account": {
            "id": account.id,
            "name": account.name,
            "platform": PLATFORMS[account.platform].name,
            "handle": account.handle,
        },
        "year": row.year,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "figures": {**asdict(figures(session, row)), "followers": followers},
        "story": row.story,
        "plan": {
            "version": version.number if version else 0,
            "hash": version.content_hash if version else "",
            "goals": str(version.content.get("goals", "")) if version else "",
        },
    }


@dataclass(frozen=True)
class Pending:
    """A report that waits for somebody: to be sent, to be evaluated, or for what came of that."""

    id: int
    account_id: int
    name: str
    due_on: date
    sent_at: datetime | None
    sent_by_id: int | None
    evaluated_at: datetime | None
    step: str


def pending_of(session: Session, person: Person, mine: Sequence[int]) -> list[Pending]:
    """What waits for somebody who runs accounts, or whose plans they have signed as their manager:
    reports to write, to evaluate, plans to change, accounts to end.

    Args:
        mine: accounts that the person administers.
    """
    own = listing.among(YearlyReport.account_id, mine)
    wanted = [and_(own, or_(YearlyReport.sent_at.is_(None), _to_change(), _to_end()))]
    if Role.OPERATIONS_MANAGER in person.roles:
        vouched = YearlyReport.account_id.in_(_signed_by(person.id, Role.OPERATIONS_MANAGER))
        wanted.append(and_(vouched, or_(_to_judge(), _to_end())))
    elif not mine:
        return []
    return _pending(session, or_(*wanted))


def pending_everywhere(session: Session, today: date) -> list[Pending]:
    """What the strategy department sees to in the whole municipality: reports that are late, those
    to evaluate, and accounts to end."""
    late = and_(YearlyReport.sent_at.is_(None), YearlyReport.due_on < today)
    return _pending(session, or_(late, _to_judge(), _to_end()))


def _pending(session: Session, wanted: ColumnElement[bool]) -> list[Pending]:
    query = (
        select(
            YearlyReport.id,
            YearlyReport.account_id,
            Account.name,
            YearlyReport.due_on,
            YearlyReport.sent_at,
            YearlyReport.sent_by_id,
            YearlyReport.evaluated_at,
            YearlyReport.step,
        )
        .join(Account, Account.id == YearlyReport.account_id)
        .where(Account.state.in_(IN_USE), wanted)
        .order_by(Account.position, Account.id, YearlyReport.year)
    )
    return [Pending(*row) for row in session.execute(query)]


def _to_judge() -> ColumnElement[bool]:
    return and_(YearlyReport.sent_at.is_not(None), YearlyReport.evaluated_at.is_(None))


def _to_end() -> ColumnElement[bool]:
    return and_(YearlyReport.step == Step.STOP, _is_newest())


def _to_change() -> ColumnElement[bool]:
    """No version of the plan has been sent for signing since."""
    renewed = exists().where(
        PlanVersion.account_id == YearlyReport.account_id,
        PlanVersion.submitted_at > YearlyReport.evaluated_at,
    )
    return and_(YearlyReport.step == Step.CHANGE, _is_newest(), ~renewed)


def _is_newest() -> ColumnElement[bool]:
    newer = YearlyReport.__table__.alias("newer")
    return ~exists().where(
        newer.c.account_id == YearlyReport.account_id, newer.c.year > YearlyReport.year
    )


def without_this_year(now_before: datetime, year: int) -> Select[Any]:
    """Accounts in use that were there by then and have no report of the year, in board order."""
    there = exists().where(YearlyReport.account_id == Account.id, YearlyReport.year == year)
    return (
        select(Account)
        .where(Account.state.in_(IN_USE), Account.created_at < now_before, ~there)
        .order_by(Account.position, Account.id)
        .options(lazyload(Account.administrators), lazyload(Account.deviations))
    )


def _readable(person: Person) -> ColumnElement[bool]:
    """One's own accounts', and those of accounts whose plan in force one has signed."""
    if rules.reads_all(person.roles):
        return true()
    return or_(
        YearlyReport.account_id.in_(queries.ids_administered(person.id)),
        YearlyReport.account_id.in_(_signed_by(person.id)),
    )


def _narrowed(sieve: Sieve, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sieve.year:
        found.append(YearlyReport.year == sieve.year)
    match sieve.state:
        case rules.State.OPEN:
            found.append(YearlyReport.sent_at.is_(None))
        case rules.LATE:
            found += [YearlyReport.sent_at.is_(None), YearlyReport.due_on < today]
        case rules.State.SENT:
            found += [YearlyReport.sent_at.is_not(None), YearlyReport.evaluated_at.is_(None)]
        case rules.State.EVALUATED:
            found.append(YearlyReport.evaluated_at.is_not(None))
    return found


def _signed_by(person_id: int, role: Role | None = None) -> Select[int]:
    """Ids of the accounts whose plan in force the person has signed."""
    query = (
        select(PlanVersion.account_id)
        .join(PlanMark, PlanMark.version_id == PlanVersion.id)
        .where(
            PlanMark.person_id == person_id,
            PlanVersion.signed_at.is_not(None),
            PlanVersion.voided_at.is_(None),
        )
    )
    return query if role is None else query.where(PlanMark.role == role)
