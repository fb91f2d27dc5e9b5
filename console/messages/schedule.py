"""When rounds are due. Times are aware UTC datetimes; intervals are whole seconds.

Round n is due at anchor + (n − 1) × interval, counted in UTC: clock changes don't move it, and
nothing counts from when the work was done, so rounds don't drift.
"""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_LIFE = timedelta(minutes=10)
"""A round that hasn't gone out by then is too late to go out at all."""


def due(anchor: datetime, interval: int | None, n: int) -> datetime:
    """When round `n` (from 1) is due. A broadcast without interval has one round."""
    return anchor + timedelta(seconds=(interval or 0) * (n - 1))


def latest_due(anchor: datetime, interval: int | None, now: datetime) -> int:
    """The number of the newest round due at `now`; 0 before the anchor."""
    if now < anchor:
        return 0
    if not interval:
        return 1
    return int((now - anchor) / timedelta(seconds=interval)) + 1


def expires(anchor: datetime, interval: int | None, n: int) -> datetime:
    """When round `n` is too late: at the next round, or after ten minutes."""
    at = due(anchor, interval, n)
    life = min(LONGEST_LIFE, timedelta(seconds=interval)) if interval else LONGEST_LIFE
    return at + life


def grace(grace_seconds: int, interval: int | None) -> timedelta:
    """How long followers wait for the website: min(profile's grace, interval / 4)."""
    wait = timedelta(seconds=grace_seconds)
    return min(wait, timedelta(seconds=interval) / 4) if interval else wait


def attempt_seconds(interval: int | None) -> float:
    """How long one attempt may take: min(20 s, interval / 2)."""
    return min(20.0, interval / 2) if interval else 20.0


def last_n(
    anchor: datetime,
    interval: int | None,
    max_rounds: int | None,
    ends_at: datetime | None,
) -> int | None:
    """The number of the last approved round; None when only the promise ends it."""
    if not interval:
        return 1
    limits = []
    if max_rounds is not None:
        limits.append(max_rounds)
    if ends_at is not None:
        limits.append(latest_due(anchor, interval, ends_at))
    return min(limits) if limits else None


def last_before_word(
    anchor: datetime,
    interval: int | None,
    max_rounds: int | None,
    ends_at: datetime | None,
    promise_at: datetime | None,
) -> int | None:
    """As `last_n`, and never a round due when the promised word is: without it the text may no
    longer be true (7-c)."""
    last = last_n(anchor, interval, max_rounds, ends_at)
    if not interval or promise_at is None:
        return last
    kept = max(0, -((anchor - promise_at) // timedelta(seconds=interval)))
    return kept if last is None else min(last, kept)


def approved_end(
    anchor: datetime, interval: int | None, max_rounds: int | None, ends_at: datetime | None
) -> datetime | None:
    """Until when the text may be repeated: the end, or when one round more would have been due."""
    limits = [ends_at] if ends_at is not None else []
    if interval and max_rounds is not None:
        limits.append(due(anchor, interval, max_rounds + 1))
    return min(limits, default=None)


def planned(
    anchor: datetime, interval: int | None, n: int, last: int | None, promise: datetime | None
) -> datetime | None:
    """When round `n` is due, if it may go out: within the approved end, and before the promise."""
    at = due(anchor, interval, n)
    if (last is not None and n > last) or (promise is not None and at >= promise):
        return None
    return at
