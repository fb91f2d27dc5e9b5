"""Which days nobody looks after which accounts, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from console.accounts import queries
from console.accounts.absence_models import Absence, AccountSubstitute
from console.accounts.coverage_rules import Away, Span, uncovered
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.phrases import STOCKHOLM

STAND_INS = (Role.ACCOUNT_ADMINISTRATOR, Role.INFORMATION_UNIT)
"""Roles that know how a post is made: who has one may be named as substitute."""


@dataclass(frozen=True)
class Facts:
    """Who looks after which accounts in use, and who is away."""

    administrators: Mapping[int, Sequence[int]]
    """Account → its administrators who have a login and such a role still, the first to be called
    first; may be empty."""
    absences: Mapping[int, Sequence[Away]]
    barred: frozenset[int]
    """Named substitutes who have no login any longer, or no role that knows how a post is made."""

    def uncovered(self, account: int, window: Span) -> list[Span]:
        people = self.administrators[account]
        return uncovered(account, people, self.absences, window, self.barred)


def today(now: datetime) -> date:
    """The day in Sweden."""
    return now.astimezone(STOCKHOLM).date()


def read(
    session: Session,
    window: Span,
    *,
    person: int | None = None,
    accounts: Collection[int] = (),
    gaps: bool = False,
) -> Facts:
    """What is needed to say who is covered in `window`, in three queries.

    Args:
        person: only the accounts that they administer.
        accounts: only these, whatever state they are in; empty: all accounts in use.
        gaps: only those that can have a gap: one of their administrators is away some day.
            `all_uncovered` finds the same among them as among all.
    """
    absences, substitutes = _away(session, window)
    if gaps and not absences:
        return Facts({}, {}, frozenset())
    query = (
        select(Account.id, Person.id.label("person_id"))
        .outerjoin(AccountAdministrator, AccountAdministrator.account_id == Account.id)
        .outerjoin(Person, (Person.id == AccountAdministrator.person_id) & is_able(Person))
        .order_by(Account.position, Account.id, AccountAdministrator.position)
    )
    query = query.where(Account.id.in_(accounts) if accounts else Account.state == State.ACTIVE)
    if person is not None:
        query = query.where(Account.id.in_(queries.ids_administered(person)))
    if gaps:
        query = query.where(Account.id.in_(_with_absent(window)))
    administrators: dict[int, list[int]] = {}
    for row in session.execute(query):
        people = administrators.setdefault(row.id, [])
        if row.person_id is not None:
            people.append(row.person_id)
    barred = select(Person.id).where(Person.id.in_(substitutes), ~is_able(Person))
    gone = session.scalars(barred) if substitutes else ()
    return Facts(administrators, absences, frozenset(gone))


def _with_absent(window: Span) -> Select[tuple[int]]:
    """Ids of accounts with an administrator who is away some day of the window."""
    return (
        select(AccountAdministrator.account_id)
        .join(Absence, Absence.person_id == AccountAdministrator.person_id)
        .where(_touches(window))
    )


def _away(session: Session, window: Span) -> tuple[dict[int, list[Away]], set[int]]:
    """Everybody's absences that touch the window, and all who are named as substitutes."""
    a = Absence
    others = (
        select(
            AccountSubstitute.absence_id,
            func.jsonb_object_agg(
                AccountSubstitute.account_id, AccountSubstitute.substitute_id
            ).label("by_account"),
        )
        .group_by(AccountSubstitute.absence_id)
        .subquery()
    )
    query = (
        select(a.person_id, a.first_day, a.last_day, a.substitute_id, others.c.by_account)
        .outerjoin(others, others.c.absence_id == a.id)
        .where(_touches(window))
        .order_by(a.first_day, a.id)
    )
    found: dict[int, list[Away]] = {}
    named: set[int] = set()
    for row in session.execute(query):
        by_account = {int(key): value for key, value in (row.by_account or {}).items()}
        one = Away(row.person_id, Span(row.first_day, row.last_day), row.substitute_id, by_account)
        found.setdefault(row.person_id, []).append(one)
        named |= {one.substitute or 0, *by_account.values()}
    return found, named


