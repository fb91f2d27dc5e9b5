"""What becomes of posts that wait for a card: they go as soon as it is drawn; and if it can't be, a
person makes them, or they go as text."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from console import live
from console.accounts.readiness import PICTURED
from console.messages import rules
from console.messages.models import Delivery, Round
from console.messages.operations.rows import NO_CARD
from console.pictures import operations as pictures
from console.timeline.operations import record


def drawn(session: Session, picture_id: int, data: bytes, now: datetime) -> bool:
    """Keep a card's bytes, and let its posts go at once: their rounds' jobs may have ended without
    them, and the ticker gives a job two seconds before the next. False: it is drawn already, or was
    given up."""
    kept = pictures.drawn(session, picture_id, data, now)
    if kept:
        waiting = select(Delivery.round_id).where(
            Delivery.picture_id == picture_id,
            Delivery.state.in_((rules.DeliveryState.QUEUED, rules.DeliveryState.RETRY)),
        )
        # A round that somebody holds is just being handed out, and again two seconds later.
        free = select(Round.id).where(Round.id.in_(waiting)).with_for_update(skip_locked=True)
        ids = session.scalars(free).all()
        session.execute(update(Round).where(Round.id.in_(ids)).values(enqueued_at=None))
    return kept


def failed(session: Session, picture_id: int, now: datetime) -> bool:
    """A drawing came to nothing. True: it was the last, and the posts go on without."""
    if not pictures.failed(session, picture_id, now):
        return False
    _go_without(session, [picture_id], now)
    return True


def give_up(session: Session, now: datetime) -> int:
    """No post waits longer for its card than until then; returns how many were given up."""
    late = pictures.overdue(session, now)
    if late:
        _go_without(session, late, now)
    return len(late)


def _go_without(session: Session, picture_ids: Collection[int], now: datetime) -> None:
    """Where there is no post without a picture, the account's administrators are asked. Elsewhere
    the text goes out by itself: the claim finds it, now that its picture is waited for no more."""
    waiting = session.scalars(
        select(Delivery)
        .where(
            Delivery.picture_id.in_(picture_ids),
            Delivery.state.in_((rules.DeliveryState.QUEUED, rules.DeliveryState.RETRY)),
            Delivery.kind.in_(PICTURED),
            ~Delivery.maybe_out,
        )
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    ).all()
    for row in waiting:
        row.state, row.reason = rules.DeliveryState.BY_HAND, NO_CARD
        row.not_before = None
        body = {"delivery": row.id, "round": row.round_id, "account": row.account_id}
        record(
            session,
            "delivery:by_hand",
            body=body | {"detail": NO_CARD},
            now=now,
            incident_id=row.incident_id,
        )
    topics = {live.incident_topic(row.incident_id) for row in waiting}
    live.announce(session, live.WORK, *topics)
