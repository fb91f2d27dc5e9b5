"""Which deliveries are to be packed, one at a time and by one packer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from console.archive import deliveries
from console.archive.models import ArchiveDelivery
from console.archive.rules import LEASE, MOST_ATTEMPTS, DeliveryState
from console.review.models import TimelineExport
from console.review.rules import OPEN


def _to_pack(now: datetime) -> ColumnElement[bool]:
    """An event's waits for its export, however that ends."""
    writing = exists().where(
        TimelineExport.id == ArchiveDelivery.export_id, TimelineExport.state.in_(OPEN)
    )
    return (
        (ArchiveDelivery.state == DeliveryState.WAITING)
        & or_(ArchiveDelivery.begun_at.is_(None), ArchiveDelivery.begun_at < now - LEASE)
        & ~writing
    )


def has_work(session: Session, now: datetime) -> bool:
    """Is there a package to make, or to take away?"""
    old = (ArchiveDelivery.file != "") & (ArchiveDelivery.expires_at < now)
    return bool(session.scalar(select(exists().where(or_(_to_pack(now), old)))))


def claim(session: Session, now: datetime) -> ArchiveDelivery | None:
    """The next to pack, now this caller's; one that was begun three times fails instead."""
    query = select(ArchiveDelivery).where(_to_pack(now)).order_by(ArchiveDelivery.id)
    for delivery in session.scalars(
        query.with_for_update(of=ArchiveDelivery, skip_locked=True)
    ).all():
        delivery.begun_at = now
        delivery.attempts += 1
        session.flush()
        if delivery.attempts <= MOST_ATTEMPTS:
            return delivery
        deliveries.fail(session, delivery.id, now, now)
    return None
