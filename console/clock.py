"""The only reader of the clock.

`now()` is the database's time, so that every process on every machine agrees. The offset between
the database and this machine is sampled (see `console.db`) and carried on by CLOCK_BOOTTIME, which
neither steps when somebody sets the clock nor stops while the machine is suspended.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

_lock = threading.Lock()
_sample: tuple[datetime, float] | None = None
SAMPLE_SECONDS = 1.0


def elapsed() -> float:
    """Seconds since the machine started, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def machine() -> float:
    """This machine's own clock as Unix time, whatever the database's says: to compare the two."""
    return time.time()


def now() -> datetime:
    """The present moment: aware, UTC, microseconds. The machine's own clock until first sampled."""
    sample = _sample
    if sample is None:
        return datetime.now(UTC)
    at, mark = sample
    return at + timedelta(seconds=elapsed() - mark)


def take_sample(database_time: datetime, mark: float) -> None:
    """Remember that the database showed `database_time` (aware) when `elapsed()` was `mark`."""
    global _sample
    with _lock:
        _sample = (database_time.astimezone(UTC), mark)


def sample_is_old() -> bool:
    sample = _sample
    return sample is None or elapsed() - sample[1] > SAMPLE_SECONDS


def forget_sample() -> None:
    """For tests that move the database's clock."""
    global _sample
    with _lock:
        _sample = None