def on(day: date) -> ColumnElement[bool]:
    """Condition on Absence: it stands, and holds that day."""
    return _touches(Span(day, day))


def _touches(window: Span) -> ColumnElement[bool]:
    return (
        Absence.removed_at.is_(None)
        & (Absence.first_day <= window.last)
        & (Absence.last_day >= window.first)
    )


def all_uncovered(facts: Facts, window: Span) -> dict[int, list[Span]]:
    """Account → its uncovered days, in the fixed order, those that have some. Without those that
    have no administrator at all: that is another fault, with another cure."""
    found = {
        account: facts.uncovered(account, window)
        for account, people in facts.administrators.items()
        if people
    }
    return {account: spans for account, spans in found.items() if spans}


def absences_of(session: Session, person_id: int, since: date) -> Sequence[Absence]:
    """A person's absences that aren't over on `since`, in order."""
    query = (
        select(Absence)
        .where(
            Absence.person_id == person_id,
            Absence.removed_at.is_(None),
            Absence.last_day >= since,
        )
        .order_by(Absence.first_day)
    )
    return session.scalars(query).all()


def absences_between(
    session: Session, window: Span, people: Collection[int]
) -> dict[int, list[Absence]]:
    """Person → their absences that touch the window."""
    query = select(Absence).where(_touches(window), Absence.person_id.in_(people))
    found: dict[int, list[Absence]] = {}
    for absence in session.scalars(query.order_by(Absence.first_day)):
        found.setdefault(absence.person_id, []).append(absence)
    return found


def coming(
    session: Session, since: date, words: str, page: int, per_page: int
) -> tuple[Sequence[Absence], int]:
    """Everybody's absences that aren't over, the soonest first: one page of them, and how many
    there are.

    Args:
        words: in the name of who is away; "": all.
    """
    query = (
        select(Absence)
        .join(Person, Person.id == Absence.person_id)
        .where(Absence.removed_at.is_(None), Absence.last_day >= since)
    )
    for word in words.split():
        query = query.where(Person.name.icontains(word, autoescape=True))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Absence.first_day, Person.name, Absence.id)
    return session.scalars(query.offset((page - 1) * per_page).limit(per_page)).all(), total


def standing_in(session: Session, person_id: int, since: date) -> Sequence[Absence]:
    """Others' absences in which the person stands in somewhere, that aren't over."""
    somewhere = select(AccountSubstitute.absence_id).where(
        AccountSubstitute.substitute_id == person_id
    )
    query = (
        select(Absence)
        .where(
            Absence.removed_at.is_(None),
            Absence.last_day >= since,
            or_(Absence.substitute_id == person_id, Absence.id.in_(somewhere)),
        )
        .order_by(Absence.first_day)
    )
    return session.scalars(query).all()


def can_stand_in() -> Select[Any]:
    """People who may be named as substitutes."""
    return select(Person).where(is_able(Person))


def is_able(who: type[Person]) -> ColumnElement[bool]:
    """Condition on people: they have a login, and a role with which they can do what an account
    asks. Who has been given other roles can't, whatever the register or an absence says still."""
    able = select(PersonRole.person_id).where(PersonRole.role.in_(STAND_INS))
    return who.active & who.id.in_(able)


def days_text(span: Span) -> str:
    """6 juli | 6–12 juli | 29 juni–26 juli, in the reader's language."""
    locale = get_locale()
    lang = locale.language if locale else "sv"
    first, last = span.first, span.last
    if first == last:
        return format_date(first, "d MMMM", locale=lang)
    if first.year != last.year:
        long = "d MMMM y"
        return f"{format_date(first, long, locale=lang)}–{format_date(last, long, locale=lang)}"
    start = "d" if first.month == last.month else "d MMMM"
    return f"{format_date(first, start, locale=lang)}–{format_date(last, 'd MMMM', locale=lang)}"
