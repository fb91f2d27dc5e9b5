"""When Monday's mail goes. Pure."""

from __future__ import annotations

from datetime import datetime, time

from console.phrases import STOCKHOLM

MONDAY = 0
FROM = time(7, 0)
"""In Sweden. The same for everybody and every policy: it is there when the week begins."""


def week_at(now: datetime) -> str | None:
    """The week whose mail may go now, as "2026-W24": on its Monday from seven until midnight, so
    that it goes later the same day if the console was down. None: it isn't the time."""
    local = now.astimezone(STOCKHOLM)
    if local.weekday() != MONDAY or local.time() < FROM:
        return None
    year, week, _day = local.isocalendar()
    return f"{year}-W{week:02}"
