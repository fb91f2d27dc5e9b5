"""The website's delivery: no job sends it. The site process starts it, writes, and settles it.

Writing the site again is harmless, so a row whose site process died waits, started, for the next
one. What nobody has seen on the public address becomes unknown only to let a newer message past: it
stays on the site, and is sent as soon as the site is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console import live
from console.messages.models import Delivery
from console.messages.operations import trail
from console.messages.operations.sendable import NOT_FAULTY, STANDS
from console.messages.process_models import LIVE, SiteNode
from console.timeline.operations import record

PATIENCE_SECONDS = 10
"""How long a delivery that hasn't been seen may keep the next one of the same site waiting."""
NOT_SEEN = "not_seen"


@dataclass(frozen=True)
class Begun:
    """A website delivery that has been started and waits for the site to serve it."""

    delivery_id: int
    exercise: bool
    slug: str
    generation: int
    """Every required node must serve at least this."""

    @property
    def site(self) -> str:
        """As site nodes name it: live, or the exercise's slug."""
        return self.slug if self.exercise else LIVE


def begin(session: Session, worker: str) -> int:
    """Start the website deliveries that can be; returns how many.

    The caller takes its snapshot after this has been committed. An older one of the same site goes
    first; a stopped or replaced one never starts.
    """
    _let_past(session, worker)
    rows = session.execute(
        text(f"""
            UPDATE deliveries u SET state = 'started', started_at = budkavle_now(),
                attempts = u.attempts + 1
            WHERE u.state = 'queued' AND u.id IN (
                SELECT DISTINCT ON (d.account_id, d.exercise) d.id {_READY}
                  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'started'
                                  AND o.account_id = d.account_id AND o.exercise = d.exercise)
                ORDER BY d.account_id, d.exercise, d.id)
            RETURNING u.id, u.attempts, u.started_at AS at, u.incident_id, u.round_id, u.account_id
        """)
    ).all()
    for row in rows:
        _append(session, row, "started", worker)
    return len(rows)


_READY = f"""
    FROM deliveries d
    JOIN rounds r ON r.id = d.round_id
    JOIN broadcasts b ON b.id = d.broadcast_id
    JOIN incidents i ON i.id = d.incident_id
    WHERE d.kind = 'website' AND d.state = 'queued' AND r.expires_at > budkavle_now()
      AND {STANDS.format(b="b")} AND i.state = 'open' AND {NOT_FAULTY}
"""


def _let_past(session: Session, worker: str) -> None:
    """A site that can't be written or seen must not keep what is newer off it and the others, nor
    an event from being ended."""
    rows = session.execute(
        text(f"""
            UPDATE deliveries u SET state = 'unknown', reason = :reason,
                settled_at = budkavle_now()
            FROM rounds ur
            WHERE ur.id = u.round_id AND u.kind = 'website' AND u.state = 'started'
              AND (ur.expires_at <= budkavle_now()
                   OR u.started_at < budkavle_now() - make_interval(secs => {PATIENCE_SECONDS})
                      AND EXISTS (SELECT 1 {_READY} AND d.account_id = u.account_id
                                  AND d.exercise = u.exercise))
            RETURNING u.id, u.attempts, u.settled_at AS at, u.incident_id, u.round_id, u.account_id
        """),
        {"reason": NOT_SEEN},
    ).all()
    for row in rows:
        _append(session, row, "unknown", worker)


def _append(session: Session, row: Any, event: str, worker: str) -> None:
    trail.leave(session, row, event, row.at, worker)
    record(
        session,
        f"delivery:{event}",
        body={"delivery": row.id, "round": row.round_id, "account": row.account_id},
        now=row.at,
        incident_id=row.incident_id,
    )
    live.announce(session, live.incident_topic(row.incident_id))


def started(session: Session) -> list[Begun]:
    """All website deliveries that wait for the site to serve them, oldest first."""
    rows = session.execute(
        text("""
            SELECT d.id, d.exercise, i.slug,
                   (SELECT max(e.n) FROM timeline_entries e
                    WHERE e.incident_id = d.incident_id AND e.tag = 'delivery:started'
                      AND e.at >= d.started_at) AS generation
            FROM deliveries d JOIN incidents i ON i.id = d.incident_id
            WHERE d.kind = 'website'
              AND (d.state = 'started' OR d.state = 'unknown' AND d.reason = :reason)
            ORDER BY d.id
        """),
        {"reason": NOT_SEEN},
    )
    return [Begun(row.id, row.exercise, row.slug, row.generation or 0) for row in rows]


def serves(
    session: Session,
    name: str,
    site: str,
    generation: int,
    now: datetime,
    undrawn: Sequence[str] = (),
) -> None:
    """Write down what a node serves; never an older generation than it said before.

    Args:
        undrawn: the live site's events that the node shows as they were; all of them.
    """
    if site == LIVE:
        session.execute(
            text("""
                DELETE FROM site_nodes WHERE name = :name AND site <> ALL(:undrawn)
                    AND site IN (SELECT slug FROM incidents WHERE NOT exercise)
            """),
            {"name": name, "undrawn": list(undrawn)},
        )
    for shown in (site, *undrawn):
        session.execute(
            text("""
                INSERT INTO site_nodes (name, site, generation, at)
                VALUES (:name, :site, :generation, :at)
                ON CONFLICT (name, site) DO UPDATE
                    SET generation = greatest(site_nodes.generation, excluded.generation), at = :at
            """),
            {"name": name, "site": shown, "generation": generation, "at": now},
        )


def is_served(
    session: Session, site: str, slug: str, generation: int, required: Collection[str]
) -> bool:
    """Whether every required node serves what an event was at a generation, or newer."""
    rows = session.scalars(
        select(SiteNode).where(SiteNode.name.in_(required), SiteNode.site.in_((site, slug)))
    ).all()
    if any(row.site != site for row in rows):
        return False  # a node shows the event as it was
    return set(required) <= {row.name for row in rows if row.generation >= generation}


def settle(
    session: Session, begun: Begun, required: tuple[str, ...], now: datetime, worker: str
) -> bool:
    """Mark a website delivery sent, if every required node serves its generation."""
    if not is_served(session, begun.site, begun.slug, begun.generation, required):
        return False
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.id == begun.delivery_id, Delivery.state.in_(("started", "unknown")))
        .with_for_update(of=Delivery)
    )
    if delivery is None:
        return False
    delivery.state = "sent"
    delivery.reason = ""
    delivery.settled_at = now
    delivery.remote_id = f"site-{begun.generation}"
    delivery.remote_link = delivery.link
    trail.leave(session, delivery, "sent", now, worker)
    record(
        session,
        "delivery:sent",
        body=trail.facts(delivery)
        | {
            "remote_id": delivery.remote_id,
            "link": delivery.link,
            "text": delivery.content,
        },
        now=now,
        incident_id=delivery.incident_id,
    )
    live.announce(session, live.WORK, live.incident_topic(delivery.incident_id))
    return True
