"""What may be sent, asked of the database and asked of a row that has been read: one rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from sqlalchemy import text

from console import clock, db
from console.messages import rules
from console.messages.operations.sendable import STANDS
from console.messages.rules import BroadcastState

REASONS = ("", "first_round", "finished", "stop_all", "promise", "correction", "by message 3")
HELD = (BroadcastState.WAITING, BroadcastState.PAUSED)
"""Nothing is sent now, though it may be later."""


@dataclass(frozen=True)
class Row:
    state: str
    state_reason: str
    repeating: bool
    promise_at: datetime | None


def test_what_may_be_sent_is_the_same_asked_in_sql_and_in_python_in_every_state(database):
    now = clock.now()
    promises = (None, now - timedelta(hours=1), now + timedelta(hours=1))
    rows = [Row(*one) for one in product(BroadcastState, REASONS, (True, False), promises)]
    ask = text(f"""
        SELECT {STANDS.format(b="b")} FROM unnest(
            CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:repeating AS boolean[]),
            CAST(:promises AS timestamptz[])) WITH ORDINALITY
            AS b (state, state_reason, repeating, promise_at, place)
        ORDER BY b.place
    """)
    with db.unit_of_work() as session:
        stands = session.scalars(
            ask,
            {
                "states": [one.state for one in rows],
                "reasons": [one.state_reason for one in rows],
                "repeating": [one.repeating for one in rows],
                "promises": [one.promise_at for one in rows],
            },
        ).all()
    may = [one.state not in HELD and rules.may_go_on(one, now) for one in rows]
    assert list(zip(rows, stands, strict=True)) == list(zip(rows, may, strict=True))
    assert {one.state for one, yes in zip(rows, may, strict=True) if yes} == {"running", "done"}
    held = {one.state for one in rows if one.state in HELD and rules.may_go_on(one, now)}
    assert held == set(HELD)
