"""Locks are written here and nowhere else. Which account may be locked is judged before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.incidents.models import Incident, Lock
from console.incidents.operations.common import named, record_for
from console.people.models import Person


def set_locks(
    session: Session, actor: Person, incident: Incident, accounts: list[Account], now: datetime
) -> list[Lock]:
    locks = [
        Lock(account_id=a.id, incident_id=incident.id, exercise=incident.exercise, since=now)
        for a in accounts
    ]
    session.add_all(locks)
    session.flush()
    if locks:
        record_for(session, "lock:set", incident, actor, now, accounts=[named(a) for a in accounts])
    return locks


def release_locks(
    session: Session,
    actor: Person,
    incident: Incident,
    locks: list[Lock],
    accounts: list[Account],
    why: str,
    now: datetime,
) -> None:
    for lock in locks:
        lock.released_at, lock.released_by_id, lock.release_reason = now, actor.id, why
    session.flush()
    if locks:
        facts = {"accounts": [named(a) for a in accounts], "reason": why}
        record_for(session, "lock:released", incident, actor, now, **facts)
