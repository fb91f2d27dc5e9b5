"""Handing out posts and writing what became of them. The rows are the queue.

A delivery goes queued → claimed (token, lease) → started → outcome. `started` is committed before
the request leaves; outcomes are written only by who holds the token. No transaction is open while
the world is called.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from console import live
from console.messages.models import Attempt
from console.timeline.operations import record
from console.timeline.rules import clean_text

CLAIM_SECONDS = 5
"""A claim not renewed for so long is free for others."""
START_MARGIN = 5
"""Seconds beyond an attempt's deadline before its row is taken for abandoned."""

_NOW = "(SELECT budkavle_now())"
"""Asked for once in a query, not once a row."""

# A round whose posts may be sent now: released, in time, not stopped.
_ROUND_OPEN = f"""
    EXISTS (SELECT 1 FROM rounds r
            JOIN broadcasts b ON b.id = r.broadcast_id JOIN incidents i ON i.id = r.incident_id
            WHERE r.id = {{round}} AND r.released_at IS NOT NULL AND r.expires_at > {_NOW}
              AND b.state IN ('running', 'done') AND i.state = 'open')
"""
# A post that may be sent now: its account locked by its event and ours to use. Older posts on the
# same account go first, so that a correction never overtakes what it corrects.
_POST_OPEN = f"""
    d.state IN ('queued', 'retry') AND NOT d.leading
    AND (d.not_before IS NULL OR d.not_before <= {_NOW})
    AND EXISTS (
        SELECT 1 FROM locks l
        JOIN incident_accounts c USING (incident_id, account_id)
        JOIN accounts a ON a.id = l.account_id
        WHERE l.incident_id = d.incident_id AND l.account_id = d.account_id
          AND l.released_at IS NULL AND c.use = 'publish' AND a.state = 'active')
    AND NOT EXISTS (
        SELECT 1 FROM deliveries o
        WHERE o.account_id = d.account_id AND o.exercise = d.exercise AND o.state = 'started')
    AND NOT EXISTS (
        SELECT 1 FROM deliveries o
        JOIN broadcasts ob ON ob.id = o.broadcast_id JOIN rounds orr ON orr.id = o.round_id
        WHERE o.account_id = d.account_id AND o.incident_id = d.incident_id AND o.id < d.id
          AND o.state IN ('queued', 'claimed')
          AND ob.state IN ('running', 'done') AND orr.expires_at > {_NOW})
"""
_NO_WAIT = f"NOT EXISTS (SELECT 1 FROM pacing p WHERE p.key = {{key}} AND p.not_before > {_NOW})"


@dataclass(frozen=True)
class Claimed:
    """A row handed to a worker."""

    id: int
    account_id: int
    kind: str
    pacing_key: str
    fingerprint: str
    idempotency_key: str
    content: str
    title: str
    link: str
    marker: str
    language: str
    exercise: bool
    keyed: bool
    target: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """What became of one started delivery."""

    delivery_id: int
    token: uuid.UUID
    state: str
    """sent | refused | retry | unknown"""
    detail: str = ""
    remote_id: str | None = None
    link: str | None = None
    wait: float = 0.0
    """Seconds until the next attempt, for `retry`."""
    pace: bool = False
    """The wait is the server's: it holds for everything under the same pacing key."""


def claim(
    session: Session,
    round_id: int,
    shard: int,
    shards: int,
    pacing_key: str,
    most: int,
    token: uuid.UUID,
) -> list[Claimed]:
    """Take up to `most` sendable rows of one pacing key, for `CLAIM_SECONDS`.

    Args:
        shard: this job's number, from 0; `shards`: how many there are.
        token: known to the claimer only; every later write must show it.
    """
    rows = session.execute(
        text(f"""
            UPDATE deliveries u SET state = 'claimed', token = :token,
                lease_until = budkavle_now() + make_interval(secs => {CLAIM_SECONDS})
            WHERE u.id IN (
                SELECT d.id FROM deliveries d
                WHERE d.round_id = :round AND d.pacing_key = :key
                  AND d.slot % :shards = :shard AND {_POST_OPEN}
                  AND {_ROUND_OPEN.format(round=":round")} AND {_NO_WAIT.format(key=":key")}
                ORDER BY d.id LIMIT :most FOR UPDATE OF d SKIP LOCKED)
            RETURNING u.id, u.account_id, u.kind, u.pacing_key, u.fingerprint, u.idempotency_key,
                u.content, u.title, u.link, u.marker, u.language, u.exercise, u.keyed, u.target,
                u.attempts
        """),
        {
            "round": round_id,
            "shard": shard,
            "shards": shards,
            "key": pacing_key,
            "most": most,
            "token": token,
        },
    )
    return sorted((Claimed(*row) for row in rows), key=lambda one: one.id)


