"""46elks' API for text messages, and what its answers mean.

https://46elks.com/docs/send-sms, /docs/sms-history and /docs/get-account. Basic authentication,
forms in, JSON out. An error is a status and a few words; the words may hold a number, so they are
never shown. What exceeds 100 messages a minute is queued there, in order, and not refused.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.contract import Post
from channels.failures import Reason, Reauthorise, Refused, Retry, Unknown
from channels.listed import Ledger, Listed

if TYPE_CHECKING:
    from channels.http import Answer, Client

PAGE = 100
"""Messages in one answer: as many as they give. Pages are asked for one after the other, before
each attempt, and all who share the login stand in them."""
PAGE_BYTES = 2 * 2**20
"""However long they are, letters beyond ASCII escaped."""
MOST_PAGES = 80
CLOCKS_APART = 600.0
"""Seconds that our clock and theirs may differ."""
_WAIT = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class SmsSettings:
    base: str
    """Scheme and host of the API."""
    user: str
    sender: str
    """Up to eleven letters and digits, or a number in E.164."""
    recipients: tuple[str, ...]
    """Numbers in E.164, each once, in the order given."""
    password: str = field(repr=False)
    listed: tuple[Listed, ...] = ()
    """With a ledger: everybody, those of the settings included."""
    ledger: Ledger | None = field(default=None, repr=False, compare=False)

    @property
    def everybody(self) -> tuple[Listed, ...]:
        """Those whom a post goes to, each once."""
        if self.ledger is not None:
            return self.listed
        return tuple(Listed(key=number, address=number) for number in self.recipients)


class BadNumber(Refused):
    """The request was in order, all but its number."""


async def send(client: Client, settings: SmsSettings, number: str, text: str) -> str:
    """Send to one number; the message's id.

    Raises:
        BadNumber: this one won't have it, others may.
        Refused, Reauthorise, Retry: nor will the next.
        Unknown: the answer was lost.
    """
    return _id(await _post(client, settings, number, text, {}))


async def price(client: Client, settings: SmsSettings, number: str, text: str) -> int:
    """What it would cost, in ten-thousandths of the account's currency. Sends nothing.

    Raises as `send`.
    """
    value = await _post(client, settings, number, text, {"dryrun": "yes"})
    return _whole(value.get("estimated_cost"))


async def account(client: Client, settings: SmsSettings) -> tuple[str | None, int]:
    """The account's name there, and its balance in ten-thousandths of its currency."""
    answer = await client.request("GET", f"{settings.base}/a1/me", headers=_headers(settings))
    _expect(answer)
    value = answer.json()
    name = value.get("displayname") or value.get("id")
    return name if isinstance(name, str) else None, _whole(value.get("balance"))


async def sent(
    client: Client, settings: SmsSettings, post: Post, texts: Mapping[str, str]
) -> dict[str, str]:
    """Who among the recipients has the post according to the account's history: number → id.

    Args:
        texts: number → what the post says to it.

    The text is compared as people read it, whatever became of spaces and accents on the way. One
    that could not be delivered counts: that it failed is the operator's answer, not a lost one.

    Raises as every request; Retry when the history is longer than anybody can look through.
    """
    since = datetime.fromtimestamp((post.made_at or client.now()) - CLOCKS_APART, UTC)
    query = {"end": f"{since:%Y-%m-%dT%H:%M:%S.%f}", "limit": str(PAGE)}
    wanted = {number: _as_read(text) for number, text in texts.items()}
    there: dict[str, str] = {}
    for _page in range(MOST_PAGES):
        address = f"{settings.base}/a1/sms?{urlencode(query)}"
        answer = await client.request("GET", address, headers=_headers(settings), most=PAGE_BYTES)
        _expect(answer)
        value = answer.json()
        rows = value.get("data")
        if not isinstance(rows, list):
            raise Unknown(Reason.BAD_ANSWER, "no history")
        for row in rows:
            if _is_ours(row, wanted):
                there.setdefault(row["to"], _id(row))
        following = value.get("next")
        if not isinstance(following, str) or not rows:
            return there
        query["start"] = following
    raise Retry(Reason.BUSY, "too much history to look through")


def _is_ours(row: Any, wanted: Mapping[str, str]) -> bool:
    return (
        isinstance(row, dict)
        and str(row.get("direction")).startswith("outgoing")
        and wanted.get(str(row.get("to"))) == _as_read(str(row.get("message")))
    )


def _as_read(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


async def _post(
    client: Client, settings: SmsSettings, number: str, text: str, more: Mapping[str, str]
) -> dict[str, Any]:
    form = {"from": settings.sender, "to": number, "message": text, **more}
    answer = await client.request(
        "POST",
        f"{settings.base}/a1/sms",
        body=urlencode(form).encode(),
        headers=_headers(settings) | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    if answer.status == 400:
        raise BadNumber(Reason.TURNED_DOWN, "400")
    _expect(answer)
    return answer.json()


def _headers(settings: SmsSettings) -> dict[str, str]:
    login = base64.b64encode(f"{settings.user}:{settings.password}".encode()).decode()
    return {"Authorization": f"Basic {login}"}


def _expect(answer: Answer) -> None:
    """Raises what an answer means, unless it is a yes."""
    status, detail = answer.status, str(answer.status)
    if 200 <= status < 300:
        return
    if status == 401:
        raise Reauthorise(Reason.CREDENTIALS, detail)
    if status == 402 or (status == 403 and b"credit" in (answer.body or b"").lower()):
        raise Refused(Reason.CREDIT, detail)
    if status == 403:
        raise Refused(Reason.RIGHTS, detail)
    if status in _WAIT:
        raise Retry(Reason.BUSY, detail, after=answer.retry_after())
    if 400 <= status < 500 or status in (301, 307, 308):
        raise Refused(Reason.TURNED_DOWN, detail)
    raise Unknown(Reason.SERVER_ERROR, detail)


def _id(value: dict[str, Any]) -> str:
    found = value.get("id")
    if isinstance(found, str) and 0 < len(found) <= 100 and found.isprintable():
        return found
    raise Unknown(Reason.BAD_ANSWER, "no id")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unknown(Reason.BAD_ANSWER, "no amount")
