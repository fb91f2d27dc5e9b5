"""An event with a log as long as the longest."""

from __future__ import annotations

from datetime import timedelta

from console import clock, db
from console.incidents.models import Incident
from console.timeline.operations import record
from tests.stage import Stage

TAGS = (
    "delivery:started", "delivery:sent", "delivery:sent", "delivery:retry", "delivery:refused",
    "delivery:unknown", "notice:read", "lock:set", "rumour:logged", "item:nothing",
    "shift:nothing", "incident:stage:changed", "message:submitted", "broadcast:running",
)  # fmt: skip
MORE: dict[str, dict[str, object]] = {
    "lock:set": {"accounts": []},
    "rumour:logged": {"content": "Det luktar klor.", "seen_where": "Facebook"},
    "incident:stage:changed": {"after": "board", "reason": "Det växer."},
}
"""What their sentences need besides."""


def fill(stage: Stage, entries: int, hours: int = 48) -> None:
    """Write so many entries over so many hours before now; the event began as long ago."""
    end = clock.now()
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).opened_at = end - timedelta(hours=hours)
    for first in range(0, entries, 2_000):
        with db.unit_of_work() as session:
            for number in range(first, min(first + 2_000, entries)):
                record(
                    session,
                    TAGS[number % len(TAGS)],
                    body=_facts(stage, number),
                    now=end - timedelta(hours=hours) * (1 - number / entries),
                    incident_id=stage.incident.id,
                    person_id=(stage.lisa, stage.karin)[number % 2].id,
                )


def _facts(stage: Stage, number: int) -> dict[str, object]:
    account = stage.account_ids[number % len(stage.account_ids)]
    facts: dict[str, object] = {"account": account, "delivery": number}
    return facts | MORE.get(TAGS[number % len(TAGS)], {})
