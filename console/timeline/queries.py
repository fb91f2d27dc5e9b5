"""Reading the timeline for the console's own pages."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.timeline import rules
from console.timeline.models import Body, Entry, Head, Personal


class HeadAt(NamedTuple):
    """Where the chain ends: how many entries, and the last one's hash (32 bytes)."""

    n: int
    entry_hash: bytes


@dataclass(frozen=True)
class LoggedEntry:
    """An entry as the log shows it."""

    n: int
    at: datetime
    tag: str
    incident_id: int | None
    person_id: int | None
    facts: dict[str, Any]
    """Empty when the body is withheld."""
    personal: dict[str, str | None]
    """field → text; None when masked."""
    withheld: str | None
    """Why the body isn't shown, if it isn't."""


def head(session: Session) -> HeadAt:
    """The chain's end as committed; (0, 32 zero bytes) before the first entry."""
    row = session.execute(select(Head.n, Head.entry_hash)).one_or_none()
    return HeadAt(0, rules.START) if row is None else HeadAt(row.n, row.entry_hash)


def entries_of(
    session: Session,
    incident_id: int | None,
    limit: int = 100,
    before: int | None = None,
    without: Collection[str] = (),
) -> list[LoggedEntry]:
    """The newest entries of an event (None: those outside events), newest first.

    Args:
        limit: at most so many.
        before: only entries with a lower number, for turning the page.
        without: tags to leave out.
    """
    query = (
        select(Entry, Body)
        .join(Body, Body.n == Entry.n)
        .where(Entry.incident_id.is_not_distinct_from(incident_id))
        .order_by(Entry.n.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Entry.n < before)
    if without:
        query = query.where(Entry.tag.not_in(without))
    rows = session.execute(query).all()
    personal: dict[int, dict[str, str | None]] = {}
    for row in session.scalars(select(Personal).where(Personal.n.in_([e.n for e, _ in rows]))):
        personal.setdefault(row.n, {})[row.field] = row.content
    return [
        LoggedEntry(
            n=entry.n,
            at=entry.at,
            tag=entry.tag,
            incident_id=entry.incident_id,
            person_id=entry.person_id,
            facts={} if body.canonical is None else json.loads(body.canonical)["facts"],
            personal=personal.get(entry.n, {}) if body.canonical is not None else {},
            withheld=None if body.canonical is not None else (body.masked_reason or "masked"),
        )
        for entry, body in rows
    ]


def tags_count(session: Session, incident_id: int | None = None) -> dict[str, int]:
    """Tag → number of entries, of one event or (None) of the whole timeline, by tag."""
    query = select(Entry.tag, func.count()).group_by(Entry.tag).order_by(Entry.tag)
    if incident_id is not None:
        query = query.where(Entry.incident_id == incident_id)
    return {row.tag: row[1] for row in session.execute(query)}
