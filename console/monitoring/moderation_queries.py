"""Whose cases somebody sees, and who may read the evidence. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session

from console import listing
from console.errors import NotFound
from console.listing import Part
from console.monitoring import item_queries, moderation_rules
from console.monitoring.moderation_models import Moderation, ModerationEvidence
from console.monitoring.moderation_rules import ModerationState
from console.people.models import Person, PersonRole
from console.people.rules import Permission, Role, may

COUNTED = timedelta(days=365)
MOST = 50
"""Rows that a person's start page asks for."""
_HANDLED = (ModerationState.CAPTURED, ModerationState.READY, ModerationState.GONE)
"""States in which whoever looks after the account has something to do."""


@dataclass(frozen=True)
class Figures:
    gone: int
    """Within `COUNTED`."""
    half: timedelta | None
    """Half of them could be seen for no longer than this after we saw them; None: there are
    none."""


def one(session: Session, person: Person, case_id: int, now: datetime) -> Moderation:
    """
    Raises:
        NotFound: there is none, or it isn't this person's to see.
    """
    case = session.get(Moderation, case_id)
    if case is None or not may_see(session, person, case, now):
        raise NotFound(_("Det finns inte, eller är inte ditt att se."))
    return case


def link_of(session: Session, case: Moderation) -> str:
    """Where the post is, for who is to hide or remove it."""
    query = select(ModerationEvidence.link).where(ModerationEvidence.moderation_id == case.id)
    return session.scalars(query).one()


def people_of(session: Session, case: Moderation) -> dict[int, str]:
    """Names of those who have done something about it, by id."""
    ids = {case.captured_by_id, case.decided_by_id, case.numbered_by_id, case.told_by_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}


def may_see(session: Session, person: Person, case: Moderation, now: datetime) -> bool:
    query = select(Moderation.id).where(Moderation.id == case.id, _visible(person, now))
    return session.scalar(query) is not None


def may_read(session: Session, person: Person, case: Moderation, now: datetime) -> bool:
    """The evidence: by permission; and until it is decided, by those who are to decide."""
    if may(person.roles, Permission.READ_EVIDENCE):
        return True
    return case.state == ModerationState.CAPTURED and may_handle(session, person, case, now)


def may_handle(session: Session, person: Person, case: Moderation, now: datetime) -> bool:
    """Decide, hide or remove, tell the author: as whoever looks after the account."""
    return may(person.roles, Permission.MODERATE) and item_queries.may_see_account(
        session, person, case.account_id, now
    )


def of_item(session: Session, item_id: int) -> Moderation | None:
    """The item's newest case."""
    query = select(Moderation).where(Moderation.item_id == item_id)
    return session.scalar(query.order_by(Moderation.id.desc()).limit(1))


def page_of(
    session: Session, person: Person, show: str, page: int, now: datetime
) -> Part[Moderation]:
    """One page of what the person may see.

    Args:
        show: open (oldest first) or all (newest first).
    """
    query = select(Moderation).where(_visible(person, now))
    if show == "all":
        query = query.order_by(Moderation.id.desc())
    else:
        query = query.where(Moderation.state.in_(moderation_rules.OPEN)).order_by(Moderation.id)
    return listing.part(session, query, page)


def figures(session: Session, person: Person, now: datetime) -> Figures:
    off = func.least(Moderation.hidden_at, Moderation.removed_at)
    took = func.extract("epoch", off - Moderation.seen_at)
    row = session.execute(
        select(func.count(), func.percentile_cont(0.5).within_group(took)).where(
            _visible(person, now), off > now - COUNTED
        )
    ).one()
    return Figures(row[0], None if row[1] is None else timedelta(seconds=int(row[1])))


def to_handle(session: Session, person: Person, now: datetime) -> Sequence[Moderation]:
    """Cases that wait for the person: of accounts that they look after, and of no account, those
    that they captured; the information unit has all of these."""
    if not may(person.roles, Permission.MODERATE):
        return ()
    query = select(Moderation).where(Moderation.state.in_(_HANDLED), _ones_own(person, now))
    return session.scalars(query.order_by(Moderation.state_at, Moderation.id).limit(MOST)).all()


def to_register(session: Session, person: Person) -> Sequence[Moderation]:
    """Cases that wait for the registry's number: the registrar's, and the information unit's where
    there is no registrar."""
    if not may(person.roles, Permission.GIVE_REGISTRY_NUMBER):
        return ()
    query = select(Moderation).where(Moderation.state == ModerationState.REGISTRY)
    if Role.REGISTRAR not in person.roles:
        registrar = (
            select(PersonRole.person_id)
            .join(Person, Person.id == PersonRole.person_id)
            .where(PersonRole.role == Role.REGISTRAR, Person.active)
        )
        query = query.where(~exists(registrar))
    return session.scalars(query.order_by(Moderation.state_at, Moderation.id).limit(MOST)).all()


def _visible(person: Person, now: datetime) -> ColumnElement[bool]:
    if item_queries.sees_all(person) or may(person.roles, Permission.READ_EVIDENCE):
        return true()
    return _ones_own(person, now)


def _ones_own(person: Person, now: datetime) -> ColumnElement[bool]:
    return item_queries.falls_to(person, Moderation.account_id, Moderation.captured_by_id, now)
