"""What an account's upkeep lacks, and what is asked of whom. Always so many queries, however many
the accounts. Accounts that aren't in use are asked nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import Session, lazyload

from console import listing
from console.accounts import queries as accounts
from console.accounts.models import Account
from console.accounts.plan_models import PlanVersion
from console.accounts.rules import State
from console.db import once
from console.upkeep import rules
from console.upkeep.models import (
    AccountHabits,
    LogoutConfirmation,
    PhotoConsent,
    ProfileCheck,
    ProfileItem,
    SecurityReport,
)
from console.upkeep.rules import Found, Item

_MISSING = (~ProfileItem.replaced, ProfileItem.found == Found.MISSING)
_TO_TAKE_DOWN = (PhotoConsent.withdrawn_at.is_not(None), PhotoConsent.down_at.is_(None))


@dataclass(frozen=True)
class Due:
    """Something yearly about one account."""

    account: Account
    last: datetime | None
    at: datetime
    """When it must be done at the latest."""
    asked: bool
    late: bool


def mine(session: Session, person_id: int) -> list[Account]:
    """The accounts that a person administers and is asked about, in board order."""
    found = accounts.administered_by(session, person_id)
    return [one for one in found if rules.looked_after(one.platform, one.state)]


def checks(session: Session, found: Sequence[Account], now: datetime) -> list[Due]:
    """When each account's profile is to be checked (4.1, 4.2)."""
    query = (
        select(ProfileCheck.account_id, func.max(ProfileCheck.at))
        .where(ProfileCheck.account_id.in_([one.id for one in found]))
        .group_by(ProfileCheck.account_id)
    )
    return _due(session, found, dict(session.execute(query).all()), now)


def logouts(session: Session, person_id: int, found: Sequence[Account], now: datetime) -> list[Due]:
    """When the person is to confirm, for each account, that they log out (5-c)."""
    query = (
        select(LogoutConfirmation.account_id, func.max(LogoutConfirmation.at))
        .where(
            LogoutConfirmation.person_id == person_id,
            LogoutConfirmation.account_id.in_([one.id for one in found]),
        )
        .group_by(LogoutConfirmation.account_id)
    )
    return _due(session, found, dict(session.execute(query).all()), now)


def late_checks(session: Session, now: datetime) -> list[int]:
    """The accounts whose profile should have been checked by now, in board order."""
    last = (
        select(ProfileCheck.account_id, func.max(ProfileCheck.at).label("at"))
        .group_by(ProfileCheck.account_id)
        .subquery()
    )
    signed = _first_signed()
    due = func.coalesce(last.c.at + rules.YEAR, _came_into_use(signed) + rules.FIRST)
    query = (
        select(accounts.in_board_order())
        .outerjoin(last, last.c.account_id == Account.id)
        .outerjoin(signed, signed.c.account_id == Account.id)
        .where(
            Account.state.in_(rules.IN_USE),
            Account.platform.not_in(rules.WITHOUT_PROFILE),
            due < now,
        )
    )
    return session.scalar(query) or []


def _due(
    session: Session, found: Sequence[Account], last: Mapping[int, datetime], now: datetime
) -> list[Due]:
    new = tuple(one.id for one in found if one.id not in last)
    began = once(session, ("came into use", new), lambda: _began(session, new))
    due = []
    for one in found:
        done = last.get(one.id)
        at = rules.due_at(done, done or began[one.id])
        due.append(Due(one, done, at, rules.asked(at, now), rules.late(at, now)))
    return due