def keys_to_send(session: Session, round_id: int, shard: int, shards: int) -> list[str]:
    """Pacing keys that have something to send now."""
    return list(
        session.scalars(
            text(f"""
                SELECT DISTINCT d.pacing_key FROM deliveries d
                WHERE d.round_id = :round AND d.slot % :shards = :shard AND {_POST_OPEN}
                  AND {_ROUND_OPEN.format(round=":round")}
                  AND {_NO_WAIT.format(key="d.pacing_key")}
            """),
            {"round": round_id, "shard": shard, "shards": shards},
        )
    )


def start(
    session: Session, ids: Sequence[int], token: uuid.UUID, seconds: float, worker: str
) -> set[int]:
    """Mark claimed rows started; returns the ids that may be sent now.

    Left out are rows that were stopped, replaced or lost meanwhile, and rows whose account has
    another post under way: those keep their claim until it runs out.

    Args:
        seconds: the attempt's deadline.
    """
    started = session.scalars(
        text("""
            WITH mine AS (
                -- Whatever somebody else holds (a stop, say) is theirs: never wait in a crowd.
                SELECT d.id, d.account_id, d.exercise, d.broadcast_id FROM deliveries d
                WHERE d.id = ANY(:ids) AND d.token = :token AND d.state = 'claimed'
                  AND d.lease_until > budkavle_now()
                ORDER BY d.id FOR UPDATE SKIP LOCKED),
            started AS (
                UPDATE deliveries u SET state = 'started', started_at = budkavle_now(),
                    attempts = u.attempts + 1,
                    lease_until = budkavle_now() + make_interval(secs => :seconds)
                WHERE u.id IN (
                    SELECT DISTINCT ON (d.account_id) d.id FROM mine d
                    JOIN broadcasts b ON b.id = d.broadcast_id
                    WHERE b.state IN ('running', 'done')
                      AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.state = 'started'
                                      AND o.account_id = d.account_id
                                      AND o.exercise = d.exercise)
                    ORDER BY d.account_id, d.id)
                  AND u.state = 'claimed' AND u.token = :token
                RETURNING u.id, u.attempts, u.started_at)
            INSERT INTO attempts (delivery_id, attempt, event, at, worker)
            SELECT id, attempts, 'started', started_at, :worker FROM started
            RETURNING delivery_id
        """),
        {"ids": list(ids), "token": token, "seconds": seconds + START_MARGIN, "worker": worker},
    )
    return set(started)


def renew(session: Session, ids: Sequence[int], token: uuid.UUID) -> None:
    """Show that the claimer is alive: progress renews the lease."""
    session.execute(
        text(f"""
            UPDATE deliveries SET
                lease_until = budkavle_now() + make_interval(secs => {CLAIM_SECONDS})
            WHERE id IN (SELECT id FROM deliveries
                         WHERE id = ANY(:ids) AND token = :token AND state = 'claimed'
                         FOR UPDATE SKIP LOCKED)
        """),
        {"ids": list(ids), "token": token},
    )


def let_go(session: Session, token: uuid.UUID) -> None:
    """Give back what is claimed and not started: safe for others to take."""
    session.execute(
        text("""
            UPDATE deliveries SET state = CASE WHEN maybe_out THEN 'retry' ELSE 'queued' END,
                token = NULL, lease_until = NULL
            WHERE token = :token AND state = 'claimed'
        """),
        {"token": token},
    )


