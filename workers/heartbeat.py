"""Signs of life, as rows: what /healthz and the board look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

BEAT_SECONDS = 2.0
KEPT = "1 hour"


def beat(session: Session, name: str, kind: str, now: datetime, detail: str = "") -> None:
    """Say that a process lives, and forget those long gone.

    Args:
        name: unique among processes; `kind`: ticker | worker | site | feeds.
    """
    session.execute(
        text("""
            INSERT INTO heartbeats (name, kind, at, detail) VALUES (:name, :kind, :at, :detail)
            ON CONFLICT (name) DO UPDATE SET at = :at, detail = :detail
        """),
        {"name": name, "kind": kind, "at": now, "detail": detail},
    )
    session.execute(text(f"DELETE FROM heartbeats WHERE at < :at - interval '{KEPT}'"), {"at": now})
