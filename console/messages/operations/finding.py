"""Looking on the platform itself for posts whose answer was lost.

A post that is seen is sent. One that isn't there, where the platform shows its own posts at once
and completely, is sent again; everywhere else it stays *unknown*, and a person is asked. Nobody
waits for it: a person may say what they see at any moment, and then nothing more is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from console import live
from console.messages import rules
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import trail
from console.messages.operations.sendable import NO_WAIT
from console.timeline.operations import record
from console.timeline.rules import clean_text

WAITS = (15, 45, 60, 120, 300, 600, 1800)
"""Seconds after each look until the next; after the last nobody looks any more."""
FIRST_WAIT = 5
"""Seconds from the lost answer to the first look."""
PROVEN_AFTER = timedelta(seconds=60)
"""So long after the lost answer a request that was on its way is taken for never arrived."""
PROVEN_LOOKS = 2
NOT_SEEN = "looked_for"
"""Why a post that was looked for, and wasn't there, is queued again."""


def has_work(session: Session, now: datetime) -> bool:
    """Is anything to be looked for, or forgotten, whose platform hasn't asked us to wait?"""
    found = text(f"""
        SELECT EXISTS (SELECT 1 FROM deliveries d
                       WHERE d.look_at <= :now AND {NO_WAIT.format(key="d.pacing_key")})
    """)
    return bool(session.scalar(found, {"now": now}))


def claim(session: Session, most: int, now: datetime) -> Sequence[Delivery]:
    """Up to `most` posts that are to be looked for now. The next look is written at once: whoever
    is killed while looking only makes it later.
    """
    ids = session.scalars(
        text(f"""
            SELECT d.id FROM deliveries d
            WHERE d.look_at <= budkavle_now() AND d.state = 'unknown'
              AND {NO_WAIT.format(key="d.pacing_key")}
            ORDER BY d.look_at LIMIT :most FOR UPDATE OF d SKIP LOCKED
        """),
        {"most": most},
    ).all()
    _forget(session)
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        more = row.looks < len(WAITS)
        row.look_at = now + timedelta(seconds=WAITS[row.looks]) if more else None
        row.looks += 1
    return rows


def later(session: Session, delivery_id: int, wait: float, now: datetime) -> None:
    """The platform asked us to wait before we ask again."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.look_at.is_not(None))
        .values(look_at=now + timedelta(seconds=wait))
    )


def cannot(session: Session, delivery_id: int) -> None:
    """The channel shows nothing: a person looks."""
    session.execute(update(Delivery).where(Delivery.id == delivery_id).values(look_at=None))


def seen(
    session: Session, delivery_id: int, remote_id: str, link: str | None, now: datetime
) -> bool:
    """It is out after all. False: somebody has said what became of it meanwhile."""
    row = _still_unknown(session, delivery_id)
    if row is None:
        return False
    row.state = rules.DeliveryState.SENT
    row.reason = ""
    row.remote_id = clean_text(remote_id)
    row.remote_link = link and clean_text(link)
    row.settled_at = now
    body = {"remote_id": row.remote_id, "link": row.remote_link, "text": row.content}
    _settled(session, row, "sent", body, now)
    return True


def absent(session: Session, delivery_id: int, *, proves: bool, now: datetime) -> bool:
    """It isn't among the account's posts.

    Args:
        proves: the platform shows an account's own posts at once and completely.

    Returns:
        Whether it is queued again: it was missing twice, the last time long enough after its
        attempt, nothing has ended its text, and it is no ordinary post (those are never sent by
        themselves).
    """
    row = _still_unknown(session, delivery_id)
    if row is None:
        return False
    row.missed += 1
    lost_at = row.settled_at or now
    if not proves or row.missed < PROVEN_LOOKS or now - lost_at < PROVEN_AFTER:
        return False
    broadcast = session.get_one(Broadcast, row.broadcast_id)
    if not rules.may_go_on(broadcast, now):
        return False
    if not may_queue(row, session.get_one(Round, row.round_id).expires_at, now):
        return False
    row.state = rules.DeliveryState.QUEUED
    row.reason = NOT_SEEN
    row.maybe_out = False
    row.not_before = row.settled_at = None
    _settled(session, row, "requeued", {"detail": NOT_SEEN}, now)
    live.announce(session, live.WORK)
    return True


def may_queue(row: Delivery, expires_at: datetime | None, now: datetime) -> bool:
    """Of an event, and its round not too old. An ordinary post is never sent by itself."""
    return row.incident_id is not None and expires_at is not None and expires_at > now


def _still_unknown(session: Session, delivery_id: int) -> Delivery | None:
    row = session.get_one(
        Delivery, delivery_id, with_for_update={"of": Delivery}, populate_existing=True
    )
    return row if row.state == rules.DeliveryState.UNKNOWN else None


def _settled(
    session: Session, row: Delivery, event: str, facts: dict[str, str | None], now: datetime
) -> None:
    row.token = row.lease_until = row.look_at = None
    trail.leave(session, row, event, now, detail=NOT_SEEN)
    body = trail.facts(row) | {"looked": True}
    tag = f"delivery:{event}"
    record(session, tag, body=body | facts, now=now, incident_id=row.incident_id)
    live.announce(session, live.incident_topic(row.incident_id))


def _forget(session: Session) -> None:
    """What is settled otherwise is not looked for."""
    session.execute(
        text("""
            UPDATE deliveries SET look_at = NULL WHERE id IN (
                SELECT id FROM deliveries WHERE look_at IS NOT NULL AND state <> 'unknown'
                FOR UPDATE SKIP LOCKED)
        """)
    )