_SETTLE = text("""
    WITH outcomes AS (
        SELECT * FROM unnest(
            CAST(:ids AS bigint[]), CAST(:tokens AS uuid[]), CAST(:states AS text[]),
            CAST(:events AS text[]), CAST(:reasons AS text[]), CAST(:remote_ids AS text[]),
            CAST(:links AS text[]), CAST(:waits AS float8[]))
        AS o (id, token, state, event, reason, remote_id, link, wait)),
    settled AS (
    UPDATE deliveries d SET state = o.state, reason = o.reason, remote_id = o.remote_id,
        remote_link = o.link, maybe_out = d.maybe_out OR o.event = 'unknown', lease_until = NULL,
        not_before = CASE WHEN o.state = 'retry'
                          THEN budkavle_now() + make_interval(secs => o.wait) END,
        settled_at = CASE WHEN o.state <> 'retry' THEN budkavle_now() END
    FROM outcomes o
    WHERE d.id = o.id AND d.token = o.token
      AND (d.state = 'started' OR d.state = 'unknown' AND o.state IN ('sent', 'refused'))
    RETURNING d.id, d.account_id, d.incident_id, d.round_id, d.message_id, d.attempts, d.content,
        d.pacing_key, d.idempotency_key, d.language, d.state, budkavle_now() AS at),
    noted AS (
        INSERT INTO attempts (delivery_id, attempt, event, at, worker, detail)
        SELECT s.id, s.attempts, o.event, s.at, :worker, o.reason
        FROM settled s JOIN outcomes o USING (id))
    SELECT * FROM settled ORDER BY id
""")


def settle(
    session: Session, outcomes: Sequence[Outcome], worker: str, keyed: set[int]
) -> list[int]:
    """Write a batch of outcomes; returns the ids that were ours to write.

    An unanswered attempt on a server that honours keys may be tried again with the same key, and
    is then never taken for unsent; everywhere else it stays unknown until it is resolved.

    Args:
        keyed: ids of rows whose server honours the key.
    """
    of = {one.delivery_id: one for one in outcomes}
    states = {
        one.delivery_id: "retry"
        if one.state == "unknown" and one.delivery_id in keyed
        else one.state
        for one in outcomes
    }
    rows = session.execute(
        _SETTLE,
        {
            "ids": [one.delivery_id for one in outcomes],
            "tokens": [one.token for one in outcomes],
            "states": [states[one.delivery_id] for one in outcomes],
            "events": [one.state for one in outcomes],
            "reasons": [clean_text(one.detail) for one in outcomes],
            "remote_ids": [one.remote_id and clean_text(one.remote_id) for one in outcomes],
            "links": [one.link and clean_text(one.link) for one in outcomes],
            "waits": [max(one.wait, 1.0) for one in outcomes],
            "worker": worker,
        },
    ).all()
    for row in rows:
        _record(session, row, of[row.id])
        if of[row.id].pace and of[row.id].wait > 0:
            _pace(session, row.pacing_key, of[row.id].wait)
    live.announce(session, *{live.incident_topic(row.incident_id) for row in rows})
    return [row.id for row in rows]


def _record(session: Session, row: Any, outcome: Outcome) -> None:
    body: dict[str, Any] = {
        "delivery": row.id,
        "round": row.round_id,
        "message": row.message_id,
        "account": row.account_id,
        "language": row.language,
        "attempt": row.attempts,
        "key": row.idempotency_key,
    }
    if row.state == "sent":
        body |= {"remote_id": outcome.remote_id, "link": outcome.link, "text": row.content}
        if outcome.detail:
            body["note"] = outcome.detail
    else:
        body |= {"detail": outcome.detail}
    record(session, f"delivery:{row.state}", body=body, now=row.at, incident_id=row.incident_id)


def _pace(session: Session, key: str, wait: float) -> None:
    session.execute(
        text("""
            INSERT INTO pacing (key, not_before)
            VALUES (:key, budkavle_now() + make_interval(secs => :wait))
            ON CONFLICT (key) DO UPDATE
                SET not_before = greatest(pacing.not_before, excluded.not_before)
        """),
        {"key": key, "wait": wait},
    )


