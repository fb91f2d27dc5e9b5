"""Handing out posts. The rows are the queue.

A delivery goes queued → claimed (token, lease) → started → outcome. `started` is committed before
the request leaves. No transaction is open while the world is called.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from console.messages.operations import pacing
from console.messages.operations.sendable import (
    ACCOUNT_OPEN,
    NO_WAIT,
    NOT_ASKED_TO_WAIT,
    NOT_FAULTY,
    NOW,
    ORDINARY_OPEN,
    POST_OPEN,
    ROUND_OPEN,
    STANDS,
    TARGET,
)

CLAIM_SECONDS = 5
"""A claim not renewed for so long is free for others."""
START_MARGIN = 5
"""Seconds beyond an attempt's deadline before its row is taken for abandoned."""


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
    act: str
    struck: list[str]
    made_at: float
    """Unix time at which the round was written."""
    maybe_out: bool
    """An earlier attempt ended without an answer."""
    ordinary: bool
    """Of no event."""
    edited: str | None
    """Remote id of the post that an edit changes."""
    picture_id: int | None
    container: str
    """What an earlier attempt has made on the platform before it asked for publishing."""


def claim(
    session: Session,
    round_id: int,
    shard: int,
    shards: int,
    most: Mapping[str, int],
    token: uuid.UUID,
) -> list[Claimed]:
    """Take sendable rows for `CLAIM_SECONDS`, of several pacing keys at once; of a key whose
    channel keeps a rate, no more than it has room for.

    Args:
        shard: this job's number, from 0; `shards`: how many there are.
        most: pacing key → how many rows of it.
        token: known to the claimer only; every later write must show it.
    """
    rates = pacing.rates(most)
    room = pacing.room(session, rates)
    # Chosen once, whatever the plan: asked again for each row, it would give others every time,
    # since those taken already are passed over, and more than there is room for.
    rows = session.execute(
        text(f"""
            WITH mine AS MATERIALIZED (
                SELECT one.id
                FROM unnest(CAST(:keys AS text[]), CAST(:most AS int[])) AS k (key, most)
                CROSS JOIN LATERAL (
                    SELECT d.id FROM deliveries d
                    WHERE d.round_id = :round AND d.pacing_key = k.key
                      AND d.slot % :shards = :shard AND {POST_OPEN}
                      AND {ROUND_OPEN.format(round=":round")} AND {NO_WAIT.format(key="k.key")}
                    ORDER BY d.id LIMIT k.most FOR UPDATE OF d SKIP LOCKED) one)
            UPDATE deliveries u SET state = 'claimed', token = :token,
                lease_until = budkavle_now() + make_interval(secs => {CLAIM_SECONDS})
            FROM mine WHERE u.id = mine.id
            RETURNING u.id, u.account_id, u.kind, u.pacing_key, u.fingerprint, u.idempotency_key,
                u.content, u.title, u.link, u.marker, u.language, u.exercise, u.keyed,
                {TARGET},
                u.attempts, u.act, u.struck,
                (SELECT extract(epoch FROM r.at)::float8 FROM rounds r WHERE r.id = u.round_id),
                u.maybe_out, u.incident_id IS NULL,
                (SELECT e.remote_id FROM deliveries e WHERE e.id = u.edits_id),
                u.picture_id, u.container
        """),
        {
            "round": round_id,
            "shard": shard,
            "shards": shards,
            "keys": list(most),
            "most": [min(number, room.get(key, number)) for key, number in most.items()],
            "token": token,
        },
    )
    claimed = sorted((Claimed(*row) for row in rows), key=lambda one: one.id)
    pacing.spend(session, Counter(one.pacing_key for one in claimed), rates)
    return claimed


def keys_to_send(
    session: Session, round_id: int, shard: int, shards: int, but: Collection[str] = ()
) -> list[str]:
    """Pacing keys that have something to send now, but for those that are known."""
    return list(
        session.scalars(
            text(f"""
                SELECT DISTINCT d.pacing_key FROM deliveries d
                WHERE d.round_id = :round AND d.pacing_key <> ALL(:but)
                  AND d.slot % :shards = :shard AND {POST_OPEN}
                  AND {ROUND_OPEN.format(round=":round")}
                  AND {NO_WAIT.format(key="d.pacing_key")}
            """),
            {"round": round_id, "but": list(but), "shard": shard, "shards": shards},
        )
    )


