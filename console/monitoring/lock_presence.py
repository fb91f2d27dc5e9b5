"""Which of the console's own posts a feed has ceased to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.feeds.items import Item
from console import listing
from console.incidents.models import Incident
from console.messages.models import Delivery
from console.monitoring import lock_rules
from console.monitoring.feed_models import FeedItem


def mark(session: Session, answers: Mapping[int, Sequence[Item]], now: datetime) -> None:
    """Note from when posts of open events are missing in feeds that reach back to them, and which
    of them are back.

    Args:
        answers: source → all items of an answer that was read whole, in the source's own order.
    """
    if not answers:
        return
    rows = session.execute(
        select(FeedItem.id, FeedItem.source_id, FeedItem.guid, FeedItem.link, FeedItem.at,
               FeedItem.missing_since)
        .join(Delivery, Delivery.id == FeedItem.delivery_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(
            listing.among(FeedItem.source_id, answers),
            Incident.state == "open",
            ~Incident.exercise,
        )
    ).all()  # fmt: skip
    missing: list[int] = []
    back: list[int] = []
    for row in rows:
        items = answers[row.source_id]
        there = any(row.guid == one.guid or (row.link and row.link == one.link) for one in items)
        if there and row.missing_since is not None:
            back.append(row.id)
        elif not there and row.missing_since is None and row.at is not None:
            times = [datetime.fromisoformat(one.at) for one in items if one.at]
            if lock_rules.reaches_past(row.at, times):
                missing.append(row.id)
    for ids, since in ((missing, now), (back, None)):
        if ids:
            session.execute(
                update(FeedItem).where(FeedItem.id.in_(ids)).values(missing_since=since)
            )
