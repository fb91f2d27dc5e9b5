"""What a Mastodon server is asked, and what its refusals mean.

Errors: docs.joinmastodon.org/methods/statuses; waiting: docs.joinmastodon.org/api/rate-limits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer, Client

# 408 and 425: the request was not taken in (RFC 9110, 15.5.9; RFC 8470, 5.2).
_WAIT = frozenset({408, 425, 429})
# 302 and 303 may also be how something in between says "taken, look over there".
_MOVED = frozenset({301, 307, 308})
ID_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class MastodonSettings:
    server: str
    """Scheme, host and port."""
    account: str
    """User name on the server, in lower case, without @."""
    token: str = field(repr=False)
    software: str = ""
    """What runs on the server, by its nodeinfo name; empty: nobody has looked."""
    characters: int = 500


async def call(
    client: Client,
    settings: MastodonSettings,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    media_type: str = "application/json",
    key: str | None = None,
) -> Answer:
    """One request with the account's token. Raises as `Client.request`."""
    headers = {"Authorization": f"Bearer {settings.token}"}
    if body is not None:
        headers["Content-Type"] = media_type
    if key is not None:
        headers["Idempotency-Key"] = key
    return await client.request(method, settings.server + path, body=body, headers=headers)


async def ask(
    client: Client,
    settings: MastodonSettings,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    media_type: str = "application/json",
) -> Answer:
    """A request that publishes nothing: whatever becomes of its answer, it may be made again.

    Returns: any status under 500, but for 401 and those that ask us to wait.

    Raises:
        Reauthorise, Retry.
    """
    try:
        answer = await call(client, settings, method, path, body=body, media_type=media_type)
        if answer.status == 401 or answer.status in _WAIT or answer.status >= 500:
            raise failure(answer, settings)
    except Unknown as error:
        raise _again(error.detail) from error
    return answer


async def look(client: Client, settings: MastodonSettings, path: str) -> Any:
    """What stands at `path`, taken apart from JSON.

    Raises:
        Refused, Reauthorise, Retry: the last one also for an answer that can't be read.
    """
    answer = await ask(client, settings, "GET", path)
    if answer.status != 200:
        error = failure(answer, settings)
        raise _again(error.detail) if isinstance(error, Unknown) else error
    return parsed(answer)


def parsed(answer: Answer) -> Any:
    """The body of an answer to a question. Raises Retry when it can't be read."""
    try:
        return json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        raise _again(f"{answer.status} without JSON") from None


def field_of(value: object, name: str) -> str:
    """A text that an answer to a question must have. Raises Retry when it hasn't."""
    found = value.get(name) if isinstance(value, dict) else None
    if not is_id(found):
        raise _again(f"no {name}")
    return str(found)


def is_id(value: object) -> bool:
    """Whether it can be the id of something."""
    return isinstance(value, str) and 0 < len(value) <= ID_CHARACTERS and value.isprintable()


def says_no(answer: Answer, *statuses: int) -> bool:
    """Whether Mastodon itself refuses with one of these: a proxy's page holds no such object."""
    return answer.status in statuses and _words(answer) is not None


def failure(answer: Answer, settings: MastodonSettings) -> ChannelError:
    """What an answer other than 2xx means for the request it answers.

    A server error may come after the post was taken: that is unknown.
    """
    status = answer.status
    words = answer.quote(_words(answer) or "", settings.token)
    detail = f"{status} {words}"
    if status == 401:
        return Reauthorise(Reason.CREDENTIALS, detail)
    if says_no(answer, 403):
        return Refused(Reason.RIGHTS, detail)
    if status in _WAIT:
        return Retry(Reason.BUSY, detail, after=_wait(answer))
    if status in _MOVED:
        return Refused(Reason.ADDRESS, detail)
    if 400 <= status < 500:
        return Refused(Reason.TURNED_DOWN, detail)
    return Unknown(Reason.SERVER_ERROR, detail)


def rest(answer: Answer) -> float | None:
    """Seconds until the server takes another post, when this answer says that it was the last."""
    used_up = answer.headers.get("X-RateLimit-Remaining", "").strip() == "0"
    return _wait(answer) if used_up else None


def _again(detail: str) -> Retry:
    """Reasons of a lost answer speak of a post that was handed over; here none was."""
    return Retry(Reason.NO_CONNECTION, f"before the post: {detail}")


def _words(answer: Answer) -> str | None:
    try:
        value = json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        return None
    words = value.get("error") if isinstance(value, dict) else None
    return words if isinstance(words, str) else None


def _wait(answer: Answer) -> float | None:
    """Seconds to wait: Retry-After, else X-RateLimit-Reset (ISO 8601; elsewhere Unix time),
    against the server's own Date."""
    if (after := answer.retry_after()) is not None:
        return after
    reset = answer.headers.get("X-RateLimit-Reset", "").strip()
    try:
        since = parsedate_to_datetime(answer.headers.get("Date", ""))
        if reset.isascii() and reset.isdigit():
            until = datetime.fromtimestamp(int(reset[:11]), UTC)
        else:
            until = datetime.fromisoformat(reset)
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
