"""What a Matrix homeserver is asked, and what its refusals mean.

spec.matrix.org/latest/client-server-api/#standard-error-response: `{"errcode", "error"}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from channels.failures import (
    LONGEST_WISH,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)

if TYPE_CHECKING:
    from channels.http import Answer, Client

_DEAD = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"})
# 408 and 425: the request was not taken in (RFC 9110, 15.5.9; RFC 8470, 5.2).
_WAIT = frozenset({408, 425, 429})
_MOVED = frozenset({301, 307, 308})
READ_BYTES = 2 * 1024 * 1024
"""For a page of the longest posts, each with its latest edit (#event-replacements), and letters
beyond ASCII escaped as Synapse does, which makes them three times as long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixSettings:
    server: str
    """Scheme, host and port of the homeserver's client API."""
    room: str
    """The room's id, such as !opaque:kommun.se."""
    token: str = field(repr=False)

    def of_room(self, *parts: str, version: str = "v3") -> str:
        """Path of something in the room; each part is one segment."""
        segments = "/".join(quote(part, safe="") for part in (self.room, *parts))
        return f"/_matrix/client/{version}/rooms/{segments}"


async def call(
    client: Client,
    settings: MatrixSettings,
    method: str,
    path: str,
    *,
    content: object = None,
    body: bytes | None = None,
    media_type: str = "application/json",
) -> dict[str, Any]:
    """The JSON object that the server answers with; `content` goes as JSON, `body` as it is.

    Raises:
        as `Channel.publish`.
    """
    headers = {"Authorization": f"Bearer {settings.token}"}
    if content is not None:
        body = json.dumps(content, ensure_ascii=False).encode()
    if body is not None:
        headers["Content-Type"] = media_type
    answer = await client.request(
        method, settings.server + path, body=body, headers=headers, most=READ_BYTES
    )
    if answer.status == 200:
        return answer.json()
    raise failure(answer)


def failure(answer: Answer) -> ChannelError:
    """What an answer means that isn't 200. Which error it was stands first in its detail."""
    said = _object(answer)
    code, status = str(said.get("errcode", "")), answer.status
    words = answer.quote(f"{code} {said.get('error', '')}")
    detail = f"{status} {words}"
    if status in _WAIT or code == "M_LIMIT_EXCEEDED":
        return Retry(Reason.BUSY, detail, after=_wait(answer, said))
    if status == 401 or code in _DEAD:
        return Reauthorise(Reason.CREDENTIALS, detail)
    if code == "M_FORBIDDEN":
        return Refused(Reason.RIGHTS, detail)
    if code == "M_TOO_LARGE":
        return Refused(Reason.TOO_LONG, detail)
    if status in _MOVED:
        return Refused(Reason.ADDRESS, detail)
    if 400 <= status < 500:
        return Refused(Reason.TURNED_DOWN, detail)
    kind = Reason.SERVER_ERROR if status >= 500 else Reason.BAD_ANSWER
    return Unknown(kind, detail)


def is_missing(error: Refused) -> bool:
    """Whether the server said that what was asked for isn't there."""
    return "M_NOT_FOUND" in error.detail.split()[:2]


def _wait(answer: Answer, said: dict[str, Any]) -> float | None:
    """Retry-After, else `retry_after_ms`, which older servers give alone."""
    if (after := answer.retry_after()) is not None:
        return after
    wish = said.get("retry_after_ms")
    if not isinstance(wish, int) or wish < 0:
        return None
    return min(wish, 1000 * LONGEST_WISH) / 1000


def _object(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
