"""Timelines to sign, export and spoil."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from console import db
from console.config import Settings
from console.timeline.export import export
from console.timeline.models import Body, Personal
from console.timeline.operations import record

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVENT, ANOTHER = 7, 8


def write_rounds(count: int, *, incident_id: int | None = EVENT, first: int = 1) -> None:
    with db.unit_of_work() as session:
        for number in range(first, first + count):
            record(
                session,
                "round:written",
                body={"number": number, "text": f'Koka vattnet; "Kl 14.{number}"\nÅÄÖ \u2028'},
                now=NOON + timedelta(minutes=number),
                incident_id=incident_id,
                person_id=3,
            )


def write_mixed_timeline() -> None:
    """Twelve entries: the event has 3–10, of which 5 stands outside, 6 is masked and 8 partly.

    11–12 belong to another event.
    """
    write_rounds(2, incident_id=ANOTHER)
    write_rounds(2)
    write_rounds(1, incident_id=None)
    write_rounds(1)
    with db.unit_of_work() as session:
        for number in (7, 8):
            record(
                session,
                "note:written",
                body={"note": number},
                now=NOON,
                incident_id=EVENT,
                personal={"text": f"=Ring Åsa {number}", "name": "Åsa Ek"},
            )
    write_rounds(2, first=9)
    write_rounds(2, incident_id=ANOTHER)
    with db.unit_of_work() as session:
        session.execute(
            update(Body)
            .where(Body.n == 6)
            .values(canonical=None, salt=b"", masked_at=NOON, masked_reason="=OSL 21 kap. 1 §")
        )
        session.execute(
            update(Personal)
            .where(Personal.n == 8, Personal.field == "text")
            .values(content=None, salt=b"", masked_at=NOON, masked_reason="GDPR art. 17")
        )


def write_export(folder: Path, settings: Settings, incident_id: int | None = EVENT) -> Path:
    with db.unit_of_work() as session:
        export(session, incident_id, folder, settings, NOON)
    return folder
