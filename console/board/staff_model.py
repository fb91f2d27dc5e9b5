"""The board's zone about the staff's own work, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FirstHourRow:
    key: str
    text: str
    due: datetime
    late: bool
    by_fact: bool
    tick_url: str = ""
    """Empty: by fact, or this reader may not."""


@dataclass(frozen=True)
class ShiftRow:
    key: str
    role: str
    holder: str
    """Empty: nobody has said so."""
    receiver: str = ""
    """Who is to take it and hasn't signed yet."""
    url: str = ""


@dataclass(frozen=True)
class StaffView:
    done: int
    total: int
    rows: tuple[FirstHourRow, ...]
    """Late ones first, then the next one due."""
    rest: int
    """Late ones that aren't among the rows."""
    shifts: tuple[ShiftRow, ...]
    url: str
