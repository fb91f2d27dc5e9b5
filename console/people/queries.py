"""Who is there, and whose session or link a secret stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from console import listing
from console.errors import NotFound
from console.listing import Part
from console.people.models import (
    Duty,
    DutyPlace,
    LoginFailure,
    LoginSession,
    OneTimeLink,
    Person,
    PersonRole,
)
from console.people.rules import FAILURES_KEPT, LinkPurpose, Role, session_has_ended
from console.policy import queries as policy


@dataclass(frozen=True)
class Login:
    """What a session secret stands for."""

    session_id: int
    person: Person
    seen_at: datetime
    over: bool
    """The session has ended: the person is known, but must log in again."""
    idle_minutes: int
    idle_warning_minutes: int
    switchboard: str
    """Whom to ring when the console can't be reached."""
    role_labels: Mapping[str, str]
    """Role → the municipality's own name for it."""


def digest_of(token: str) -> bytes:
    """What is stored of a secret: its SHA-256 (the secret is 32 random bytes, so no salt)."""
    return hashlib.sha256(token.encode()).digest()


def login_of(session: Session, token: str, now: datetime) -> Login | None:
    """The login behind a browser's secret; None if there never was one or it may not count."""
    query = (
        select(LoginSession, Person)
        .join(Person, Person.id == LoginSession.person_id)
        .where(LoginSession.token_digest == digest_of(token))
    )
    row = session.execute(query).one_or_none()
    if row is None or not row.Person.active:
        return None
    profile = policy.current(session)
    login, person = row
    return Login(
        session_id=login.id,
        person=person,
        seen_at=login.seen_at,
        over=session_has_ended(login.seen_at, login.ended_at, profile.idle_minutes, now),
        idle_minutes=profile.idle_minutes,
        idle_warning_minutes=profile.idle_warning_minutes,
        switchboard=profile.phone,
        role_labels=profile.role_labels,
    )


def alive_of(session: Session, tokens: Collection[str], now: datetime) -> dict[str, Person]:
    """Browsers' secrets whose sessions stand → who is logged in there, in one query."""
    digests = {digest_of(token): token for token in tokens}
    query = (
        select(LoginSession, Person)
        .join(Person, Person.id == LoginSession.person_id)
        .where(LoginSession.token_digest.in_(digests), Person.active)
    )
    idle = policy.current(session).idle_minutes
    return {
        digests[row.LoginSession.token_digest]: row.Person
        for row in session.execute(query)
        if not session_has_ended(row.LoginSession.seen_at, row.LoginSession.ended_at, idle, now)
    }


def sessions_of(session: Session, person: Person, now: datetime) -> list[LoginSession]:
    """The sessions in which `person` is logged in now, newest first."""
    query = (
        select(LoginSession)
        .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.started_at.desc())
    )
    idle = policy.current(session).idle_minutes
    return [s for s in session.scalars(query) if not session_has_ended(s.seen_at, None, idle, now)]


def link_of(
    session: Session,
    token: str,
    now: datetime,
    purpose: LinkPurpose | None = None,
) -> OneTimeLink:
    """A one-time link that can still be used, held until the unit of work ends.

    Args:
        purpose: what it must be for; None: to choose somebody's password.

    Raises:
        NotFound: it isn't there, has been used, is too old or is for something else: one
            sentence for all.
    """
    link = session.scalars(
        select(OneTimeLink).where(OneTimeLink.token_digest == digest_of(token)).with_for_update()
    ).one_or_none()
    usable = link is not None and link.used_at is None and now < link.expires_at
    if link is None or not usable or not _fits(link, purpose):
        raise NotFound(_("Länken gäller inte längre. Be systemadministratören om en ny."))
    return link


def _fits(link: OneTimeLink, purpose: LinkPurpose | None) -> bool:
    return link.person_id is not None if purpose is None else link.purpose == purpose


def has_open_link(session: Session, person: Person, now: datetime) -> bool:
    """Does `person` have an invitation or a reset that waits to be used?"""
    query = exists().where(
        OneTimeLink.person_id == person.id,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > now,
        OneTimeLink.purpose != LinkPurpose.FIRST_ADMINISTRATOR,
    )
    return bool(session.scalar(select(query)))