def _began(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    signed = _first_signed()
    query = (
        select(Account.id, _came_into_use(signed))
        .outerjoin(signed, signed.c.account_id == Account.id)
        .where(listing.among(Account.id, ids))
    )
    return dict(session.execute(query).all())


def _first_signed() -> Subquery:
    return (
        select(PlanVersion.account_id, func.min(PlanVersion.signed_at).label("at"))
        .group_by(PlanVersion.account_id)
        .subquery()
    )


def _came_into_use(signed: Subquery) -> ColumnElement[datetime]:
    """When an account did: not with its plan, since the login may be kept much later. Of one that
    rests it isn't in the register, and the plan is the nearest there is."""
    since = func.coalesce(Account.state_since, Account.created_at)
    planned = func.coalesce(signed.c.at, Account.created_at)
    return case((Account.state == State.ACTIVE, since), else_=planned)


def last_check(session: Session, account_id: int) -> ProfileCheck | None:
    query = select(ProfileCheck).where(ProfileCheck.account_id == account_id)
    return session.scalars(query.order_by(ProfileCheck.id.desc()).limit(1)).one_or_none()


def last_checks(session: Session, account_ids: Collection[int]) -> dict[int, ProfileCheck]:
    """Account → its last check, of those that have one."""
    newest = (
        select(func.max(ProfileCheck.id))
        .where(ProfileCheck.account_id.in_(account_ids))
        .group_by(ProfileCheck.account_id)
    )
    found = session.scalars(select(ProfileCheck).where(ProfileCheck.id.in_(newest)))
    return {one.account_id: one for one in found}


def whole(
    checks: Mapping[int, ProfileCheck], found: Mapping[int, Mapping[str, ProfileItem]], logo: str
) -> set[int]:
    """The accounts whose profile had everything, against the logo of the rules: it may be confirmed
    in one press.

    Args:
        checks: as `last_checks`.
        found: as `items`.
        logo: the one that the rules name now.
    """
    return {
        number
        for number, last in checks.items()
        if last.logo == logo
        and all(
            item in found.get(number, {}) and found[number][item].found != Found.MISSING
            for item in Item
        )
    }


def items(session: Session, account_ids: Collection[int]) -> dict[int, dict[str, ProfileItem]]:
    """Account → item → what counts now."""
    query = select(ProfileItem).where(
        ProfileItem.account_id.in_(account_ids), ~ProfileItem.replaced
    )
    found: dict[int, dict[str, ProfileItem]] = {}
    for one in session.scalars(query):
        found.setdefault(one.account_id, {})[one.item] = one
    return found


def with_missing(session: Session) -> list[int]:
    """The accounts in use whose profile lacks something, in board order."""
    lacking = select(ProfileItem.account_id).where(*_MISSING)
    return _ids_in_use(session, lacking)


def missing(session: Session, among: Collection[int]) -> dict[int, list[ProfileItem]]:
    """Of these accounts, those in use → what the profile lacks, in the order asked."""
    query = (
        select(ProfileItem)
        .join(Account)
        .where(
            *_MISSING,
            listing.among(ProfileItem.account_id, among),
            Account.state.in_(rules.IN_USE),
        )
    )
    found: dict[int, list[ProfileItem]] = {}
    for one in session.scalars(query.order_by(ProfileItem.id)):
        found.setdefault(one.account_id, []).append(one)
    return found


def habits(session: Session, account_id: int) -> AccountHabits | None:
    return session.get(AccountHabits, account_id)


def unconsented(session: Session, among: Collection[int]) -> dict[int, list[PhotoConsent]]:
    """Of these accounts, those in use → pictures that are recorded without anybody's consent
    (4.6-d)."""
    query = select(PhotoConsent).where(
        PhotoConsent.given_on.is_(None), PhotoConsent.down_at.is_(None)
    )
    return _in_use(session, query, among)


def with_photos_to_take_down(session: Session) -> list[int]:
    """The accounts in use with such pictures as `to_take_down` finds, in board order."""
    return _ids_in_use(session, select(PhotoConsent.account_id).where(*_TO_TAKE_DOWN))


def to_take_down(session: Session, among: Collection[int]) -> dict[int, list[PhotoConsent]]:
    """Of these accounts, those in use → pictures whose consent is withdrawn, and that are still
    out."""
    return _in_use(session, select(PhotoConsent).where(*_TO_TAKE_DOWN), among)


def with_open_reports(session: Session) -> list[int]:
    """The accounts in use with such reports as `open_reports` finds, in board order."""
    return _ids_in_use(
        session, select(SecurityReport.account_id).where(SecurityReport.settled_at.is_(None))
    )


def open_reports(session: Session, among: Collection[int]) -> list[SecurityReport]:
    """Attacks on these accounts, and apps, that nobody has said what was done about, oldest first;
    only of accounts in use (5-a)."""
    query = (
        select(SecurityReport)
        .join(Account)
        .where(
            listing.among(SecurityReport.account_id, among),
            SecurityReport.settled_at.is_(None),
            Account.state.in_(rules.IN_USE),
        )
        .options(lazyload(SecurityReport.account), lazyload(SecurityReport.by))
    )
    return list(session.scalars(query.order_by(SecurityReport.id)))


def reports(session: Session, account_id: int, most: int = 50) -> Sequence[SecurityReport]:
    """One account's, open ones first, then the newest."""
    query = select(SecurityReport).where(SecurityReport.account_id == account_id)
    order = (SecurityReport.settled_at.is_not(None), SecurityReport.id.desc())
    return session.scalars(query.order_by(*order).limit(most)).all()


def _ids_in_use(session: Session, among: Select[int]) -> list[int]:
    return accounts.ids_where(session, Account.state.in_(rules.IN_USE), Account.id.in_(among))


def _in_use(
    session: Session, query: Select[PhotoConsent], among: Collection[int]
) -> dict[int, list[PhotoConsent]]:
    query = (
        query.join(Account)
        .where(listing.among(PhotoConsent.account_id, among), Account.state.in_(rules.IN_USE))
        .options(lazyload(PhotoConsent.account))
    )
    found: dict[int, list[PhotoConsent]] = {}
    for one in session.scalars(query.order_by(PhotoConsent.id)):
        found.setdefault(one.account_id, []).append(one)
    return found
