"""Writing the timeline. `record()` collects; the chain is computed just before the commit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from console import db, live
from console.timeline import rules
from console.timeline.models import Body, Entry, Head, Personal


@dataclass(frozen=True, slots=True)
class _Collected:
    at: datetime
    tag: str
    incident_id: int | None
    person_id: int | None
    salt: bytes
    canonical: str
    digest: bytes
    personal: dict[str, tuple[bytes, str]]
    """field → (salt, text)"""


def record(
    session: Session,
    tag: str,
    *,
    body: Mapping[str, Any],
    now: datetime,
    incident_id: int | None = None,
    person_id: int | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Say that something happened. The entry stands if and only if the unit of work commits.

    Entries of one unit come in the order of the calls. Those recorded inside a savepoint that is
    rolled back are dropped with it. The event's board gets a hint after the commit.

    Args:
        tag: `noun:verb` or `noun:thing:verb`, see `console.timeline.rules`.
        body: the facts: JSON's types, aware datetimes and enums; no floats, no secrets.
        now: when it happened (aware).
        incident_id: the event it belongs to, if any; decides whose export shows it.
        person_id: who did it; None for the program itself.
        personal: field → text about or by a person, which can later be masked by itself.

    Raises:
        TypeError, ValueError: something that the timeline can't hold (`rules.plain`).
    """
    kept = {
        rules.clean_text(field): (os.urandom(rules.SALT_BYTES), rules.clean_text(text))
        for field, text in (personal or {}).items()
    }
    salt = os.urandom(rules.SALT_BYTES)
    canonical = rules.compose(
        tag,
        at=now,
        incident_id=incident_id,
        person_id=person_id,
        facts=body,
        personal={field: rules.digest(*pair) for field, pair in kept.items()},
    )
    _collected(session).append(
        _Collected(
            at=now,
            tag=tag,
            incident_id=incident_id,
            person_id=person_id,
            salt=salt,
            canonical=canonical,
            digest=rules.digest(salt, canonical),
            personal=kept,
        )
    )
    db.last_step(session, "timeline", append_collected)
    if incident_id is not None:
        live.announce(session, live.incident_topic(incident_id))


def append_collected(session: Session) -> None:
    """Write what was recorded to the end of the chain.

    1. Lock the head row, and with it everybody else's appending, until the commit that follows.
    2. Number and link the entries.
    3. Copy the rows in, and move the head.
    """
    collected: list[_Collected] = session.info.pop("timeline", [])
    if not collected:
        return
    n, prev = _lock_head(session)
    entries: list[tuple[Any, ...]] = []
    bodies: list[tuple[Any, ...]] = []
    personal: list[tuple[Any, ...]] = []
    for c in collected:
        n += 1
        hash_ = rules.entry_hash(prev, n, c.digest)
        entries.append((n, c.at, c.tag, c.incident_id, c.person_id, prev, c.digest, hash_))
        bodies.append((n, c.salt, c.canonical))
        personal.extend((n, field, salt, text) for field, (salt, text) in c.personal.items())
        prev = hash_
    _copy(
        session,
        Entry,
        "n, at, tag, incident_id, person_id, prev, body_digest, entry_hash",
        entries,
    )
    _copy(session, Body, "n, salt, canonical", bodies)
    _copy(session, Personal, "n, field, salt, content", personal)
    session.execute(update(Head).values(n=n, entry_hash=prev))


def _lock_head(session: Session) -> tuple[int, bytes]:
    query = select(Head.n, Head.entry_hash).with_for_update()
    row = session.execute(query).one_or_none()
    if row is None:
        # Two first units may meet here: the loser waits in the insert, does nothing, and then
        # waits for the row like everybody else.
        first = insert(Head).values(id=1, n=0, entry_hash=rules.START)
        session.execute(first.on_conflict_do_nothing())
        row = session.execute(query).one()
    return row.n, row.entry_hash


def _copy(
    session: Session, model: type[db.Base], columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    rows = list(rows)
    if not rows:
        return
    # COPY, because holding the head is what everybody else waits for: a thousand rows take a
    # fraction of the time that INSERTs do.
    connection: Any = session.connection().connection.driver_connection
    statement = f"COPY {model.__tablename__} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _collected(session: Session) -> list[_Collected]:
    collected: list[_Collected] = session.info.setdefault("timeline", [])
    return collected


@event.listens_for(Session, "after_transaction_create")
def _savepoint_begins(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault("timeline_savepoints", {})
        marks[transaction] = len(_collected(session))


@event.listens_for(Session, "after_soft_rollback")
def _savepoint_rolled_back(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        mark = session.info["timeline_savepoints"].pop(transaction, None)
        if mark is not None:
            del _collected(session)[mark:]