def get(session: Session, person_id: int) -> Person:
    """One person.

    Raises:
        NotFound: there is nobody with that number.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(_("Den personen finns inte."))
    return person


def by_email(session: Session, email: str) -> Person | None:
    """The person with this address, in whichever case it was written."""
    return session.scalars(
        select(Person).where(func.lower(Person.email) == email.strip().lower())
    ).one_or_none()


def everyone(session: Session) -> Sequence[Person]:
    """All people, the active first, by name."""
    return session.scalars(select(Person).order_by(Person.active.desc(), Person.name)).all()


ORDERS: dict[str, tuple[LazyString, tuple[ColumnElement[Any], ...]]] = {
    "": (_l("Namn"), (Person.active.desc(), Person.name_key.expression)),
    "email": (_l("E-post"), (func.lower(Person.email),)),
    "newest": (_l("Nyast först"), (Person.created_at.desc(),)),
}
"""What the list can be sorted by, as an address says it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleSieve:
    """What the list of people is narrowed to; "" lets everything through."""

    words: str = ""
    role: str = ""
    state: str = ""
    """active | invited | shut"""
    order: str = ""
    """A key of ORDERS."""


def page_of(session: Session, sieve: PeopleSieve, page: int) -> Part[Person]:
    """One page of the people who pass the sieve, in a fixed number of queries."""
    query = select(Person)
    for word in listing.fold(sieve.words).split():
        query = query.where(Person.searched.contains(word, autoescape=True))
    if sieve.role:
        holders = select(PersonRole.person_id).where(PersonRole.role == sieve.role)
        query = query.where(Person.id.in_(holders))
    if sieve.state == "shut":
        query = query.where(Person.active.is_(False))
    elif sieve.state in ("active", "invited"):
        has_password = Person.password_hash.is_not(None)
        wanted = has_password if sieve.state == "active" else ~has_password
        query = query.where(Person.active, wanted)
    _label, order = ORDERS.get(sieve.order, ORDERS[""])
    return listing.part(session, query.order_by(*order, Person.id), page)


def with_role(session: Session, role: Role) -> Sequence[Person]:
    """Active people who have `role`, by name."""
    query = (
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == role, Person.active)
        .order_by(Person.name)
    )
    return session.scalars(query).all()


def duty(session: Session, role: Role) -> Duty | None:
    """The row of who has the role's duty now, whether or not they can still do it."""
    return session.scalar(select(Duty).where(Duty.role == role, Duty.ended_at.is_(None)))


def on_duty(session: Session, role: Role) -> Person | None:
    """Who has the role's duty now (På jour nu). None: nobody who is let in and has the role."""
    query = (
        select(Person)
        .join(Duty, Duty.person_id == Person.id)
        .join(PersonRole, (PersonRole.person_id == Person.id) & (PersonRole.role == role))
        .where(Duty.role == role, Duty.ended_at.is_(None), Person.active)
    )
    return session.scalar(query)


def call_list(session: Session, role: Role) -> list[Person]:
    """Whom to ring, in order: who has the duty first, then the role's call list.

    Only active people who have the role. Empty: nobody is on duty or on the list, although there
    may be people with the role (`with_role`).
    """
    first = on_duty(session, role)
    query = (
        select(Person)
        .join(DutyPlace, (DutyPlace.person_id == Person.id) & (DutyPlace.role == role))
        .join(PersonRole, (PersonRole.person_id == Person.id) & (PersonRole.role == role))
        .where(Person.active)
        .order_by(DutyPlace.position, Person.id)
    )
    rest = [person for person in session.scalars(query) if first is None or person.id != first.id]
    return rest if first is None else [first, *rest]


def call_places(session: Session, role: Role) -> dict[int, int]:
    """Person id → place on the role's call list, from 1."""
    query = select(DutyPlace.person_id, DutyPlace.position).where(DutyPlace.role == role)
    return {row.person_id: row.position for row in session.execute(query)}


def is_set_up(session: Session) -> bool:
    """Can anybody log in at all? Before that, only the first administrator's page answers."""
    return bool(session.scalar(select(exists().where(Person.password_hash.is_not(None)))))


def failures(session: Session, key: str, now: datetime) -> Sequence[datetime]:
    """Moments of the failed logins that count against `key`, oldest first."""
    query = (
        select(LoginFailure.at)
        .where(LoginFailure.key == key, LoginFailure.at > now - FAILURES_KEPT)
        .order_by(LoginFailure.at)
    )
    return session.scalars(query).all()
