"""Plan and custody of each account on a list, side by side (6-a): so many queries a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from console.accounts import custody_rules, plan_queries, queries
from console.accounts.custody_models import CustodyEnvelope, PageAdministrator
from console.accounts.custody_rules import Form, Seal
from console.accounts.models import Account, AccountAdministrator
from console.accounts.plan_models import PlanMark, PlanVersion
from console.people.models import Person


@dataclass(frozen=True)
class PlanKept:
    """The plan in force; `waiting` is one that isn't signed yet."""

    number: int | None
    signed_at: datetime | None
    waiting: int | None
    given: int
    """Marks on the one that waits."""


@dataclass(frozen=True)
class LoginKept:
    """Where the login is."""

    exempt: bool
    verified: int
    """Of an exempt platform: the page's administrators whom somebody has verified."""
    form: Form | None
    number: str
    sealed_at: datetime | None
    broken: bool
    """The envelope's seal no longer counts."""

    @property
    def settled(self) -> bool:
        if self.exempt:
            return self.verified >= custody_rules.PAGE_ADMINISTRATORS
        return self.form is not None and not self.broken


@dataclass(frozen=True)
class Kept:
    plan: PlanKept
    login: LoginKept
    administrators: int
    """Who have a login and the role still."""


def of(session: Session, accounts: Sequence[Account]) -> dict[int, Kept]:
    """Account → what is kept of it, in four queries."""
    ids = [account.id for account in accounts]
    plans, envelopes = _plans(session, ids), _envelopes(session, ids)
    verified, people = _verified(session, ids), _people(session, ids)
    return {
        account.id: Kept(
            plans.get(account.id, PlanKept(None, None, None, 0)),
            _login(account, envelopes.get(account.id), verified.get(account.id, 0)),
            people.get(account.id, 0),
        )
        for account in accounts
    }


def marks_asked(session: Session) -> int:
    """How many marks a plan takes now."""
    return len(plan_queries.chain(session))


def _plans(session: Session, ids: Sequence[int]) -> dict[int, PlanKept]:
    marks = select(func.count(PlanMark.id)).where(PlanMark.version_id == PlanVersion.id)
    query = (
        select(
            PlanVersion.account_id,
            PlanVersion.number,
            PlanVersion.signed_at,
            marks.scalar_subquery().label("given"),
        )
        .where(PlanVersion.account_id.in_(ids), PlanVersion.voided_at.is_(None))
        .order_by(PlanVersion.account_id, PlanVersion.number)
    )
    found: dict[int, PlanKept] = {}
    for row in session.execute(query):
        before = found.get(row.account_id, PlanKept(None, None, None, 0))
        if row.signed_at is not None:
            found[row.account_id] = PlanKept(row.number, row.signed_at, None, 0)
        else:
            found[row.account_id] = PlanKept(before.number, before.signed_at, row.number, row.given)
    return found


def _envelopes(session: Session, ids: Sequence[int]) -> dict[int, Row[Any]]:
    e = CustodyEnvelope
    query = select(e.account_id, e.form, e.number, e.sealed_at, e.state).where(
        e.account_id.in_(ids), e.state != Seal.REPLACED
    )
    return {row.account_id: row for row in session.execute(query)}


def _verified(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """As `custody.settled_among` counts them: who administers the account and has a login."""
    p, a = PageAdministrator, AccountAdministrator
    query = (
        select(p.account_id, func.count())
        .join(a, (a.account_id == p.account_id) & (a.person_id == p.person_id))
        .join(Person, Person.id == p.person_id)
        .where(Person.active, p.account_id.in_(ids))
        .group_by(p.account_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _people(session: Session, ids: Sequence[int]) -> dict[int, int]:
    a = AccountAdministrator
    able = queries.can_administer().with_only_columns(Person.id)
    query = (
        select(a.account_id, func.count())
        .where(a.account_id.in_(ids), a.person_id.in_(able))
        .group_by(a.account_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _login(account: Account, envelope: Row[Any] | None, verified: int) -> LoginKept:
    exempt = custody_rules.exempt(account.platform)
    if envelope is None:
        return LoginKept(exempt, verified, None, "", None, False)
    return LoginKept(
        exempt,
        verified,
        Form(envelope.form),
        envelope.number,
        envelope.sealed_at,
        envelope.state != Seal.SEALED,
    )
