"""Is an account's login kept as it should be, and who has had it? Always so many queries, however
many the accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, desc, false, func, null, select
from sqlalchemy.orm import Session

from console import listing
from console.accounts import custody_rules as rules
from console.accounts.custody_models import CustodyEnvelope, CustodyUse, PageAdministrator
from console.accounts.custody_rules import Kind, Seal, Step
from console.accounts.models import Account, AccountAdministrator
from console.errors import NotFound
from console.people.models import Person


def settled(session: Session, account: Account) -> bool:
    """Is the account's login in custody? (3-d, 3.2-c)

    A sealed envelope; or, on a platform run from people's own logins, two administrators of the
    page who are verified, administer the account and have a login here still.
    """
    return account.id in settled_among(session, [account])


class Kept(Protocol):
    """As much of an account as decides how its login is kept."""

    id: Any
    platform: Any


def settled_among(session: Session, accounts: Collection[Kept]) -> set[int]:
    """Ids of those whose login is in custody."""
    if not accounts:
        return set()
    among = select(Account.id).where(listing.among(Account.id, [one.id for one in accounts]))
    return set(session.scalars(among.where(is_settled(among))))


def is_settled(among: Select[int] | None = None) -> ColumnElement[bool]:
    """Condition on Account: its login is in custody, as `settled` has it.

    Args:
        among: ids of those that are asked about, so that only theirs is read.
    """
    # Sets, and not a look at each account: that takes several times as long for thousands.
    sealed = select(CustodyEnvelope.account_id).where(CustodyEnvelope.state == Seal.SEALED)
    verified = _verified().with_only_columns(PageAdministrator.account_id)
    if among is not None:
        sealed = sealed.where(CustodyEnvelope.account_id.in_(among))
        verified = verified.where(PageAdministrator.account_id.in_(among))
    enough = verified.group_by(PageAdministrator.account_id).having(
        func.count() >= rules.PAGE_ADMINISTRATORS
    )
    return case(
        (Account.platform.in_(rules.exempt_platforms()), Account.id.in_(enough)),
        else_=Account.id.in_(sealed),
    )


def verified(session: Session, account_id: int) -> set[int]:
    """Ids of the people who run the account's page from their own login, and are verified."""
    query = _verified().where(PageAdministrator.account_id == account_id)
    return set(session.scalars(query))


def kept(session: Session, account_id: int) -> CustodyEnvelope | None:
    """The account's envelope: sealed, or due to be sealed again."""
    query = select(CustodyEnvelope).where(
        CustodyEnvelope.account_id == account_id, CustodyEnvelope.state != Seal.REPLACED
    )
    return session.scalars(query).one_or_none()


def uses(session: Session, account_id: int, most: int = 50) -> Sequence[CustodyUse]:
    """The latest openings, drills and loans of an account's login, newest first."""
    query = select(CustodyUse).where(CustodyUse.account_id == account_id)
    return session.scalars(query.order_by(CustodyUse.id.desc()).limit(most)).all()


def use(session: Session, use_id: int) -> CustodyUse:
    """
    Raises:
        NotFound: no such opening, drill or loan.
    """
    found = session.get(CustodyUse, use_id)
    if found is None:
        raise NotFound(_("Öppningen finns inte."))
    return found


def open_uses(session: Session, account_id: int | None = None) -> Sequence[CustodyUse]:
    """What isn't mended: openings and loans after which the login isn't new and sealed yet."""
    query = select(CustodyUse).where(CustodyUse.step == Step.OPEN)
    if account_id is not None:
        query = query.where(CustodyUse.account_id == account_id)
    return session.scalars(query.order_by(CustodyUse.id)).all()


def broken(session: Session) -> tuple[dict[int, datetime], set[int]]:
    """Account → since when somebody has had its login, or its seal no longer counts; and those
    whose password isn't changed since somebody had it."""
    e, u = CustodyEnvelope, CustodyUse
    due = select(null().label("use"), e.account_id, e.recorded_at.label("since"), false()).where(
        e.state == Seal.DUE
    )
    had = select(u.id, u.account_id, func.coalesce(u.confirmed_at, u.at), u.changed_at.is_(None))
    since: dict[int, datetime] = {}
    unchanged: set[int] = set()
    # The seals first, then the uses from the latest to the first, which counts.
    query = due.union_all(had.where(u.step == Step.OPEN)).order_by(desc("use"))
    for _use, account_id, at, unchanged_since in session.execute(query):
        since[account_id] = at
        if unchanged_since:
            unchanged.add(account_id)
    return since, unchanged


def waiting_for_witness(session: Session, person: Person, now: datetime) -> list[CustodyUse]:
    """Openings and drills that `person` may witness now."""
    query = select(CustodyUse).where(
        CustodyUse.step == Step.ASKED,
        CustodyUse.by_id != person.id,
        CustodyUse.at >= now - rules.WITNESS_WITHIN,
    )
    found = session.scalars(query.order_by(CustodyUse.id)).all()
    if not found:
        return []
    own = set(
        session.scalars(
            select(AccountAdministrator.account_id).where(
                AccountAdministrator.person_id == person.id
            )
        )
    )
    return [one for one in found if rules.may_open(person.roles, one.account_id in own)]


def administers(session: Session, person: Person, account_id: int) -> bool:
    return session.get(AccountAdministrator, (account_id, person.id)) is not None


def last_drill(session: Session, account_id: int) -> CustodyUse | None:
    """The latest drill that showed something, either way."""
    query = select(CustodyUse).where(
        CustodyUse.account_id == account_id,
        CustodyUse.kind == Kind.DRILL,
        CustodyUse.step.in_([Step.PASSED, Step.FAILED]),
    )
    return session.scalars(query.order_by(CustodyUse.id.desc()).limit(1)).one_or_none()


def _verified() -> Select[int]:
    return (
        select(PageAdministrator.person_id)
        .join(
            AccountAdministrator,
            (AccountAdministrator.account_id == PageAdministrator.account_id)
            & (AccountAdministrator.person_id == PageAdministrator.person_id),
        )
        .join(Person, Person.id == PageAdministrator.person_id)
        .where(Person.active)
    )
