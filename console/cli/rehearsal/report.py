"""The judgement of a rehearsal, from the rows it left."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Report:
    accounts: int
    rounds: int
    """All of them, missed ones included."""
    deliveries_expected: int
    deliveries_sent: int
    """By the console or by hand."""
    not_repeated: int
    duplicates: int
    missed_rounds: int
    lateness_ms: dict[str, int]
    """p50, p99 and max of (first attempt of the leading delivery − due)."""
    timeline_entries: int
    timeline_verified: bool
    late_limit_ms: int

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values.pop("late_limit_ms")
        return values

    @property
    def faults(self) -> list[str]:
        """What went wrong, a sentence each; [] if nothing did."""
        found = []
        if self.deliveries_sent != self.deliveries_expected:
            found.append(
                f"{self.deliveries_expected - self.deliveries_sent} of "
                f"{self.deliveries_expected} deliveries are missing."
            )
        if self.deliveries_expected + self.not_repeated != self.rounds * self.accounts:
            found.append("Some rounds don't cover every account.")
        if self.duplicates:
            found.append(f"{self.duplicates} deliveries were doubled.")
        if self.missed_rounds:
            found.append(f"{self.missed_rounds} rounds were missed.")
        if self.lateness_ms["max"] > self.late_limit_ms:
            found.append(
                f"A round was {self.lateness_ms['max']} ms late "
                f"(more than {self.late_limit_ms} ms)."
            )
        if not self.timeline_verified:
            found.append("The timeline could not be verified.")
        return found


def judge(
    session: Session, incident_id: int, interval: int, entries: int, verified: bool
) -> Report:
    """Count what an event left.

    Args:
        interval: seconds between rounds; half of it, at most two seconds, is late.
        entries, verified: of the exported timeline.
    """
    by_state = {
        row.state: row.number
        for row in session.execute(
            text("""
                -- A correction may edit several posts of an account: together they are its one
                -- delivery, and that is sent when all of them are.
                SELECT state, count(*) AS number FROM (
                    SELECT coalesce(
                        min(state) FILTER (WHERE state NOT IN ('sent', 'confirmed')),
                        min(state)) AS state
                    FROM deliveries WHERE incident_id = :incident
                    GROUP BY round_id, account_id, language) AS of_account
                GROUP BY state
            """),
            {"incident": incident_id},
        )
    }
    accounts = _number(
        session,
        "SELECT count(*) FROM incident_accounts WHERE incident_id = :incident AND use = 'publish'",
        incident_id,
    )
    rounds = _number(
        session, "SELECT count(*) FROM rounds WHERE incident_id = :incident", incident_id
    )
    missed = _number(
        session,
        "SELECT count(*) FROM rounds WHERE incident_id = :incident AND state = 'missed'",
        incident_id,
    )
    doubled = _number(
        session,
        """
        SELECT coalesce(sum(sent - 1), 0) FROM (
            SELECT count(*) AS sent FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
            WHERE d.incident_id = :incident AND a.event IN ('sent', 'confirmed')
            GROUP BY d.round_id, d.account_id, d.language, d.edits_id HAVING count(*) > 1)
            AS more
        """,
        incident_id,
    )
    not_repeated = by_state.get("not_repeated", 0)
    return Report(
        accounts=accounts,
        rounds=rounds,
        deliveries_expected=rounds * accounts - not_repeated,
        deliveries_sent=by_state.get("sent", 0) + by_state.get("confirmed", 0),
        not_repeated=not_repeated,
        duplicates=doubled,
        missed_rounds=missed,
        lateness_ms=_lateness(session, incident_id),
        timeline_entries=entries,
        timeline_verified=verified,
        late_limit_ms=min(2000, interval * 500),
    )


def _lateness(session: Session, incident_id: int) -> dict[str, int]:
    values = sorted(
        session.scalars(
            text("""
                SELECT extract(epoch FROM min(a.at) - r.due_at) * 1000
                FROM rounds r JOIN deliveries d ON d.round_id = r.id AND d.leading
                JOIN attempts a ON a.delivery_id = d.id AND a.event = 'started'
                WHERE r.incident_id = :incident GROUP BY r.id
            """),
            {"incident": incident_id},
        )
    )
    return {
        "p50": percentile(values, 50),
        "p99": percentile(values, 99),
        "max": percentile(values, 100),
    }


def percentile(ordered: list[Any], share: int) -> int:
    """The smallest value that at least `share` per cent don't exceed, in whole units; 0 of none."""
    if not ordered:
        return 0
    return round(ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)])


def _number(session: Session, query: str, incident_id: int) -> int:
    return int(session.execute(text(query), {"incident": incident_id}).scalar_one())
