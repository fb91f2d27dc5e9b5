"""A long timeline to verify and to export: 20,000 entries of one event, as they really look."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg

from bench.house import House
from console import clock, db
from console.config import Settings
from console.incidents.models import Incident
from console.timeline import lines
from console.timeline.operations import record

ENTRIES = 20_000
BATCH = 1_000
CHILD = """
import resource, sys
from pathlib import Path
from console import clock, create_addresses, db
from console.config import Settings
from console.incidents.models import Incident
from console.review import lines, package
from console.timeline import export
settings = Settings.from_env()
db.connect(settings.database_url)
app = create_addresses(settings)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
folder, what = Path(sys.argv[1]), sys.argv[2]
with app.test_request_context(), db.unit_of_work() as session:
    incident = session.query(Incident).order_by(Incident.id).first()
    if what == "chain":
        export.export(session, incident.id, folder, settings, clock.now())
    else:
        package.write(session, incident, folder, settings, clock.now(),
                      masked=what == "masked", tell=app.extensions["log_sentences"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


def fill(one: House, incident: Incident) -> None:
    """Receipts, for the most part; each tenth entry has a personal text."""
    text = "Koka allt vatten du dricker eller lagar mat med. Åäö 🚒 =1+1; "
    for batch in range(ENTRIES // BATCH):
        with db.unit_of_work() as session:
            now = clock.now() + timedelta(seconds=batch)
            for n in range(BATCH):
                number = batch * BATCH + n
                if n % 10 == 0:
                    record(
                        session, "note:written", now=now, incident_id=incident.id,
                        body={"note": number, "kind": "call", "happened_at": now},
                        personal={"content": text}, person_id=one.unit.id,
                    )  # fmt: skip
                else:
                    record(
                        session, "delivery:sent", now=now, incident_id=incident.id,
                        body={
                            "delivery": number, "round": number // 40, "message": 1,
                            "account": 1, "language": "sv", "attempt": 1,
                            "key": f"k{number:032d}", "text": text,
                        },
                    )  # fmt: skip


def bare_verify(folder: Path) -> float:
    """Seconds of a loop of `json.loads` and SHA-256 over the chain's file."""
    began = time.perf_counter()
    with (folder / lines.JSONL).open("rb") as file:
        for line in file:
            json.loads(line)
            hashlib.sha256(line).digest()
    return time.perf_counter() - began


def bare_csv(settings: Settings, to: Path) -> float:
    """Seconds of psycopg's rows through the bare csv module."""
    url = (settings.database_url or "").replace("+psycopg", "")
    began = time.perf_counter()
    with psycopg.connect(url) as connection, to.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        with connection.cursor("rows") as cursor:
            cursor.itersize = 1000
            cursor.execute("""
                SELECT e.n, e.at, e.tag, e.incident_id, e.person_id, b.canonical, p.content,
                       encode(e.entry_hash, 'hex')
                FROM timeline_entries e JOIN timeline_bodies b USING (n)
                LEFT JOIN timeline_personal p USING (n) ORDER BY e.n
            """)
            writer.writerows(cursor)
    return time.perf_counter() - began


def export_apart(settings: Settings, folder: Path, what: str) -> float:
    """Export in a process of its own. Returns how many MB it held above idle, at most.

    Args:
        what: chain (what is streamed) | whole | masked.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHILD, str(folder), what],
        env={**os.environ, **settings.as_env()},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1]) / 1024


@contextmanager
def throwaway() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder:
        yield Path(folder)
