"""Reading what is asked of accounts, what is handed over, and when a backup was last taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from console import listing
from console.accounts.models import Account
from console.accounts.queries import ids_where
from console.archive.deliveries import RECEIVERS
from console.archive.models import ArchiveDelivery, Snapshot, SnapshotTask
from console.archive.rules import AGAIN, PROVED_WITHIN, DeliveryState, Kind
from console.errors import NotFound
from console.listing import Part
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.policy.models import LiveUse
from console.policy.queries import RESTORED
from console.timeline.compare import waiting_for_proof
from console.timeline.models import Entry
from console.upkeep.rules import IN_USE

NEWEST = 20
"""Rows that an account's and an event's page list."""


@dataclass(frozen=True)
class Backups:
    """When the last backup was taken, and when one was last restored; None: never (4.4-c)."""

    made_at: datetime | None
    restored_at: datetime | None


def open_tasks(session: Session, account_id: int) -> Sequence[SnapshotTask]:
    """What is asked of an account, the oldest first."""
    return session.scalars(
        select(SnapshotTask)
        .where(SnapshotTask.account_id == account_id, SnapshotTask.snapshot_id.is_(None))
        .order_by(SnapshotTask.id)
    ).all()


def first_due(session: Session, account_ids: Collection[int]) -> dict[int, datetime]:
    """Account → when its snapshot is late, for those in use of which one is asked."""
    if not account_ids:
        return {}
    found = session.execute(
        select(SnapshotTask.account_id, func.min(SnapshotTask.due_at))
        .join(Account, Account.id == SnapshotTask.account_id)
        .where(
            SnapshotTask.snapshot_id.is_(None),
            Account.state.in_(IN_USE),
            listing.among(SnapshotTask.account_id, account_ids),
        )
        .group_by(SnapshotTask.account_id)
    )
    return {row[0]: row[1] for row in found}


def overdue(session: Session, now: datetime) -> list[int]:
    """Accounts in use whose snapshot should have been taken, in board order."""
    late = select(SnapshotTask.account_id).where(
        SnapshotTask.snapshot_id.is_(None), SnapshotTask.due_at < now
    )
    return ids_where(session, Account.state.in_(IN_USE), Account.id.in_(late))


def snapshots_of(session: Session, account_id: int) -> Sequence[Snapshot]:
    """The account's newest, the newest first."""
    return session.scalars(
        select(Snapshot)
        .where(Snapshot.account_id == account_id)
        .order_by(Snapshot.id.desc())
        .limit(NEWEST)
    ).all()


def deliveries_of_account(session: Session, account_id: int) -> Sequence[ArchiveDelivery]:
    """What has been handed over of an account, the newest first."""
    query = select(ArchiveDelivery).where(ArchiveDelivery.account_id == account_id)
    return session.scalars(query.order_by(ArchiveDelivery.id.desc()).limit(NEWEST)).all()


def deliveries_of_event(session: Session, incident_id: int) -> Sequence[ArchiveDelivery]:
    """What has been handed over of an event, the newest first."""
    query = select(ArchiveDelivery).where(ArchiveDelivery.incident_id == incident_id)
    return session.scalars(query.order_by(ArchiveDelivery.id.desc()).limit(NEWEST)).all()


def page_of(session: Session, show: str, page: int) -> Part[ArchiveDelivery]:
    """Args: show: "open" for those without a receipt, else all; the newest first."""
    query = select(ArchiveDelivery)
    if show == "open":
        query = query.where(ArchiveDelivery.state != DeliveryState.RECEIVED)
    return listing.part(session, query.order_by(ArchiveDelivery.id.desc()), page)


def delivery(session: Session, delivery_id: int) -> ArchiveDelivery:
    """
    Raises:
        NotFound.
    """
    found = session.get(ArchiveDelivery, delivery_id)
    if found is None:
        raise NotFound(_("Leveransen finns inte."))
    return found


def concerning(session: Session, person: Person) -> Sequence[ArchiveDelivery]:
    """Deliveries without a receipt that wait for this person: to receive, to send again, or to
    choose another receiver for, since theirs has left."""
    d = ArchiveDelivery
    ready = d.state == DeliveryState.READY
    receives = exists().where(
        Person.id == d.to_id, Person.active, Person.role_rows.any(PersonRole.role.in_(RECEIVERS))
    )
    # A picture waits for whoever is archivist.
    left = ready & (d.kind != Kind.SNAPSHOT) & ~receives
    mine = [
        ready & (d.to_id == person.id),
        d.state.in_([one for one in AGAIN if one != DeliveryState.READY])
        & (d.made_by_id == person.id),
        left & (d.made_by_id == person.id),
    ]
    if Role.ARCHIVIST in person.roles:
        mine.append(ready & (d.kind == Kind.SNAPSHOT))
    if Role.STRATEGY in person.roles:
        mine.append(left | ready & d.to_id.is_(None))
    query = select(d).where(d.state != DeliveryState.RECEIVED, or_(*mine))
    return session.scalars(query.order_by(d.id)).all()


def pdf_of(session: Session, snapshot_id: int) -> bytes:
    """A snapshot's file."""
    return session.scalars(select(Snapshot.pdf).where(Snapshot.id == snapshot_id)).one()


def last_backup(session: Session) -> datetime | None:
    """When the last backup was taken; an index holds these entries alone."""
    query = select(Entry.at).where(literal_column("tag = 'backup:made'"))
    return session.scalar(query.order_by(Entry.n.desc()).limit(1))


def unproved_since(session: Session, now: datetime) -> datetime | None:
    """When the first entry was written that should be signed and stored in the second place by now,
    and isn't; None: all are."""
    waits = waiting_for_proof(session)
    return waits if waits is not None and now - waits > PROVED_WITHIN else None


def backups(session: Session) -> Backups:
    """As the timeline and the evidence of live use say."""
    restored = select(func.max(LiveUse.at)).where(LiveUse.condition == RESTORED)
    return Backups(last_backup(session), session.scalar(restored))
