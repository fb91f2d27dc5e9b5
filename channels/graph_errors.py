"""What Meta's Graph API means by its errors (Facebook, Instagram, Threads).

Sources, read in November 2026:
- developers.facebook.com/docs/graph-api/guides/error-handling: codes and subcodes in general
- developers.facebook.com/docs/graph-api/overview/rate-limiting: limits, and the headers on usage
- developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes

The documentation calls 1 and 2 passing faults and says "wait and try again". A post may be out
all the same: others had seven copies of one picture from doing as it says. So whoever has asked
to publish must look first, and they come to `Unknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer


class Means(Enum):
    DEAD = auto()
    """The token is void: expired, revoked, password changed, or nobody may log in."""
    RIGHTS = auto()
    WAIT = auto()
    """Nothing was taken; there is too much, or too early."""
    MAYBE = auto()
    """A fault on their side, after which a post may be out."""
    DUPLICATE = auto()
    GONE = auto()
    OUTDATED = auto()
    UNREACHED = auto()
    """They could not fetch our picture; nothing was taken."""


CODES: Final[Mapping[int, Means]] = {
    102: Means.DEAD,  # API session
    190: Means.DEAD,  # access token; every subcode (458, 459, 460, 463, 464, 467, 492) is for a
    # person with the password to put right
    2500: Means.DEAD,  # "An active access token must be used"
    3: Means.RIGHTS,  # API method: the app lacks the capability
    10: Means.RIGHTS,  # permission not granted, or removed
    **dict.fromkeys(range(200, 300), Means.RIGHTS),  # permission, one number for each
    4: Means.WAIT,  # the app's calls
    9: Means.WAIT,  # Instagram (2207042) and Threads: the day's posts are used up
    17: Means.WAIT,  # the user's calls
    32: Means.WAIT,  # the Page's calls
    341: Means.WAIT,  # the app's limit
    368: Means.WAIT,  # blocked for a while, for what was done before
    613: Means.WAIT,  # calls to this edge
    **dict.fromkeys(range(80000, 80015), Means.WAIT),  # business use case: 80001 Pages, 80002 IG
    9007: Means.WAIT,  # Instagram (2207027): the container isn't ready to be published
    -2: Means.MAYBE,  # Instagram: took too long, or the container has expired
    -1: Means.MAYBE,  # Instagram: server error
    1: Means.MAYBE,  # API unknown
    2: Means.MAYBE,  # API service
    24: Means.MAYBE,  # Instagram (2207006, 2207008): no such container; one that is out has none
    506: Means.DUPLICATE,  # the same post twice in a row: the first may be ours, its answer lost
    803: Means.GONE,  # "Some of the aliases you requested do not exist"
    12: Means.OUTDATED,  # API deprecated
    2635: Means.OUTDATED,  # a version that is closed
    9004: Means.UNREACHED,  # Instagram (2207052): the picture's address gave nothing
}
"""What isn't here goes by its HTTP status, and 100 with subcode 33 is `GONE`."""

# 408 and 425: the request was not taken in (RFC 9110, 15.5.9; RFC 8470, 5.2).
_WAIT: Final = frozenset({408, 425, 429})
NO_SUCH_OBJECT: Final = (100, 33)
"""Also said of what the token may not see."""

_SECRETS = re.compile(r"[\w|.-]{40,}")


class Unreached(Retry):
    """They could not fetch our picture."""


class Gone(Refused):
    """There is no such object, or this token may not see it."""


def failure(answer: Answer) -> ChannelError:
    """What to raise for an answer that isn't a success."""
    error = _error(answer)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    words = _SECRETS.sub("…", answer.quote(str(error.get("message", ""))))[:160]
    detail = " ".join(part for part in (str(answer.status), _dotted(code, subcode), words) if part)
    means = CODES.get(code) if code is not None else None
    if (code, subcode) == NO_SUCH_OBJECT:
        means = Means.GONE
    match means:
        case Means.DEAD:
            # Their words may quote the token.
            return Reauthorise(Reason.CREDENTIALS, f"{answer.status} {_dotted(code, subcode)}")
        case Means.RIGHTS:
            return Refused(Reason.RIGHTS, detail)
        case Means.WAIT:
            return Retry(Reason.BUSY, detail, after=wish(answer))
        case Means.MAYBE:
            return Unknown(Reason.SERVER_ERROR, detail)
        case Means.DUPLICATE:
            return Unknown(Reason.DUPLICATE, detail)
        case Means.GONE:
            return Gone(Reason.TURNED_DOWN, detail)
        case Means.OUTDATED:
            return Refused(Reason.OUTDATED, detail)
        case Means.UNREACHED:
            return Unreached(Reason.NO_CONNECTION, detail)
    return _by_status(answer, detail, passing=error.get("is_transient") is True)


def wish(answer: Answer) -> float | None:
    """Seconds they ask us to wait: the longest `estimated_time_to_regain_access` (minutes) in the
    headers on usage, else Retry-After."""
    minutes = [
        float(value)
        for name in ("X-Business-Use-Case-Usage", "X-App-Usage")
        for value in _estimates(answer.headers.get(name, ""))
    ]
    return max(minutes) * 60 if minutes and max(minutes) > 0 else answer.retry_after()


def _by_status(answer: Answer, detail: str, passing: bool) -> ChannelError:
    status = answer.status
    if status in _WAIT:
        return Retry(Reason.BUSY, detail, after=wish(answer))
    if status == 401:
        return Reauthorise(Reason.CREDENTIALS, str(status))
    if status == 403:
        return Refused(Reason.RIGHTS, detail)
    if 400 <= status < 500 and not passing:
        return Refused(Reason.TURNED_DOWN, detail)
    return Unknown(Reason.SERVER_ERROR, detail)


def _error(answer: Answer) -> Mapping[str, Any]:
    try:
        error = answer.json().get("error")
    except Unknown:
        return {}
    return error if isinstance(error, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _dotted(code: int | None, subcode: int | None) -> str:
    return ".".join(f"#{n}" if n == code else str(n) for n in (code, subcode) if n is not None)


def _estimates(header: str) -> list[float]:
    """Every estimate in `{"<id>": [{"estimated_time_to_regain_access": 19, …}]}` or `{…: 19}`."""
    try:
        value = json.loads(header or "{}")
    except ValueError:
        return []
    found: list[float] = []
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            minutes = one.get("estimated_time_to_regain_access")
            if isinstance(minutes, int | float) and not isinstance(minutes, bool):
                found.append(minutes)
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return found
