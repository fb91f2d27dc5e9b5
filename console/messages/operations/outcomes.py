"""What became of posts that were handed out, and of those that nobody answers for any more.

Outcomes are written only by who holds the token that the post was claimed with.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from channels.failures import LONGEST_WISH
from console import live
from console.messages.operations import finding, pacing, trail
from console.messages.rules import Act
from console.timeline.operations import record
from console.timeline.rules import clean_text

LOCKED = "locked"
"""Why an ordinary post ended that a lock keeps from its account."""


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


_SETTLE = text("""
    WITH outcomes AS (
        SELECT * FROM unnest(
            CAST(:ids AS bigint[]), CAST(:tokens AS uuid[]), CAST(:states AS text[]),
            CAST(:events AS text[]), CAST(:reasons AS text[]), CAST(:remote_ids AS text[]),
            CAST(:links AS text[]), CAST(:waits AS float8[]), CAST(:partly AS boolean[]))
        AS o (id, token, state, event, reason, remote_id, link, wait, partly)),
    held AS (
        -- In the order in which a stop takes them: neither waits for the other for ever. What is
        -- refused says nothing of an earlier attempt, which may be out.
        SELECT d.id, CASE WHEN o.state = 'refused' AND d.maybe_out
                            AND (d.state = 'started' OR d.attempts > 1)
                          THEN 'unknown' ELSE o.state END AS becomes
        FROM deliveries d JOIN outcomes o USING (id)
        WHERE d.id = ANY(:ids) ORDER BY d.id FOR UPDATE OF d),
    settled AS (
    UPDATE deliveries d SET state = becomes, reason = o.reason, remote_id = o.remote_id,
        remote_link = o.link, lease_until = NULL,
        maybe_out = d.maybe_out OR o.event = 'unknown' OR o.partly,
        not_before = CASE WHEN becomes = 'retry'
                          THEN budkavle_now() + make_interval(secs => o.wait) END,
        settled_at = CASE WHEN becomes <> 'retry' THEN budkavle_now() END,
        look_at = CASE WHEN becomes = 'unknown' AND d.act = 'post'
                       THEN budkavle_now() + make_interval(secs => :look) END
    FROM outcomes o JOIN held USING (id)
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
    is then never taken for unsent, whatever the next attempt is told; everywhere else it stays
    unknown until it is resolved.

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
    body = trail.facts(row)
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
    held it may still say what became of it. Too late is a round that has expired, and a text whose
    rounds are over and whose next word was due; one that still runs is `rounds.stale`'s.
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
            UPDATE deliveries u SET token = NULL, lease_until = NULL, settled_at = budkavle_now(),
                state = CASE WHEN maybe_out THEN 'unknown' ELSE 'expired' END,
                look_at = CASE WHEN maybe_out AND act = 'post' THEN budkavle_now() END,
                reason = CASE WHEN maybe_out THEN u.reason ELSE o.reason END
            FROM (SELECT d.id, CASE WHEN r.expires_at <= budkavle_now()
                                    THEN 'too_late' ELSE 'promise' END AS reason
                  FROM deliveries d JOIN rounds r ON r.id = d.round_id
                  JOIN broadcasts b ON b.id = d.broadcast_id
                  WHERE d.state IN ('queued', 'retry')
                    AND (r.expires_at <= budkavle_now()
                         OR b.state = 'done' AND b.repeating AND b.promise_at <= budkavle_now())
                  FOR UPDATE OF d SKIP LOCKED) o
            WHERE u.id = o.id
            RETURNING u.id, incident_id, round_id, account_id, state, attempts
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
            trail.leave(session, row, "abandoned", now)
    if touched or late:
        topics = {live.incident_topic(row.incident_id) for row in (*touched, *late)}
        live.announce(session, live.WORK, *topics)
    return len(touched) + len(late)


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
