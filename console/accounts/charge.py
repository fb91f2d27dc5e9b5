"""Who looks after an account on a day: its administrators, and those who stand in for them then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, exists, false, func, select, true, union_all
from sqlalchemy.orm import Session, aliased

from console import listing
from console.accounts import coverage
from console.accounts.absence_models import Absence, AccountSubstitute
from console.accounts.models import AccountAdministrator
from console.people.models import Person


def substitutes(day: date) -> Subquery:
    """Who is named to stand in on `day`, and where: .account_id, .person_id, .absent_id and
    .position (of whom they stand in for). They may be away or shut out themselves, or have other
    roles by now."""
    a, named = AccountAdministrator, AccountSubstitute
    instead = func.coalesce(named.substitute_id, Absence.substitute_id)
    return (
        select(
            a.account_id, instead.label("person_id"), a.person_id.label("absent_id"), a.position
        )
        .join(Absence, Absence.person_id == a.person_id)
        .outerjoin(named, (named.absence_id == Absence.id) & (named.account_id == a.account_id))
        .where(coverage.on(day), instead.is_not(None))
        .subquery()
    )  # fmt: skip


def of(day: date, among: Collection[int] | Select[Any], *, with_any_role: bool = False) -> Subquery:
    """Everybody who looks after some of these accounts on `day`, each once for an account; nobody
    who has no login, or no role with which they could do anything (`coverage.is_able`).

    Columns: .account_id, .person_id, .position (in the register's order, a substitute's is that of
    whom they stand in for), .administers, .away, and .answers: false for whoever is away while
    somebody else is there in their place. Who is away is told what the others are; but somebody
    who hasn't read and their substitute are one person to ring, not two.

    Args:
        among: ids of accounts, or a query that gives them; the same object each time, since what is
            asked of it is put together once a day: a board does so four times for each reading.
        with_any_role: also who has other roles by now: of a lock they are told, because they may
            still have the platform's own app.
    """
    if isinstance(among, Select):
        return _asked(day, among, with_any_role)
    return _put_together(day, among, with_any_role)


@lru_cache(maxsize=16)
def _asked(day: date, among: Select[Any], with_any_role: bool) -> Subquery:
    made = _put_together(day, among, with_any_role)
    _ = made.c  # whole before another thread has it
    return made


def _put_together(day: date, among: Collection[int] | Select[Any], with_any_role: bool) -> Subquery:
    a, there = AccountAdministrator, aliased(Person)
    stand_in = substitutes(day)
    replaced = exists().where(
        stand_in.c.account_id == a.account_id,
        stand_in.c.absent_id == a.person_id,
        there.id == stand_in.c.person_id,
        coverage.is_able(there),
        ~away(there.id, day),
    )
    own = select(
        a.account_id, a.person_id, a.position, true().label("administers"),
        (~replaced).label("answers"),
    ).where(_one_of(a.account_id, among))  # fmt: skip
    theirs = substitutes(day)
    instead = select(
        theirs.c.account_id, theirs.c.person_id, theirs.c.position, false(),
        ~away(theirs.c.person_id, day),
    ).where(_one_of(theirs.c.account_id, among))  # fmt: skip
    both = union_all(own, instead).subquery()
    return (
        select(
            both.c.account_id,
            both.c.person_id,
            func.min(both.c.position).label("position"),
            func.bool_or(both.c.administers).label("administers"),
            func.bool_or(both.c.answers).label("answers"),
            away(both.c.person_id, day).label("away"),
        )
        .join(Person, Person.id == both.c.person_id)
        .where(Person.active if with_any_role else coverage.is_able(Person))
        .group_by(both.c.account_id, both.c.person_id)
        .subquery()
    )


def people(session: Session, account_ids: Collection[int], now: datetime) -> list[Person]:
    """Those who look after any of these accounts today: in the register's order, but whoever is
    away and replaced comes last."""
    who = of(coverage.today(now), account_ids)
    order = (
        select(
            who.c.person_id,
            func.bool_or(who.c.answers).label("answers"),
            func.min(who.c.position).label("position"),
        )
        .group_by(who.c.person_id)
        .subquery()
    )
    query = select(Person).join(order, order.c.person_id == Person.id)
    query = query.order_by(order.c.answers.desc(), order.c.position, Person.id)
    return list(session.scalars(query).unique())


def looks_after(session: Session, person_id: int, account_id: int, now: datetime) -> bool:
    """Is the person the account's administrator, or stands in for one today?"""
    who = of(coverage.today(now), [account_id])
    return bool(session.scalar(select(exists().where(who.c.person_id == person_id))))


def _one_of(account_id: Any, among: Collection[int] | Select[Any]) -> ColumnElement[bool]:
    if isinstance(among, Select):
        return account_id.in_(among)  # type: ignore[no-any-return]
    return listing.among(account_id, among)


def away(person_id: Any, day: date) -> ColumnElement[bool]:
    """Condition: whoever is named in the column is away that day."""
    gone = aliased(Absence)
    return exists().where(
        gone.person_id == person_id,
        gone.removed_at.is_(None),
        gone.first_day <= day,
        gone.last_day >= day,
    )
