"""Who is there, for the board: duty, the places, calls to approvers. Three queries at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from console.incidents import roster
from console.incidents.models import RosterPlace
from console.messages.models import ApproverCall
from console.people.labels import role_labels
from console.people.models import Duty, Person, PersonRole
from console.people.rules import Role


@dataclass(frozen=True)
class Staffing:
    duty: Mapping[str, Row[Any]]
    """Role → id, name, phone, until, since of who has its duty; roles without are left out."""
    places: Sequence[roster.Held]
    calls: Mapping[int, Sequence[Row[Any]]]
    """Waiting version → its calls in order: outcome, everybody, called_at, name, phone"""
    labels: Mapping[Role, str]
    """What roles are called here."""


def read(session: Session, incident_id: int, waiting: Sequence[int]) -> Staffing:
    """
    Args:
        waiting: ids of the versions before an approver.
    """
    duty = {row.role: row for row in _duty(session)}
    calls: dict[int, list[Row[Any]]] = {}
    for row in _calls(session, waiting) if waiting else ():
        calls.setdefault(row.version_id, []).append(row)
    places = roster.arranged(
        roster.places(session),
        session.execute(
            select(
                RosterPlace.place, RosterPlace.name, RosterPlace.phone, RosterPlace.person_id
            ).where(RosterPlace.incident_id == incident_id)
        ).all(),
        {role: duty.get(role) for role in roster.BY_DUTY.values()},
    )
    return Staffing(duty, places, calls, role_labels(session))


def duty_only(session: Session) -> Staffing:
    """Outside events there are no places and no calls."""
    return Staffing({row.role: row for row in _duty(session)}, (), {}, role_labels(session))


def _duty(session: Session) -> Sequence[Row[Any]]:
    return session.execute(
        select(Duty.role, Duty.since, Duty.until, Person.id, Person.name, Person.phone)
        .join(Person, Person.id == Duty.person_id)
        .join(PersonRole, (PersonRole.person_id == Person.id) & (PersonRole.role == Duty.role))
        .where(Duty.ended_at.is_(None), Person.active)
    ).all()


def _calls(session: Session, waiting: Sequence[int]) -> Sequence[Row[Any]]:
    c = ApproverCall
    return session.execute(
        select(c.version_id, c.outcome, c.everybody, c.called_at, Person.name, Person.phone)
        .join(Person, Person.id == c.person_id)
        .where(c.version_id.in_(waiting))
        .order_by(c.id)
    ).all()
