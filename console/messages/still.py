"""*Gäller fortfarande*: what may be said without another approval, because it was approved before.

Pure. Together with a repeating message the writer may ask for a text that says that nothing is new,
to go out a stated number of times, each time with a later promise, never past the approved end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from console.messages import rendering, schedule, wording
from console.phrases import sentence

MOST_TIMES = 6
DEFAULT_TIMES = 3
LONGEST_MINUTES = 24 * 60
_STEPS = (
    (timedelta(minutes=30), timedelta(minutes=15)),
    (timedelta(minutes=10), timedelta(minutes=5)),
    (timedelta(minutes=1), timedelta(minutes=1)),
    (timedelta(), timedelta(seconds=1)),
)
"""From such a distance on, even means whole multiples of so much."""


@dataclass(frozen=True)
class Still:
    """What a writer asks for, as far as the approved end allows it."""

    seconds: int
    """How much later each new promise is."""
    promises: tuple[datetime, ...]
    """The promises it may give in turn: at least one."""
    line: str
    """The writer's own line, or ""."""


def wanted(
    fields: Mapping[str, Any],
    start: datetime,
    promise: datetime,
    end: datetime | None,
    faults: dict[str, str],
) -> Still | None:
    """What a draft's fields ask for; None: nothing, or nothing that ends in time.

    Args:
        start: when the first round goes out.
        promise: the message's own promise, after `start`.
        end: the approved end.
        faults: what can't be kept is added here, by field name.
    """
    times, minutes = fields.get("still_times") or 0, fields.get("still_minutes") or 0
    if not _between(times, 0, MOST_TIMES):
        faults["still_times"] = _("Välj högst %(n)s gånger.", n=MOST_TIMES)
        return None
    if not _between(minutes, 0, LONGEST_MINUTES):
        faults["still_minutes"] = _("Skriv antal minuter, till exempel 60.")
        return None
    step = timedelta(minutes=minutes) or even(promise - start)
    promises = (promise + one * step for one in range(1, times + 1))
    allowed = tuple(at for at in promises if end is None or at <= end)
    if not allowed:
        return None
    line = str(fields.get("still_line") or "").strip()
    return Still(int(step.total_seconds()), allowed, line)


def even(distance: timedelta) -> timedelta:
    """A distance as people say it: an hour rather than 57 minutes and 43 seconds."""
    step = next(step for least, step in _STEPS if distance >= least)
    return max(step, round(distance / step) * step)


def source(of: rendering.Source, still: Still, line: str) -> rendering.Source:
    """What the rendition is made of that goes out because `of` still applies.

    Args:
        line: the writer's own, in that language; left out where it doesn't fit.
    """
    words = sentences(of.language, stands=bool(of.headline or of.standing))
    whole = f"{words} {sentence(line)}".strip()
    return replace(of, body=whole, short=words, may_cut=False, again=still.promises)


def slots(
    first: datetime, promise: datetime, interval: int, seconds: int, last_number: int
) -> dict[str, str]:
    """The Swedish slots of the first round that goes out because the text still applies.

    Args:
        first: when the message's first round goes out; `promise`: its own.
        last_number: the event's newest round number before it.
    """
    n = 1 - (first - promise) // timedelta(seconds=interval)
    due = schedule.due(first, interval, n)
    return {
        "round": wording.round_line(due, last_number + n, "sv"),
        "next": wording.next_word(promise + timedelta(seconds=seconds), due, "sv"),
        "since": wording.since_line(first, due, "sv"),
    }


def sentences(language: str, *, stands: bool) -> str:
    """Our own plain words; `stands`: an instruction stands in the same text."""
    return wording.STILL[language][0 if stands else 1]


def _between(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
