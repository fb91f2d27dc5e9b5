"""Which jobs the ticker hands to the queue: one per round and shard that has something to send; and
what gives way to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from console.messages.operations.sendable import NO_WAIT, NOW, POST_OPEN, ROUND_OPEN

GIVES_WAY = timedelta(seconds=10)
"""How long what can wait gives way to a round: most of its posts have left by then."""

ALIVE_SECONDS = 6
"""A worker that hasn't said for three beats that it lives is at work on nothing. What it had
started keeps its lease, since it may be out; only the posts beside it are handed to another. Should
it live after all, the two share them: a post is claimed by one."""


@dataclass(frozen=True)
class ToEnqueue:
    round_id: int
    shard: int
    count: int
    """How often a job has been enqueued for the round before, this one included."""


def to_enqueue(session: Session, shards: int, now: datetime) -> list[ToEnqueue]:
    """Jobs to hand to the queue: rows can be sent and nobody is at work on that shard.

    A job that was enqueued within two seconds is given time to begin. Marks the rounds.
    """
    rounds = session.scalars(
        text(f"""
            SELECT r.id FROM rounds r
            WHERE r.state = 'written' AND r.expires_at > {NOW}
              AND (r.enqueued_at IS NULL OR r.enqueued_at < r.released_at
                   OR r.enqueued_at < {NOW} - interval '2 seconds')
              AND {ROUND_OPEN.format(round="r.id")}
            ORDER BY r.id
        """)
    ).all()
    waiting = [
        (round_id, shard)
        for round_id in rounds
        for shard in range(shards)
        if session.scalar(_HAS_WORK, {"round": round_id, "shard": shard, "shards": shards})
    ]
    if not waiting:
        return []
    counts = session.execute(
        text("""
            UPDATE rounds SET enqueued_at = budkavle_now(), enqueue_count = enqueue_count + 1
            WHERE id = ANY(:ids) RETURNING id, enqueue_count
        """),
        {"ids": sorted({round_id for round_id, _shard in waiting})},
    )
    count = {row.id: row.enqueue_count for row in counts}
    return [ToEnqueue(round_id, shard, count[round_id]) for round_id, shard in waiting]


def posts_leave(session: Session, now: datetime) -> bool:
    """Are posts leaving just now, of a round written within `GIVES_WAY`? Then what can wait waits:
    a message to a thousand accounts needs all the processor there is."""
    return bool(session.scalar(_POSTS_LEAVE, {"since": now - GIVES_WAY}))


_POSTS_LEAVE = text("""
    SELECT EXISTS (
        SELECT 1 FROM rounds r
        WHERE r.state = 'written' AND r.at > :since
          AND EXISTS (SELECT 1 FROM deliveries d
                      WHERE d.round_id = r.id
                        AND d.state IN ('queued', 'retry', 'claimed', 'started')))
""")
_HAS_WORK = text(f"""
    SELECT NOT EXISTS (
            SELECT 1 FROM deliveries w
            WHERE w.round_id = :round AND w.slot % :shards = :shard AND NOT w.leading
              AND w.state IN ('claimed', 'started') AND w.lease_until > {NOW}
              AND (w.state = 'claimed' OR EXISTS (
                  SELECT 1 FROM attempts a JOIN heartbeats h ON h.name = a.worker
                  WHERE a.delivery_id = w.id AND a.attempt = w.attempts AND a.event = 'started'
                    AND h.at > {NOW} - interval '{ALIVE_SECONDS} seconds')))
        AND EXISTS (
            SELECT 1 FROM deliveries d
            WHERE d.round_id = :round AND d.slot % :shards = :shard AND {POST_OPEN}
              AND {NO_WAIT.format(key="d.pacing_key")})
""")
