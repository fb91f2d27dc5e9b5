"""Which version applies, whose pledge stands, and what waits to be decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlalchemy.orm import Session

from console import listing
from console.accounts import queries as accounts
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State
from console.errors import NotFound
from console.guideline import rules
from console.guideline.models import (
    GuidelineDirective,
    GuidelinePledge,
    GuidelineReading,
    GuidelineReview,
    GuidelineVersion,
    Training,
)
from console.guideline.rules import Lack, Review
from console.listing import Part
from console.people.models import Person
from console.policy.queries import current as profile


@dataclass(frozen=True)
class Book:
    """The guideline as it stands: every version, and which of them counts."""

    versions: tuple[GuidelineVersion, ...]
    """Oldest first; those that never applied too."""
    current: GuidelineVersion | None
    upcoming: GuidelineVersion | None
    """Waits for its decision or its day."""
    floor: int
    """The oldest version of which a pledge stands; 0: there is no version."""

    @property
    def pledged(self) -> tuple[int, ...]:
        """Ids of the versions of which a pledge stands."""
        newest = self.current.number if self.current else 0
        return tuple(one.id for one in self.versions if self.floor <= one.number <= newest)


def book(session: Session, now: datetime) -> Book:
    versions = tuple(
        session.scalars(select(GuidelineVersion).order_by(GuidelineVersion.number)).all()
    )
    current = rules.in_force(versions, now)
    floor = rules.pledge_floor(versions, current) if current else 0
    return Book(versions, current, rules.upcoming(versions, now), floor)


def version(session: Session, number: int) -> GuidelineVersion:
    """
    Raises:
        NotFound: there is no such version.
    """
    query = select(GuidelineVersion).where(GuidelineVersion.number == number)
    found = session.scalars(query).one_or_none() if number < 2**31 else None
    if found is None:
        raise NotFound(_("Den versionen finns inte."))
    return found


def applied_at(session: Session, at: datetime) -> GuidelineVersion | None:
    """The version that applied at a moment (1-a)."""
    return rules.in_force(book(session, at).versions, at)


@dataclass(frozen=True)
class Standing:
    """What one person has done about the guideline that applies now."""

    pledge: GuidelinePledge | None
    """The newest one that stands."""
    reading: GuidelineReading | None
    """Of the current version."""
    trainings: tuple[Training, ...]
    """Newest first."""
    asked: bool
    """They administer an account in use."""

    @property
    def lacks(self) -> tuple[Lack, ...]:
        had = {
            Lack.PLEDGE: self.pledge,
            Lack.READING: self.reading,
            Lack.TRAINING: self.trainings,
        }
        return tuple(lack for lack, thing in had.items() if not thing) if self.asked else ()


def standing(session: Session, person_id: int, book: Book) -> Standing:
    pledge = (
        select(GuidelinePledge)
        .where(GuidelinePledge.person_id == person_id, GuidelinePledge.version_id.in_(book.pledged))
        .order_by(GuidelinePledge.at.desc())
        .limit(1)
    )
    current = book.current.id if book.current else 0
    trainings = (
        select(Training)
        .where(Training.person_id == person_id, Training.removed_at.is_(None))
        .order_by(Training.held_on.desc(), Training.id.desc())
    )
    return Standing(
        pledge=session.scalars(pledge).one_or_none(),
        reading=session.get(GuidelineReading, (current, person_id)),
        trainings=tuple(session.scalars(trainings)),
        asked=bool(
            session.scalar(select(_representatives().where(Person.id == person_id).exists()))
        ),
    )


def lacks(session: Session, person_id: int, book: Book) -> tuple[Lack, ...]:
    """`Standing.lacks`, in one query."""
    missing = _missing(book)
    query = _representatives().where(Person.id == person_id).with_only_columns(*missing.values())
    row = session.execute(query).one_or_none()
    if row is None:
        return ()
    return tuple(lack for lack, so in zip(missing, row, strict=True) if so)


def pledges_of(session: Session, person_id: int) -> Sequence[GuidelinePledge]:
    """Every pledge a person has given, newest first."""
    query = select(GuidelinePledge).where(GuidelinePledge.person_id == person_id)
    return session.scalars(query.order_by(GuidelinePledge.at.desc())).all()


def readings_of(session: Session, person_id: int) -> Sequence[GuidelineReading]:
    query = select(GuidelineReading).where(GuidelineReading.person_id == person_id)
    return session.scalars(query.order_by(GuidelineReading.at.desc())).all()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """What the list of administrators is narrowed to; "" lets everything through."""

    words: str = ""
    lacks: str = ""
    """A rules.Lack, or "any"."""
    order: str = ""
    """A key of ORDERS."""


ORDERS: dict[str, tuple[LazyString, tuple[ColumnElement[Any], ...]]] = {
    "": (_l("Namn"), (Person.name_key.expression,)),
    "title": (_l("Titel"), (func.lower(Person.title), Person.name_key.expression)),
}


@dataclass(frozen=True)
class Row:
    """An administrator in the list."""

    person: Person
    accounts: tuple[str, ...]
    lacks: tuple[Lack, ...]


def page_of(session: Session, book: Book, sieve: Sieve, page: int) -> Part[Row]:
    """One page of those who answer for an account in use, in a fixed number of queries."""
    query = _representatives()
    for word in listing.fold(sieve.words).split():
        query = query.where(Person.searched.contains(word, autoescape=True))
    missing = _missing(book)
    if sieve.lacks == "any":
        query = query.where(not_(and_(*(not_(one) for one in missing.values()))))
    elif sieve.lacks in missing:
        query = query.where(missing[Lack(sieve.lacks)])
    _label, order = ORDERS.get(sieve.order, ORDERS[""])
    found = listing.part(session, query.order_by(*order, Person.id), page)
    ids = [person.id for person in found.rows]
    names = _accounts_of(session, ids)
    lacking = {
        lack: set(session.scalars(select(Person.id).where(Person.id.in_(ids), condition)))
        for lack, condition in missing.items()
    }
    rows = [
        Row(
            person,
            tuple(names.get(person.id, ())),
            tuple(lack for lack in Lack if person.id in lacking[lack]),
        )
        for person in found.rows
    ]
    return Part(rows, found.total, found.page, found.pages)


def counts(session: Session, book: Book) -> dict[Lack, int]:
    """How many of those who answer for an account in use lack what."""
    missing = _missing(book)
    counted = (func.count().filter(condition) for condition in missing.values())
    row = session.execute(_representatives().with_only_columns(*counted)).one()
    return dict(zip(missing, row, strict=True))


def unpledged(session: Session, book: Book, people: Collection[int]) -> set[int]:
    """Ids of those among `people` whose pledge doesn't stand; nobody before the first version."""
    if book.current is None or not people:
        return set()
    query = select(Person.id).where(Person.id.in_(people), _missing(book)[Lack.PLEDGE])
    return set(session.scalars(query))


