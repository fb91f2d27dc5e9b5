"""What an export may be, how long it is kept, and when whoever writes it has been lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

KEPT = timedelta(days=7)
"""How long a finished file is kept; it can be made again at any time."""
LEASE = timedelta(minutes=2)
"""Whoever writes and gives no sign for so long is lost: it is begun anew."""
MOST_ATTEMPTS = 3


class ExportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REMOVED = "removed"


OPEN = (ExportState.QUEUED, ExportState.RUNNING)


class Trouble(StrEnum):
    """Why an export failed."""

    CHAIN = "chain"
    KEY = "key"
    DISK = "disk"
    LOST = "lost"
    OTHER = "other"


TROUBLE_LABELS: dict[Trouble, LazyString] = {
    Trouble.CHAIN: _l("Kedjan stämmer inte med signaturen. Säg till systemadministratören."),
    Trouble.KEY: _l(
        "Nyckeln som signerar tidslinjen går inte att använda. Säg till systemadministratören."
    ),
    Trouble.DISK: _l("Filen gick inte att skriva. Be systemadministratören se till diskutrymmet."),
    Trouble.LOST: _l("Arbetet avbröts tre gånger. Exportera igen, eller säg till."),
    Trouble.OTHER: _l("Något gick fel. Exportera igen, eller säg till systemadministratören."),
}


def is_lost(state: str, seen_at: datetime | None, now: datetime) -> bool:
    """Has whoever writes it been silent for too long?"""
    return state == ExportState.RUNNING and (seen_at is None or now - seen_at > LEASE)


def percent(done: int, total: int) -> int:
    """How much is done, 0–99: what is whole says so itself."""
    return min(99, 100 * done // total) if total > 0 else 0


def removed_at(settled_at: datetime) -> datetime:
    return settled_at + KEPT
