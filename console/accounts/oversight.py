"""What the register lacks, account by account: each question is one query, however many the
accounts. Rows carry what a list shows of an account, and nothing that must be read one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, lazyload

from console import listing
from console.accounts import custody, custody_rules, queries
from console.accounts.models import Account, AccountAdministrator
from console.accounts.plan_models import AccountEnding, PlanMark, PlanVersion
from console.accounts.rules import IN_USE, State
from console.people.models import Person
from console.people.rules import Role

SIGN_WITHIN = timedelta(days=10)
"""A plan that waits longer for a mark is late. The guideline names no day; this is two working
weeks, within which everybody in the chain has been at work."""

Found = Sequence[Row[Any]]
"""Rows with .id, .name, .short_name, .platform and what else the question is about."""


def vouched_for(person_id: int) -> Select[int]:
    """Ids of the accounts whose plan in force a person has signed as the operation's manager."""
    return (
        select(PlanVersion.account_id)
        .join(PlanMark, PlanMark.version_id == PlanVersion.id)
        .where(
            PlanMark.person_id == person_id,
            PlanMark.role == Role.OPERATIONS_MANAGER,
            PlanVersion.signed_at.is_not(None),
            PlanVersion.voided_at.is_(None),
        )
    )


@dataclass(frozen=True)
class Used:
    """Numbers of the accounts in use, in board order: all, and those that lack something."""

    all: Sequence[int]
    resting: Sequence[int]
    """Kept and not used: somebody decides what becomes of them."""
    without_plan: Sequence[int]
    """None in force, and none that waits for its marks (3.2-b)."""
    without_custody: Sequence[int]
    """Their login isn't in custody (3-d)."""
    exempt: frozenset[int]
    """Of those the ones that need no envelope."""


def in_use(session: Session) -> Used:
    """One query for all that is asked of the whole register at once: every account is looked at for
    each of these."""
    ids = queries.in_board_order()
    unkept = ~custody.is_settled()
    exempt = Account.platform.in_(custody_rules.exempt_platforms())
    row = session.execute(
        select(
            ids,
            ids.filter(Account.state == State.PAUSED),
            ids.filter(Account.id.not_in(_planned())),
            ids.filter(unkept),
            func.array_agg(Account.id).filter(unkept, exempt),
        ).where(Account.state.in_(IN_USE))
    ).one()
    used, rest, unplanned, kept_nowhere, pages = (found or () for found in row)
    return Used(used, rest, unplanned, kept_nowhere, frozenset(pages))


def short_of_administrators(
    session: Session, least: int, among: Select[int] | None = None
) -> dict[int, int]:
    """Accounts in use that fewer than `least` people run who can log in and have the role still
    (3-a) → how many do."""
    a = AccountAdministrator
    able = queries.can_administer().with_only_columns(Person.id)
    active = select(a.account_id).where(a.person_id.in_(able))
    enough = active.group_by(a.account_id).having(func.count() >= least)
    have = active.where(a.account_id == Account.id).with_only_columns(func.count())
    query = (
        select(Account.id, have.scalar_subquery().label("have"))
        .where(Account.state.in_(IN_USE))
        .order_by(Account.position, Account.id)
    )
    if among is None:
        query = query.where(Account.id.not_in(enough))
    else:
        query = query.where(
            Account.id.in_(among), Account.id.not_in(enough.where(a.account_id.in_(among)))
        )
    return {row.id: row.have for row in session.execute(query)}


def without_plan(session: Session, among: Select[int]) -> Found:
    """Accounts in use with no plan in force and none that waits for its marks (3.2-b)."""
    planned = _planned().where(PlanVersion.account_id == Account.id).exists()
    query = _accounts(among).where(Account.state.in_(IN_USE), ~planned)
    return session.execute(query).all()


def waiting_long(session: Session, now: datetime) -> list[int]:
    """Accounts whose plan has waited for its marks longer than it should (3.2-b)."""
    late = select(PlanVersion.account_id).where(
        *_waits(), PlanVersion.submitted_at < now - SIGN_WITHIN
    )
    return queries.ids_where(session, Account.state != State.ENDED, Account.id.in_(late))


def waiting_plans(session: Session, ids: Collection[int]) -> dict[int, PlanVersion]:
    """Of these accounts, the plan that waits for its marks."""
    query = (
        select(PlanVersion)
        .where(*_waits(), listing.among(PlanVersion.account_id, ids))
        .options(
            lazyload(PlanVersion.account),
            lazyload(PlanVersion.submitted_by),
            lazyload(PlanVersion.voided_by),
        )
    )
    return {one.account_id: one for one in session.scalars(query)}


def without_custody(session: Session, among: Select[int], states: Collection[State]) -> Found:
    """Accounts in `states` whose login isn't in custody (3-d)."""
    query = _accounts(among).where(Account.state.in_(states), ~custody.is_settled(among))
    return session.execute(query).all()


def without_report(session: Session, among: Select[int] | None = None) -> Found:
    """Accounts that ended without their report (2.1-c, 4.3-e): .at"""
    query = _accounts(among, AccountEnding.at).join(
        AccountEnding, AccountEnding.account_id == Account.id
    )
    return session.execute(query.where(AccountEnding.report == "")).all()


def named(session: Session, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Id → what a list shows of it, with .since (it came into its state) and .created_at; in board
    order."""
    if not ids:
        return {}
    since = func.coalesce(Account.state_since, Account.created_at).label("since")
    query = _accounts(None, since, Account.created_at).where(listing.among(Account.id, ids))
    return {row.id: row for row in session.execute(query)}


def _planned() -> Select[int]:
    """Ids of accounts with a plan in force or one that waits."""
    return select(PlanVersion.account_id).where(PlanVersion.voided_at.is_(None))


def _waits() -> tuple[ColumnElement[bool], ...]:
    return PlanVersion.signed_at.is_(None), PlanVersion.voided_at.is_(None)


def _accounts(among: Select[int] | None, *more: Any) -> Select[Any]:
    query = select(Account.id, Account.name, Account.short_name, Account.platform, *more)
    if among is not None:
        query = query.where(Account.id.in_(among))
    return query.order_by(Account.position, Account.id)
