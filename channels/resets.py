"""When a platform's allowance is filled again, from headers of its own. Pure."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.http import Answer

# Above it, a number of seconds is a Unix time: no allowance is thirty years away.
_EPOCH = 1_000_000_000


def seconds_left(answer: Answer, header: str) -> float | None:
    """Seconds until the moment in `header`: Unix time, or seconds from now
    (draft-polli-ratelimit-headers). None: it isn't there, or can't be read.

    Unix time is measured against the server's own Date, so no clock of ours has to be right.
    """
    text = answer.headers.get(header, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return None
    if int(text) < _EPOCH:
        return float(text)
    try:
        now = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, int(text) - now.timestamp())


def used_up(answer: Answer, remaining: str, reset: str) -> float | None:
    """Seconds until the allowance is filled again, when this answer says that nothing is left of
    it. None: something is, or it doesn't say."""
    if answer.headers.get(remaining, "").strip() != "0":
        return None
    return seconds_left(answer, reset)
