"""*Första timmen* and the shifts, as the board and the staff's own page show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from console.incidents import queries as incidents
from console.incidents.models import Handover, Incident
from console.incidents.rules import SHIFT_ROLES, HandoverState
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.people.labels import role_label
from console.people.models import Person
from console.people.rules import Role
from console.policy.queries import current
from console.policy.values import FIRST_HOUR_FACTS, FirstHourItem

POSTED = ("website", "channels")
"""Points that are done when a first post is out."""


@dataclass(frozen=True)
class Point:
    """One point of the first hour, and whether it is done."""

    item: FirstHourItem
    due: datetime
    done_at: datetime | None = None
    who: str = ""
    """Empty: the console itself saw that it happened."""
    note: str = ""

    @property
    def by_fact(self) -> bool:
        return self.item.key in FIRST_HOUR_FACTS

    def late(self, now: datetime) -> bool:
        return self.done_at is None and now >= self.due


@dataclass(frozen=True)
class Shift:
    """Who holds a shift, and who is to take it."""

    role: Role
    label: str
    """What the role is called here."""
    holder: Person | None
    offered: Handover | None


@dataclass(frozen=True)
class StaffFacts:
    points: tuple[Point, ...]
    shifts: tuple[Shift, ...]

    @property
    def waits_for_posts(self) -> bool:
        """Is there a point that the first post which goes out will tick?"""
        return any(one.item.key in POSTED and one.done_at is None for one in self.points)


def staff(session: Session, incident: Incident) -> StaffFacts:
    """In a fixed number of queries."""
    return StaffFacts(points(session, incident), shifts(session, incident))


def points(session: Session, incident: Incident) -> tuple[Point, ...]:
    """The profile's list in its order, ticked by fact where the console knows, else by hand."""
    facts = _facts(session, incident)
    ticks = incidents.first_hour_ticks(session, incident.id)
    found = []
    for item in current(session).first_hour:
        due = incident.opened_at + timedelta(minutes=item.minute)
        if item.key in FIRST_HOUR_FACTS:
            done_at, who = facts[item.key]
            found.append(Point(item, due, done_at, who))
        elif (tick := ticks.get(item.key)) is not None:
            found.append(Point(item, due, tick.at, tick.by.name, tick.note))
        else:
            found.append(Point(item, due))
    return tuple(found)


def shifts(session: Session, incident: Incident) -> tuple[Shift, ...]:
    """Of the unit always; of the approvers once one of them has handed over or is about to."""
    rows = incidents.handovers_of(session, incident.id)
    found = []
    for role in SHIFT_ROLES:
        mine = [row for row in rows if row.role == role]
        taken = [row for row in mine if row.state == HandoverState.TAKEN]
        last = max(taken, key=lambda row: (row.taken_at, row.id), default=None)
        first = incident.opened_by if role == Role.INFORMATION_UNIT else None
        holder = last.receiver if last is not None else first
        offered = next((row for row in mine if row.state == HandoverState.OFFERED), None)
        if holder is not None or offered is not None:
            found.append(Shift(role, role_label(session, role), holder, offered))
    return tuple(found)


def _facts(session: Session, incident: Incident) -> dict[str, tuple[datetime | None, str]]:
    """Key → when it first was so (None: not yet), and who did it."""
    row = _moments(session, incident.id)
    return {
        "opened": (incident.opened_at, incident.opened_by.name),
        "written": (row.written, row.writer or ""),
        "approved": (row.approved, ""),
        "website": (row.website, ""),
        "channels": (row.channels, ""),
        "next": (row.next, ""),
    }


def _moments(session: Session, incident_id: int) -> Row[Any]:
    mine = Message.incident_id == incident_id
    first = (
        select(Version.submitted_at.label("at"), Person.name.label("name"))
        .join(Message, Message.id == Version.message_id)
        .join(Person, Person.id == Version.submitted_by_id)
        .where(mine)
        .order_by(Version.id)
        .limit(1)
        .subquery()
    )
    out = (
        select(func.min(Round.at).label("at"))
        .join(Broadcast, Broadcast.id == Round.broadcast_id)
        .where(Round.incident_id == incident_id, Round.state == "written")
        .group_by(Broadcast.message_id)
        .subquery()
    )
    return session.execute(
        select(
            select(first.c.at).scalar_subquery().label("written"),
            select(first.c.name).scalar_subquery().label("writer"),
            select(func.min(Broadcast.released_at))
            .where(Broadcast.incident_id == incident_id)
            .scalar_subquery()
            .label("approved"),
            _first_sent(incident_id, leading=True).label("website"),
            _first_sent(incident_id, leading=False).label("channels"),
            select(out.c.at).order_by(out.c.at).offset(1).limit(1).scalar_subquery().label("next"),
        )
    ).one()


def _first_sent(incident_id: int, *, leading: bool) -> Any:
    """When the first post was out: looked for round by round, so that little is read."""
    sent = (
        (Delivery.round_id == Round.id)
        & Delivery.leading.is_(leading)
        & Delivery.state.in_(("sent", "confirmed"))
    )
    at = select(func.min(Delivery.settled_at)).where(sent).correlate(Round).scalar_subquery()
    return (
        select(at)
        .select_from(Round)
        .where(Round.incident_id == incident_id, exists().where(sent).correlate(Round))
        .order_by(Round.number)
        .limit(1)
        .scalar_subquery()
    )
