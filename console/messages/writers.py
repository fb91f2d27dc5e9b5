"""Two writers of one message see each other. Nothing is locked: what each saves is compared."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console.messages.process_models import Writer
from console.people.models import Person

HERE = timedelta(seconds=30)
"""A page that hasn't been heard from for so long is closed; it speaks every ten seconds."""


def here(session: Session, person_id: int, message_id: int, now: datetime) -> list[str]:
    """Write down that the person has the form open. Returns the names of the others who have.

    Not in the timeline: a page says this by itself, and it decides nothing.
    """
    row = insert(Writer).values(message_id=message_id, person_id=person_id, seen_at=now)
    key = (Writer.message_id, Writer.person_id)
    session.execute(row.on_conflict_do_update(index_elements=key, set_={"seen_at": now}))
    query = (
        select(Person.name)
        .join(Writer, Writer.person_id == Person.id)
        .where(
            Writer.message_id == message_id,
            Writer.person_id != person_id,
            Writer.seen_at > now - HERE,
        )
        .order_by(Person.name)
    )
    return list(session.scalars(query))
