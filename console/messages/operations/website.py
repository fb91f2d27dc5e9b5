"""The website's delivery: no job sends it. The site process starts it, writes, and settles it.

Writing the site again is harmless, so a started row whose site process died is simply started
again; it is never unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console import live
from console.messages.models import Attempt, Delivery, SiteNode
from console.timeline.operations import record


@dataclass(frozen=True)
class Begun:
    """A website delivery that has been started and waits for the site to serve it."""

    delivery_id: int
    exercise: bool
    slug: str
    generation: int
    """Every required node must serve at least this."""
    link: str


def begin(session: Session, worker: str) -> int:
    """Start the website deliveries that can be; returns how many.

    The caller takes its snapshot after this has been committed. An older one of the same site goes
    first; a stopped or replaced one never starts.
    """
    rows = session.execute(
        text("""
            UPDATE deliveries u SET state = 'started', started_at = budkavle_now(),
                attempts = u.attempts + 1
            WHERE u.id IN (
                SELECT DISTINCT ON (d.account_id, d.exercise) d.id FROM deliveries d
                JOIN rounds r ON r.id = d.round_id
                JOIN broadcasts b ON b.id = d.broadcast_id
                JOIN incidents i ON i.id = d.incident_id
                WHERE d.kind = 'website' AND d.state = 'queued' AND r.expires_at > budkavle_now()
                  AND b.state IN ('running', 'done') AND i.state = 'open'
                  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'started'
                                  AND o.account_id = d.account_id AND o.exercise = d.exercise)
                ORDER BY d.account_id, d.exercise, d.id)
            RETURNING u.id, u.attempts, u.started_at, u.incident_id, u.round_id, u.account_id
        """)
    ).all()
    for row in rows:
        session.add(
            Attempt(
                delivery_id=row.id,
                attempt=row.attempts,
                event="started",
                at=row.started_at,
                worker=worker,
            )
        )
        record(
            session,
            "delivery:started",
            body={"delivery": row.id, "round": row.round_id, "account": row.account_id},
            now=row.started_at,
            incident_id=row.incident_id,
        )
    return len(rows)


def started(session: Session) -> list[Begun]:
    """All website deliveries that wait for the site to serve them."""
    rows = session.execute(
        text("""
            SELECT d.id, d.exercise, i.slug, d.link,
                   (SELECT max(e.n) FROM timeline_entries e
                    WHERE e.incident_id = d.incident_id AND e.tag = 'delivery:started'
                      AND e.at >= d.started_at) AS generation
            FROM deliveries d JOIN incidents i ON i.id = d.incident_id
            WHERE d.kind = 'website' AND d.state = 'started'
            ORDER BY d.id
        """)
    )
    return [Begun(row.id, row.exercise, row.slug, row.generation or 0, row.link) for row in rows]


def serves(session: Session, name: str, site: str, generation: int, now: datetime) -> None:
    """Write down what a node serves; never an older generation than it said before."""
    session.execute(
        text("""
            INSERT INTO site_nodes (name, site, generation, at)
            VALUES (:name, :site, :generation, :at)
            ON CONFLICT (name, site) DO UPDATE
                SET generation = greatest(site_nodes.generation, excluded.generation), at = :at
        """),
        {"name": name, "site": site, "generation": generation, "at": now},
    )


def settle(
    session: Session, begun: Begun, required: tuple[str, ...], now: datetime, worker: str
) -> bool:
    """Mark a website delivery sent, if every required node serves its generation."""
    site = begun.slug if begun.exercise else "live"
    serving = set(
        session.scalars(
            select(SiteNode.name).where(
                SiteNode.site == site, SiteNode.generation >= begun.generation
            )
        )
    )
    if not set(required) <= serving:
        return False
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.id == begun.delivery_id, Delivery.state == "started")
        .with_for_update(of=Delivery)
    )
    if delivery is None:
        return False
    delivery.state = "sent"
    delivery.settled_at = now
    delivery.remote_id = f"site-{begun.generation}"
    delivery.remote_link = delivery.link
    session.add(
        Attempt(
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            event="sent",
            at=now,
            worker=worker,
        )
    )
    record(
        session,
        "delivery:sent",
        body={
            "delivery": delivery.id,
            "round": delivery.round_id,
            "message": delivery.message_id,
            "account": delivery.account_id,
            "language": delivery.language,
            "attempt": delivery.attempts,
            "key": delivery.idempotency_key,
            "remote_id": delivery.remote_id,
            "link": delivery.link,
            "text": delivery.content,
        },
        now=now,
        incident_id=delivery.incident_id,
    )
    live.announce(session, live.WORK)
    return True
