"""Two who press at the same moment: when the second waits for what the first holds."""

from __future__ import annotations

import time

from sqlalchemy import text

from console import db

WAITS = text("""
    SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock')
""")


def until_one_waits(seconds: float = 20) -> None:
    """Until a transaction of the test's database waits for another's lock."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with db.unit_of_work() as session:
            if session.scalar(WAITS):
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody waited within {seconds} s")