def without_pledge(session: Session, book: Book) -> list[int]:
    """Accounts in use that wait for an administrator's pledge (3.2-d), in board order."""
    if book.current is None:
        return []
    waited_for = select(Person.id).where(Person.active, _missing(book)[Lack.PLEDGE])
    waits = select(AccountAdministrator.account_id).where(
        AccountAdministrator.person_id.in_(waited_for)
    )
    return accounts.ids_where(session, Account.state == State.ACTIVE, Account.id.in_(waits))


def unpledged_accounts(
    session: Session, book: Book, among: Collection[int]
) -> dict[int, list[str]]:
    """Of these accounts, those in use that wait for a pledge → names of whose (3.2-d)."""
    if book.current is None:
        return {}
    query = (
        select(AccountAdministrator.account_id, Person.name)
        .join(Person, Person.id == AccountAdministrator.person_id)
        .join(Account, Account.id == AccountAdministrator.account_id)
        .where(
            listing.among(Account.id, among),
            Account.state == State.ACTIVE,
            Person.active,
            _missing(book)[Lack.PLEDGE],
        )
        .order_by(Account.position, Account.id, AccountAdministrator.position)
    )
    found: dict[int, list[str]] = {}
    for account_id, name in session.execute(query):
        found.setdefault(account_id, []).append(name)
    return found


