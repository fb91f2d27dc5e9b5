"""Who has been shown the first minute of which role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console.people.models import Person, RoleTour
from console.timeline.operations import record


def not_toured(session: Session, person: Person) -> frozenset[str]:
    """The person's roles whose first minute they have neither seen through nor skipped."""
    query = select(RoleTour.role).where(RoleTour.person_id == person.id)
    return person.roles - frozenset(session.scalars(query))


def finish(session: Session, person: Person, now: datetime) -> None:
    """The tour of all the person's roles is done, or skipped: it isn't shown at login again.

    Done once more it changes nothing.
    """
    new = sorted(not_toured(session, person))
    if not new:
        return
    rows = [{"person_id": person.id, "role": role, "done_at": now} for role in new]
    session.execute(insert(RoleTour).values(rows).on_conflict_do_nothing())
    record(session, "person:toured", body={"roles": new}, now=now, person_id=person.id)