def start(
    session: Session,
    ids: Sequence[int],
    token: uuid.UUID,
    seconds: float,
    worker: str,
) -> set[int]:
    """Mark claimed rows started; returns the ids that may be sent now.

    Left out are rows that were stopped, replaced or lost meanwhile, rows that waited for their turn
    until they were too old or their account no longer ours, rows whose platform asked somebody else
    to wait, and rows whose account has another post under way: those keep their claim until it runs
    out.

    Args:
        seconds: the attempt's deadline.
    """
    started = session.scalars(
        text(f"""
            WITH mine AS (
                -- Whatever somebody else holds (a stop, say) is theirs: never wait in a crowd.
                SELECT d.id, d.account_id, d.exercise, d.broadcast_id, d.incident_id, d.round_id,
                    d.pacing_key
                FROM deliveries d
                WHERE d.id = ANY(:ids) AND d.token = :token AND d.state = 'claimed'
                  AND d.lease_until > budkavle_now()
                ORDER BY d.id FOR UPDATE SKIP LOCKED),
            started AS (
                UPDATE deliveries u SET state = 'started', started_at = budkavle_now(),
                    attempts = u.attempts + 1, looks = 0, missed = 0,
                    lease_until = budkavle_now() + make_interval(secs => :seconds)
                WHERE u.id IN (
                    SELECT DISTINCT ON (d.account_id) d.id FROM mine d
                    JOIN broadcasts b ON b.id = d.broadcast_id
                    WHERE {STANDS.format(b="b")} AND {NOT_FAULTY}
                      AND {ACCOUNT_OPEN} AND {NOT_ASKED_TO_WAIT}
                      AND EXISTS (SELECT 1 FROM rounds r
                                  WHERE r.id = d.round_id AND r.expires_at > {NOW})
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
        {
            "ids": list(ids),
            "token": token,
            "seconds": seconds + START_MARGIN,
            "worker": worker,
        },
    )
    return set(started)


def may_leave(session: Session, delivery_id: int) -> bool:
    """Asked of an ordinary post once its start is committed: does no lock stand even now?

    A lock that was being set as the post started is seen here. Nobody waits for anybody: opening an
    event never waits for a post.
    """
    free = text(f"SELECT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = :id AND {ORDINARY_OPEN})")
    return bool(session.scalar(free, {"id": delivery_id}))


def may_go_on(session: Session, delivery_id: int) -> bool:
    """Asked while a post goes out to one recipient after another: has nobody stopped, replaced or
    faulted it, or locked an ordinary post's account, since it started?"""
    going = text(f"""
        SELECT EXISTS (
            SELECT 1 FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
            WHERE d.id = :id AND d.state = 'started' AND {STANDS.format(b="b")}
              AND {NOT_FAULTY} AND (d.incident_id IS NOT NULL OR {ORDINARY_OPEN}))
    """)
    return bool(session.scalar(going, {"id": delivery_id}))


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


def remember(session: Session, delivery_id: int, token: uuid.UUID, container: str) -> bool:
    """Keep what the platform has been given for a started post, before it is asked to publish it.

    Returns:
        False: the row isn't the claimer's any more, and nothing may be published.
    """
    kept = session.scalar(
        text("""
            UPDATE deliveries SET container = :container
            WHERE id = :id AND token = :token AND state = 'started' RETURNING id
        """),
        {"id": delivery_id, "token": token, "container": container},
    )
    return kept is not None


def let_go(session: Session, token: uuid.UUID, key: str | None = None) -> list[int]:
    """Give back what is claimed and not started: safe for others to take. Returns its ids.

    Rows are taken in the order in which a stop takes them: neither waits for the other for ever.

    Args:
        key: only what is under this pacing key.
    """
    given = session.scalars(
        text("""
            UPDATE deliveries SET state = CASE WHEN maybe_out THEN 'retry' ELSE 'queued' END,
                token = NULL, lease_until = NULL
            WHERE id IN (SELECT id FROM deliveries WHERE token = :token AND state = 'claimed'
                           AND pacing_key = coalesce(:key, pacing_key)
                         ORDER BY id FOR UPDATE)
            RETURNING id
        """),
        {"token": token, "key": key},
    )
    return list(given)


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
