"""Reads over the register, always in the fixed order of the boards: accounts never move.

Administrators, their people and deviations come along in a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, defaultload, lazyload

from channels.platforms import ADDED, PLATFORMS
from console import listing
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State
from console.errors import NotFound
from console.listing import Part
from console.people.models import Person, PersonRole
from console.people.rules import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """What the list is narrowed to; "" lets everything through."""

    words: str = ""
    platform: str = ""
    committee: str = ""
    state: str = ""
    deviating: bool = False
    """Only those with something that isn't mended."""
    person: int = 0
    """Only those that this person administers."""
    order: str = ""
    """A key of ORDERS."""


def _in_order() -> Select[Account]:
    return select(Account).order_by(Account.position, Account.id)


ORDERS: dict[str, tuple[LazyString, tuple[ColumnElement[Any], ...]]] = {
    "": (_l("Som på tavlan"), (Account.position.expression,)),
    "name": (_l("Namn"), (Account.name_key.expression,)),
    "platform": (_l("Plattform"), (Account.platform.expression, Account.name_key.expression)),
    "committee": (_l("Nämnd"), (Account.committee_key.expression, Account.name_key.expression)),
    "newest": (_l("Nyast först"), (Account.created_at.desc(),)),
}
"""What the list can be sorted by, as an address says it; the account's number decides the rest."""


def all_accounts(session: Session, sieve: Sieve | None = None) -> list[Account]:
    """The accounts that pass the sieve, ended ones included."""
    return list(session.scalars(_sifted(sieve or Sieve())))


def page_of(session: Session, sieve: Sieve, page: int) -> Part[Account]:
    """One page of them with their administrators' names, in a fixed number of queries."""
    people = defaultload(Account.administrators).defaultload(AccountAdministrator.person)
    query = _sifted(sieve).options(lazyload(Account.deviations), people.lazyload(Person.role_rows))
    return listing.part(session, query, page)


def bare_page_of(
    session: Session, sieve: Sieve, page: int, among: Collection[int] | None = None
) -> Part[Account]:
    """The same without administrators and deviations, for who has them otherwise.

    Args:
        among: ids; None: all.
    """
    query = _sifted(sieve).options(lazyload(Account.administrators), lazyload(Account.deviations))
    if among is not None:
        query = query.where(listing.among(Account.id, among))
    known = len(among) if among is not None and sieve == Sieve(order=sieve.order) else None
    return listing.part(session, query, page, total=known)


def _sifted(sieve: Sieve) -> Select[Account]:
    query = select(Account)
    if sieve.platform:
        query = query.where(Account.platform == sieve.platform)
    if sieve.committee:
        query = query.where(Account.committee == sieve.committee)
    if sieve.state:
        query = query.where(Account.state == sieve.state)
    if sieve.deviating:
        query = query.where(Account.deviations.any(mended_at=None))
    if sieve.person:
        query = query.where(Account.id.in_(ids_administered(sieve.person)))
    for word in listing.fold(sieve.words).split():
        query = query.where(_mentions(word))
    _label, order = ORDERS.get(sieve.order, ORDERS[""])
    return query.order_by(*order, Account.id)


def account(session: Session, account_id: int) -> Account:
    """
    Raises:
        NotFound: no such account.
    """
    found = session.get(Account, account_id)
    if found is None:
        raise NotFound(_("Kontot finns inte."))
    return found


def by_ids(session: Session, ids: Sequence[int]) -> list[Account]:
    """Those that exist, in board order whatever order was asked for."""
    if not ids:
        return []
    return list(session.scalars(_in_order().where(Account.id.in_(ids))))


def active_public(session: Session) -> list[Account]:
    """The accounts that a new event preselects."""
    return list(session.scalars(_in_order().where(Account.state == State.ACTIVE, Account.public)))


def administered_by(session: Session, person_id: int) -> list[Account]:
    """The accounts a person administers."""
    return list(session.scalars(_in_order().where(Account.id.in_(ids_administered(person_id)))))


def bare_administered_by(session: Session, person_id: int) -> list[Account]:
    """The same without administrators and deviations."""
    query = _in_order().where(Account.id.in_(ids_administered(person_id)))
    bare = query.options(lazyload(Account.administrators), lazyload(Account.deviations))
    return list(session.scalars(bare))


def ids_where(session: Session, *conditions: ColumnElement[bool]) -> list[int]:
    """Numbers of the accounts for which all of these hold, in board order."""
    return session.scalar(select(in_board_order()).where(*conditions)) or []


def in_board_order() -> Any:
    """A column with all the numbers that a query finds: thousands of rows take much longer."""
    return func.array_agg(aggregate_order_by(Account.id, Account.position, Account.id))


def ids_administered(person_id: int) -> Select[int]:
    """Their ids, to ask among."""
    return select(AccountAdministrator.account_id).where(
        AccountAdministrator.person_id == person_id
    )


def can_administer() -> Select[Any]:
    """People who may be named as administrators, and count as such while they may."""
    holders = select(PersonRole.person_id).where(PersonRole.role == Role.ACCOUNT_ADMINISTRATOR)
    return select(Person).where(Person.active, Person.id.in_(holders))


def administers_still(person: Person) -> bool:
    """As `can_administer`: has a login, and hasn't been given other roles instead."""
    return person.active and Role.ACCOUNT_ADMINISTRATOR in person.roles


def with_deviations(session: Session, most: int) -> Part[Account]:
    """The first accounts with something that isn't mended, and how many there are."""
    query = _sifted(Sieve(deviating=True)).options(lazyload(Account.administrators))
    return listing.part(session, query, 1, rows=most)


def committees(session: Session) -> list[str]:
    """Every committee in the register, in alphabetical order."""
    query = select(Account.committee).where(Account.committee != "").distinct()
    return sorted(session.scalars(query), key=str.casefold)


def _mentions(word: str) -> ColumnElement[bool]:
    """Does the account say the folded word: itself, its platform, or an administrator's name?"""
    called = [key for key, one in PLATFORMS.items() if word in listing.fold(one.name)]
    people = select(Person.id).where(Person.name_key.contains(word, autoescape=True))
    theirs = select(AccountAdministrator.account_id).where(
        AccountAdministrator.person_id.in_(people)
    )
    return or_(
        Account.searched.contains(word, autoescape=True),
        Account.platform.in_(called),
        and_(
            Account.platform.startswith(ADDED),
            func.lower(func.substr(Account.platform, len(ADDED) + 1)).contains(
                word, autoescape=True
            ),
        ),
        Account.id.in_(theirs),
    )
