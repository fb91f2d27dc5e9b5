"""What the Telegram Bot API is asked, and what its refusals mean.

core.telegram.org/bots/api#making-requests: refusals are `{"ok": false, "error_code", "description",
"parameters"}`; the words of a description are for people and may change, so few are relied on.

The token stands in the address. It is kept out of every error: of its words, and of its cause,
since aiohttp's own words name the address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer, Client

NO_TEXT = "no text in the message"
NOT_CHANGED = "message is not modified"
GONE = "message to delete not found"
PINNED_ALREADY = ("chat_not_modified",)
NOT_PINNED = ("chat_not_modified", "message to unpin not found")
# 408 and 425: the request was not taken in (RFC 9110, 15.5.9; RFC 8470, 5.2).
_WAIT = frozenset({408, 425, 429})
_TOO_LONG = ("too long", "too_long")
_NO_RIGHTS = ("rights", "chat_write_forbidden", "chat_admin_required")


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramSettings:
    server: str
    """Scheme, host and port of the Bot API."""
    chat: str
    """@name of a public channel, or the number of any."""
    token: str = field(repr=False)


async def call(
    client: Client,
    settings: TelegramSettings,
    method: str,
    body: bytes,
    media_type: str = "application/json",
) -> Any:
    """The `result` of one method.

    Raises:
        as `Channel.publish`.
    """
    try:
        answer = await client.request(
            "POST",
            f"{settings.server}/bot{settings.token}/{method}",
            body=body,
            headers={"Content-Type": media_type},
        )
    except ChannelError as error:
        error.__cause__ = error.__context__ = None
        raise
    said = _object(answer)
    if answer.status == 200 and said.get("ok") is True:
        return said.get("result")
    raise failure(answer, said, settings)


async def ask(client: Client, settings: TelegramSettings, method: str, **given: Any) -> Any:
    """A method that publishes nothing: a lost answer may be asked for again.

    Raises:
        Refused, Reauthorise, Retry.
    """
    try:
        return await call(client, settings, method, json.dumps(given).encode())
    except Unknown as error:
        raise Retry(Reason.NO_CONNECTION, f"{method}: {error.reason} {error.detail}") from None


def failure(answer: Answer, said: dict[str, Any], settings: TelegramSettings) -> ChannelError:
    """What an answer means that isn't a result.

    Only a refusal in Telegram's own shape, or a status of 4xx, is known to have taken nothing.
    """
    parameters = said.get("parameters")
    wish = parameters.get("retry_after") if isinstance(parameters, dict) else None
    after = wish if isinstance(wish, int) and wish >= 0 else answer.retry_after()
    refused = said.get("ok") is False
    code = said.get("error_code") if refused else answer.status
    words = str(said.get("description", "")).replace(settings.token, "…")
    detail, low = f"{code} {words}", words.lower()
    if (isinstance(code, int) and code in _WAIT) or (refused and wish is not None):
        return Retry(Reason.BUSY, detail, after=after)
    if not isinstance(code, int) or not 400 <= code < 500:
        kind = Reason.SERVER_ERROR if answer.status >= 500 else Reason.BAD_ANSWER
        return Unknown(kind, detail)
    # A bot that is deleted, and a token that never was one, are "Not Found".
    if refused and code in (401, 404):
        return Reauthorise(Reason.CREDENTIALS, detail)
    if refused and (code == 403 or any(each in low for each in _NO_RIGHTS)):
        return Refused(Reason.RIGHTS, detail)
    if refused and any(each in low for each in _TOO_LONG):
        return Refused(Reason.TOO_LONG, detail)
    return Refused(Reason.TURNED_DOWN, detail)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body or b"")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