def recover(session: Session, now: datetime) -> int:
    """Take back what abandoned workers held, and end what is too late. Returns rows touched.

    Claimed and not started: nothing left the house, so it is queued again. Started: the request
    may have left. With a key the server knows it is tried again; else it is unknown, and whoever
    held it may still say what became of it.
    """
    touched = session.execute(
        text("""
            UPDATE deliveries SET lease_until = NULL,
                token = CASE WHEN state = 'started' AND NOT keyed THEN token END,
                state = CASE WHEN state = 'claimed'
                             THEN CASE WHEN maybe_out THEN 'retry' ELSE 'queued' END
                             WHEN keyed THEN 'retry' ELSE 'unknown' END,
                maybe_out = maybe_out OR state = 'started',
                reason = CASE WHEN state = 'started' THEN 'abandoned' ELSE reason END,
                settled_at = CASE WHEN state = 'started' AND NOT keyed THEN budkavle_now() END
            WHERE id IN (SELECT d.id FROM deliveries d
                         WHERE d.state IN ('claimed', 'started') AND NOT d.leading
                           AND d.lease_until <= budkavle_now()
                         FOR UPDATE SKIP LOCKED)
            RETURNING id, incident_id, round_id, account_id, state, attempts
        """)
    ).all()
    late = session.execute(
        text("""
            UPDATE deliveries SET token = NULL, lease_until = NULL, settled_at = budkavle_now(),
                state = CASE WHEN maybe_out THEN 'unknown' ELSE 'expired' END,
                reason = CASE WHEN maybe_out THEN reason ELSE 'too_late' END
            WHERE id IN (SELECT d.id FROM deliveries d JOIN rounds r ON r.id = d.round_id
                         WHERE d.state IN ('queued', 'retry') AND r.expires_at <= budkavle_now()
                         FOR UPDATE OF d SKIP LOCKED)
            RETURNING id, incident_id, round_id, account_id, state, attempts
        """)
    ).all()
    for row in (*touched, *late):
        if row.state in ("unknown", "expired"):
            record(
                session,
                f"delivery:{row.state}",
                body={
                    "delivery": row.id,
                    "round": row.round_id,
                    "account": row.account_id,
                    "attempt": row.attempts,
                },
                now=now,
                incident_id=row.incident_id,
            )
        if row.attempts and row.state in ("unknown", "retry"):
            session.add(
                Attempt(
                    delivery_id=row.id,
                    attempt=row.attempts,
                    event="abandoned",
                    at=now,
                    worker="",
                )
            )
    if touched or late:
        topics = {live.incident_topic(row.incident_id) for row in (*touched, *late)}
        live.announce(session, live.WORK, *topics)
    return len(touched) + len(late)


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
            WHERE r.state = 'written' AND r.expires_at > {_NOW}
              AND (r.enqueued_at IS NULL OR r.enqueued_at < r.released_at
                   OR r.enqueued_at < {_NOW} - interval '2 seconds')
              AND {_ROUND_OPEN.format(round="r.id")}
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


_HAS_WORK = text(f"""
    SELECT NOT EXISTS (
            SELECT 1 FROM deliveries w
            WHERE w.round_id = :round AND w.slot % :shards = :shard AND NOT w.leading
              AND w.state IN ('claimed', 'started') AND w.lease_until > {_NOW})
        AND EXISTS (
            SELECT 1 FROM deliveries d
            WHERE d.round_id = :round AND d.slot % :shards = :shard AND {_POST_OPEN}
              AND {_NO_WAIT.format(key="d.pacing_key")})
""")


def interval_of(session: Session, round_id: int) -> int | None:
    """The interval of a round's broadcast, in seconds."""
    seconds: int | None = session.execute(
        text("""
            SELECT b.interval_seconds FROM rounds r JOIN broadcasts b ON b.id = r.broadcast_id
            WHERE r.id = :round
        """),
        {"round": round_id},
    ).scalar_one()
    return seconds


def refuse_claimed(session: Session, ids: Sequence[int], token: uuid.UUID, reason: str) -> None:
    """Refuse claimed rows before anything leaves, e.g. when the account's target has changed."""
    rows = session.execute(
        text("""
            UPDATE deliveries SET state = 'refused', reason = :reason, token = NULL,
                lease_until = NULL, settled_at = budkavle_now()
            WHERE id = ANY(:ids) AND token = :token AND state = 'claimed'
            RETURNING id, incident_id, round_id, account_id, settled_at
        """),
        {"ids": list(ids), "token": token, "reason": reason},
    ).all()
    for row in rows:
        record(
            session,
            "delivery:refused",
            body={
                "delivery": row.id,
                "round": row.round_id,
                "account": row.account_id,
                "detail": reason,
            },
            now=row.settled_at,
            incident_id=row.incident_id,
        )
