"""What is answered when people are asked about a promise. Written once: the first answer stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.messages.models import Broadcast, PromiseAsk
from console.timeline.operations import record

STILL_VALID = "still_valid"
NEW_WORD = "new_word"
STOPPED = "stopped"
UNANSWERED = "unanswered"


def give(
    session: Session,
    broadcast: Broadcast,
    answer: str,
    now: datetime,
    person_id: int | None = None,
) -> bool:
    """Answer what is asked about a broadcast's promise; False: nothing is, or it is answered."""
    ask = session.scalar(
        select(PromiseAsk)
        .where(PromiseAsk.broadcast_id == broadcast.id, PromiseAsk.answer == "")
        .with_for_update(of=PromiseAsk)
    )
    if ask is None:
        return False
    ask.answer, ask.answered_at, ask.answered_by_id = answer, now, person_id
    record(
        session,
        "promise:answered",
        body={"broadcast": broadcast.id, "promise": ask.promise_at, "answer": answer},
        now=now,
        incident_id=broadcast.incident_id,
        person_id=person_id,
    )
    return True
