"""After a restore: what the old console may have sent since the backup is never taken for unsent.

Between the backup and now the old console may have gone on. Whatever had its time by now, it may
have sent: posts that waited or were under way, and rounds that weren't written yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from console.messages import rules, wording
from console.messages.models import Broadcast, Message, RecordCounter
from console.messages.operations import control, rounds, trail
from console.timeline.operations import record

RESTORED = "restored"
"""Reason of posts, rounds and broadcasts in doubt."""
NUMBERS = 1000
"""How far record numbers go on, past those that the old console may have given (4.5-a)."""


@dataclass(frozen=True)
class Going:
    """A broadcast that goes on by itself."""

    incident: str
    message_type: str
    next_due: datetime
    promise_at: datetime | None


def doubt_posts(session: Session, now: datetime) -> dict[str, int]:
    """Settle every open post as what may be out; returns how many ended in which state.

    As an abandoned start: tried again with the same key where the server is known to keep keys (and
    its round hasn't expired), else unknown, looked for on the platform and by a person. The website
    is only written again, which doubles nothing.
    """
    rows = session.execute(
        text("""
            UPDATE deliveries d SET maybe_out = true, token = NULL, lease_until = NULL,
                reason = :reason,
                attempts = attempts + CASE WHEN state = 'started' THEN 0 ELSE 1 END,
                state = CASE WHEN keyed THEN 'retry' ELSE 'unknown' END,
                settled_at = CASE WHEN NOT keyed THEN CAST(:now AS timestamptz) END,
                look_at = CASE WHEN NOT keyed AND act = 'post' THEN CAST(:now AS timestamptz) END,
                looks = 0, missed = 0
            WHERE state IN ('queued', 'retry', 'claimed', 'started')
              AND NOT d.leading AND kind <> 'website'
            RETURNING id, incident_id, round_id, message_id, account_id, state, attempts
        """),
        {"reason": RESTORED, "now": now},
    ).all()
    counts: dict[str, int] = {}
    for row in sorted(rows):
        counts[row.state] = counts.get(row.state, 0) + 1
        trail.leave(session, row, "abandoned", now, detail=RESTORED)
        if row.state == rules.DeliveryState.UNKNOWN:
            body = {
                "delivery": row.id,
                "round": row.round_id,
                "message": row.message_id,
                "account": row.account_id,
                "attempt": row.attempts,
                "detail": RESTORED,
            }
            record(session, "delivery:unknown", body=body, now=now, incident_id=row.incident_id)
    return counts


def skip_rounds(session: Session, now: datetime) -> int:
    """Events' rounds whose time has passed are missed, the newest too; the next comes on its time.

    A message that goes out once, and whose time has passed, is void: a person looks, and decides.

    Returns:
        How many rounds were passed over.
    """
    passed = session.scalars(
        select(Broadcast)
        .where(Broadcast.state.in_(rules.ACTIVE), Broadcast.next_due <= now)
        .where(Broadcast.incident_id.is_not(None))
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ).all()
    return sum(rounds.skip_passed(session, one, now, RESTORED) for one in passed)


def pause(session: Session, now: datetime) -> int:
    """Pause what repeats, until a person lets it go on at the board. Returns how many."""
    running = session.scalars(select(Broadcast).where(Broadcast.state == "running")).all()
    for one in running:
        control.settle(session, one, rules.BroadcastState.PAUSED, now, RESTORED)
    return len(running)


def going_on(session: Session) -> list[Going]:
    """What sends by itself from now on, soonest first."""
    query = (
        select(Broadcast)
        .where(Broadcast.state.in_(("waiting", "running")), Broadcast.next_due.is_not(None))
        .order_by(Broadcast.next_due, Broadcast.id)
    )
    found = []
    for one in session.scalars(query).all():
        message: Message = one.message
        event = message.incident.name if one.incident_id is not None else ""
        assert one.next_due is not None
        found.append(Going(event, message.type, one.next_due, one.promise_at))
    return found


def move_record_numbers(session: Session, now: datetime) -> None:
    """Leave out the numbers that the old console may have given since."""
    first = upsert(RecordCounter).values(year=now.astimezone(wording.STOCKHOLM).year, last=NUMBERS)
    session.execute(
        first.on_conflict_do_update(
            index_elements=[RecordCounter.year], set_={"last": RecordCounter.last + NUMBERS}
        )
    )