def to_ask(session: Session, book: Book) -> list[tuple[Person, bool]]:
    """(who, whether a pledge is asked for): those who lack a pledge or a reading."""
    missing = _missing(book)
    query = (
        _representatives()
        .add_columns(missing[Lack.PLEDGE])
        .where(not_(and_(not_(missing[Lack.PLEDGE]), not_(missing[Lack.READING]))))
        .order_by(Person.id)
    )
    return [(person, pledge) for person, pledge in session.execute(query)]


def reviews(session: Session) -> Sequence[GuidelineReview]:
    """Newest first."""
    return session.scalars(select(GuidelineReview).order_by(GuidelineReview.id.desc())).all()


def last_review(session: Session) -> GuidelineReview | None:
    query = select(GuidelineReview).order_by(GuidelineReview.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


def review(session: Session, book: Book, today: date) -> Review | None:
    """The next review; None before there is a version to review (8-a)."""
    if book.current is None:
        return None
    last = last_review(session)
    if last is not None:
        since = last.held_on
    else:
        since = next(one.applies_from for one in book.versions if one.number == book.floor)
    return rules.review(since, profile(session).review_months, today)


def promised(session: Session, book: Book) -> GuidelineReview | None:
    """The last review, if it decided on a change that no version has brought yet."""
    last = last_review(session)
    if last is None or last.outcome == rules.Outcome.NOTHING:
        return None
    later = [one for one in book.versions if one.number > last.version.number]
    return None if any(one.withdrawn_at is None for one in later) else last


def directive(session: Session, directive_id: int) -> GuidelineDirective:
    """
    Raises:
        NotFound: there is no such directive.
    """
    found = session.get(GuidelineDirective, directive_id)
    if found is None:
        raise NotFound(_("Det direktivet finns inte."))
    return found


def directives(session: Session, page: int) -> Part[GuidelineDirective]:
    """One page of them: the open ones first, then the newest."""
    order = (GuidelineDirective.settled_at.is_not(None), GuidelineDirective.id.desc())
    return listing.part(session, select(GuidelineDirective).order_by(*order), page)


def open_directives(session: Session) -> Sequence[GuidelineDirective]:
    query = select(GuidelineDirective).where(GuidelineDirective.settled_at.is_(None))
    return session.scalars(query.order_by(GuidelineDirective.id)).all()


def _representatives() -> Select[Person]:
    """People with a login who administer an account in use."""
    administers = (
        exists()
        .where(AccountAdministrator.person_id == Person.id)
        .where(Account.id == AccountAdministrator.account_id, Account.state == State.ACTIVE)
    )
    return select(Person).where(Person.active, administers)


def _missing(book: Book) -> dict[Lack, ColumnElement[bool]]:
    current = book.current.id if book.current else 0
    return {
        Lack.PLEDGE: ~exists().where(
            GuidelinePledge.person_id == Person.id, GuidelinePledge.version_id.in_(book.pledged)
        ),
        Lack.READING: ~exists().where(
            GuidelineReading.person_id == Person.id, GuidelineReading.version_id == current
        ),
        Lack.TRAINING: ~exists().where(
            Training.person_id == Person.id, Training.removed_at.is_(None)
        ),
    }


def _accounts_of(session: Session, people: Collection[int]) -> dict[int, list[str]]:
    query = (
        select(AccountAdministrator.person_id, Account.short_name)
        .join(Account, Account.id == AccountAdministrator.account_id)
        .where(AccountAdministrator.person_id.in_(people), Account.state == State.ACTIVE)
        .order_by(Account.position, Account.id)
    )
    found: dict[int, list[str]] = {}
    for person_id, name in session.execute(query):
        found.setdefault(person_id, []).append(name)
    return found
