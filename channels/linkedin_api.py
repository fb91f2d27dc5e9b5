"""LinkedIn's REST API: headers, errors and its "little text".

Documentation: learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling and
…/rate-limits (429; no header says when to come back), …/marketing/versioning (426 for a version
that is closed; each lives a year at least), …/community-management/shares/little-text-format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Answer, Client

VERSION: Final = "202607"
_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")
_DUPLICATE = re.compile(r"duplicate of (urn:li:(?:share|ugcPost):[0-9]+)", re.IGNORECASE)
_URN = re.compile(r"urn:li:(share|ugcPost):[0-9]+")
# 408 and 425: the request was not taken in (RFC 9110, 15.5.9; RFC 8470, 5.2).
_WAIT = frozenset({408, 409, 425, 429})
_OUTDATED = frozenset({"NONEXISTENT_VERSION", "VERSION_DEPRECATED"})


@dataclass(frozen=True, slots=True)
class LinkedInSettings:
    api: str
    login: str
    """Scheme and host where tokens are asked about."""
    organisation: str
    """Its id, in digits."""
    token: str = field(repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    @property
    def urn(self) -> str:
        return f"urn:li:organization:{self.organisation}"


class Duplicate(Unknown):
    """The same text is out already, as `urn`; empty where the answer names none."""

    def __init__(self, urn: str, detail: str) -> None:
        super().__init__(Reason.DUPLICATE, detail)
        self.urn = urn


async def ask(
    client: Client,
    settings: LinkedInSettings,
    method: str,
    path: str,
    *,
    restli: str = "",
    value: Mapping[str, Any] | None = None,
) -> Answer:
    """One request under /rest/; whatever isn't 2xx is raised.

    Args:
        restli: the `X-RestLi-Method`, where the method alone doesn't say.
    """
    headers = {
        "Authorization": f"Bearer {settings.token}",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    if restli:
        headers["X-RestLi-Method"] = restli
    body = None
    if value is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(value).encode()
    answer = await client.request(method, f"{settings.api}/rest/{path}", body=body, headers=headers)
    if not 200 <= answer.status < 300:
        raise failure(answer)
    return answer


def failure(answer: Answer) -> ChannelError:
    """What to raise for an answer that isn't 2xx."""
    status, error = answer.status, _error(answer)
    code, words = answer.quote(_code(error)), answer.quote(str(error.get("message", "")))
    detail = " ".join(part for part in (str(status), code, words[:160]) if part)
    if status == 401:
        return Reauthorise(Reason.CREDENTIALS, f"401 {code}")
    if status == 426 or code in _OUTDATED:
        return Refused(Reason.OUTDATED, detail)
    if status == 403:
        return Refused(Reason.RIGHTS, detail)
    if status in _WAIT:
        return Retry(Reason.BUSY, detail, after=answer.retry_after())
    if status == 422 and (code == "DUPLICATE_POST" or "duplicate" in words.lower()):
        named = _DUPLICATE.search(words)
        return Duplicate(named.group(1) if named else "", detail)
    if code == "FIELD_LENGTH_TOO_LONG":
        return Refused(Reason.TOO_LONG, detail)
    if 400 <= status < 500:
        return Refused(Reason.TURNED_DOWN, detail)
    return Unknown(Reason.SERVER_ERROR, detail)


def escaped(text: str) -> str:
    """Text that shows exactly as it is: without this an `(` ends the post, and `#` links it."""
    return _RESERVED.sub(r"\\\g<0>", text)


def plain(commentary: str) -> str:
    """The other way: what `escaped` text shows."""
    return _ESCAPED.sub(r"\1", commentary)


def is_urn(text: object) -> bool:
    """Whether it names a post."""
    return isinstance(text, str) and _URN.fullmatch(text) is not None


def quoted(urn: str) -> str:
    """For a path or query."""
    return quote(urn, safe="")


def _error(answer: Answer) -> Mapping[str, Any]:
    try:
        return answer.json()
    except Unknown:
        return {}


def _code(error: Mapping[str, Any]) -> str:
    """`code`, or that of the first input error: the two shapes that are seen."""
    found = error.get("code")
    with suppress(KeyError, IndexError, TypeError):
        found = found or error["errorDetails"]["inputErrors"][0]["code"]
    return found if isinstance(found, str) and found.isascii() else ""
