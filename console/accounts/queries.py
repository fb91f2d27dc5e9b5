"""Reads over the register, always in the fixed order of the boards: accounts never move.

Administrators, their people and deviations come along in a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State
from console.errors import NotFound
from console.people.models import Person, PersonRole
from console.people.rules import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """What the list is narrowed to; "" lets everything through."""

    words: str = ""
    platform: str = ""
    committee: str = ""
    state: str = ""


def _in_order() -> Select[Account]:
    return select(Account).order_by(Account.position, Account.id)


def all_accounts(session: Session, sieve: Sieve | None = None) -> list[Account]:
    """The accounts that pass the sieve, ended ones included."""
    sieve = sieve or Sieve()
    query = _in_order()
    if sieve.platform:
        query = query.where(Account.platform == sieve.platform)
    if sieve.committee:
        query = query.where(Account.committee == sieve.committee)
    if sieve.state:
        query = query.where(Account.state == sieve.state)
    words = sieve.words.casefold().split()
    return [a for a in session.scalars(query) if all(w in _searched(a) for w in words)]


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
    return list(session.scalars(_in_order().where(Account.id.in_(ids))))


def active_public(session: Session) -> list[Account]:
    """The accounts that a new event preselects."""
    return list(session.scalars(_in_order().where(Account.state == State.ACTIVE, Account.public)))


def administered_by(session: Session, person_id: int) -> list[Account]:
    """The accounts a person administers."""
    mine = select(AccountAdministrator.account_id).where(
        AccountAdministrator.person_id == person_id
    )
    return list(session.scalars(_in_order().where(Account.id.in_(mine))))


def can_administer(session: Session) -> list[Person]:
    """People who may be named as administrators, by name."""
    holders = select(PersonRole.person_id).where(PersonRole.role == Role.ACCOUNT_ADMINISTRATOR)
    query = select(Person).where(Person.active, Person.id.in_(holders))
    return sorted(session.scalars(query), key=lambda person: person.name.casefold())


def with_deviations(session: Session) -> list[Account]:
    """Accounts with something that isn't mended."""
    open_ones = Account.deviations.any(mended_at=None)
    return list(session.scalars(_in_order().where(open_ones)))


def committees(session: Session) -> list[str]:
    """Every committee in the register, in alphabetical order."""
    query = select(Account.committee).where(Account.committee != "").distinct()
    return sorted(session.scalars(query), key=str.casefold)


def _searched(account: Account) -> str:
    """What a search looks through."""
    platform = PLATFORMS.get(account.platform)
    texts = [
        account.name,
        account.short_name,
        account.handle,
        account.operation,
        account.committee,
        platform.name if platform else account.platform,
        *(row.person.name for row in account.administrators),
    ]
    return " ".join(texts).casefold()
