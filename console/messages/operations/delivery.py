"""Handing out posts and writing what became of them. The rows are the queue.

A delivery goes queued → claimed (token, lease) → started → outcome. `started` is committed before
the request leaves; outcomes are written only by who holds the token. No transaction is open while
the world is called.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.failures import LONGEST_WISH
from console import live
from console.messages.models import Attempt
from console.messages.operations import finding, pacing
from console.messages.operations.sendable import (
    ACCOUNT_OPEN,
    NO_WAIT,
    NOT_FAULTY,
    NOW,
    ORDINARY_OPEN,
    POST_OPEN,
    ROUND_OPEN,
    STANDS,
    TARGET,
)
from console.messages.rules import Act
from console.timeline.operations import record
from console.timeline.rules import clean_text

CLAIM_SECONDS = 5
"""A claim not renewed for so long is free for others."""
LOCKED = "locked"
"""Why an ordinary post ended that a lock keeps from its account."""
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
    """Seconds until the next attempt, for `retry`; of a sent one, until another would be taken."""
    pace: bool = False
    """The wait is the server's: it holds for everything under the same pacing key."""
    partly: bool = False
    """Some of the recipients have it: whatever comes later, it is never taken for unsent."""


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
    rows = session.execute(
        text(f"""
            UPDATE deliveries u SET state = 'claimed', token = :token,
                lease_until = budkavle_now() + make_interval(secs => {CLAIM_SECONDS})
            WHERE u.id IN (
                SELECT mine.id
                FROM unnest(CAST(:keys AS text[]), CAST(:most AS int[])) AS k (key, most)
                CROSS JOIN LATERAL (
                    SELECT d.id FROM deliveries d
                    WHERE d.round_id = :round AND d.pacing_key = k.key
                      AND d.slot % :shards = :shard AND {POST_OPEN}
                      AND {ROUND_OPEN.format(round=":round")} AND {NO_WAIT.format(key="k.key")}
                    ORDER BY d.id LIMIT k.most FOR UPDATE OF d SKIP LOCKED) mine)
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
    until they were too old or their account no longer ours, and rows whose account has another post
    under way: those keep their claim until it runs out.

    Args:
        seconds: the attempt's deadline.
    """
    started = session.scalars(
        text(f"""
            WITH mine AS (
                -- Whatever somebody else holds (a stop, say) is theirs: never wait in a crowd.
                SELECT d.id, d.account_id, d.exercise, d.broadcast_id, d.incident_id, d.round_id
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
                      AND {ACCOUNT_OPEN}
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
            CAST(:links AS text[]), CAST(:waits AS float8[]), CAST(:partly AS boolean[]))
        AS o (id, token, state, event, reason, remote_id, link, wait, partly)),
    settled AS (
    UPDATE deliveries d SET state = o.state, reason = o.reason, remote_id = o.remote_id,
        remote_link = o.link, lease_until = NULL,
        maybe_out = d.maybe_out OR o.event = 'unknown' OR o.partly,
        not_before = CASE WHEN o.state = 'retry'
                          THEN budkavle_now() + make_interval(secs => o.wait) END,
        settled_at = CASE WHEN o.state <> 'retry' THEN budkavle_now() END,
        look_at = CASE WHEN o.state = 'unknown' AND d.act = 'post'
                       THEN budkavle_now() + make_interval(secs => :look) END
    FROM outcomes o
    WHERE d.id = o.id AND d.token = o.token
      AND (d.state = 'started' OR d.state = 'unknown' AND o.state IN ('sent', 'refused'))
    RETURNING d.id, d.account_id, d.incident_id, d.round_id, d.message_id, d.attempts, d.content,
        d.pacing_key, d.idempotency_key, d.language, d.state, d.act, d.edits_id,
        (SELECT p.digest FROM pictures p WHERE p.id = d.picture_id) AS picture,
        budkavle_now() AS at),
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
            "waits": [_bounded(one.wait) for one in outcomes],
            "partly": [one.partly for one in outcomes],
            "worker": worker,
            "look": finding.FIRST_WAIT,
        },
    ).all()
    waits: dict[str, float] = {}
    for row in rows:
        _record(session, row, of[row.id])
        if of[row.id].pace and of[row.id].wait > 0:
            wait = _bounded(of[row.id].wait)
            waits[row.pacing_key] = max(wait, waits.get(row.pacing_key, 0.0))
    pacing.hold(session, waits)
    topics = {live.incident_topic(row.incident_id) for row in rows}
    live.announce(session, *topics, *map(live.receipts_of, topics))
    return [row.id for row in rows]


def _bounded(wait: float) -> float:
    """Seconds that the database can count: a receipt's rest is the platform's own word."""
    return min(LONGEST_WISH, max(1.0, wait))


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
    if row.act == Act.EDIT:
        body |= {"act": "edit", "edits": row.edits_id}
    if row.state == "sent":
        body |= {"remote_id": outcome.remote_id, "link": outcome.link, "text": row.content}
        if outcome.detail:
            body["note"] = outcome.detail
        if row.picture:
            body["picture"] = row.picture
    else:
        body |= {"detail": outcome.detail}
    record(session, f"delivery:{row.state}", body=body, now=row.at, incident_id=row.incident_id)


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
                settled_at = CASE WHEN state = 'started' AND NOT keyed THEN budkavle_now() END,
                look_at = CASE WHEN state = 'started' AND NOT keyed AND act = 'post'
                               THEN budkavle_now() END
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
                look_at = CASE WHEN maybe_out AND act = 'post' THEN budkavle_now() END,
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
