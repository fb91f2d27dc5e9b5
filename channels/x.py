"""X: posts through API v2 with an OAuth 2.0 user token.

Nothing keeps a key: a lost answer is looked for among the account's own posts, which costs money
per post read and may be late, so that absence proves nothing. X refuses a text that the account
has just posted, without saying where it is: it may be our own lost post, so that too is *unknown*.
An access token lives two hours; whoever keeps it renews it with `x_token.refresh`. Editing (half an
hour, five times, a new id each) isn't used: a correction is a new post. Sources: docs.x.com (Create
Post, Delete Post, Get Posts, Get my User, Media upload, Create Media metadata, Rate limits,
Response codes & errors).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from channels.contract import (
    Ask,
    Edit,
    InOrder,
    Picture,
    Post,
    Rate,
    Readiness,
    Receipt,
    Removal,
    digest,
    refuse_exercise,
    refuse_too_long,
)
from channels.counting import Limit
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.pictures import left_out, taken
from channels.platforms import PLATFORMS
from channels.preparing import preparing
from channels.resets import seconds_left, used_up
from channels.words import N_

if TYPE_CHECKING:
    from channels.http import Answer, Client

DEFAULT_SERVER = "https://api.x.com"
RIGHTS = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
"""Scopes that a token needs, in the order of docs.x.com."""
CLOCKS_SECONDS = 600.0
"""How far our clock and X's may differ."""
_LATEST = 10
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
# Problem types, their last part: of an app that has nothing left to post for this month …
_NO_CREDIT = frozenset({"credits", "credits-depleted", "usage-capped"})
# … and of a key that may not do this, whoever asks.
_NO_RIGHTS = frozenset(
    {"client-forbidden", "not-authorized-for-resource", "unsupported-authentication"}
)


@dataclass(frozen=True, slots=True)
class XSettings:
    server: str
    """Origin of the API."""
    username: str
    """In lower case, without @."""
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    """Empty: the app is a public client."""
    expires_at: float | None = None
    """Unix time when the access token dies; None: not known."""
    scopes: tuple[str, ...] = ()
    """What the token may; empty: not known."""


class X(InOrder):
    kind = "x"
    asks = (
        Ask("username", N_("Användarnamn"), help=N_("Utan @.")),
        Ask("server", N_("Server"), help=N_("Tomt: https://api.x.com")),
        Ask("client_id", N_("Appens id (Client ID)"), "secret"),
        Ask("client_secret", N_("Appens hemlighet (Client Secret)"), "secret"),
        Ask("access_token", N_("Åtkomstnyckel (access token)"), "secret"),
        Ask("refresh_token", N_("Förnyelsenyckel (refresh token)"), "secret"),
    )
    concurrency = 4
    unlimited = False
    # 100 in 15 minutes: each answer says what is left.
    rate: Rate | None = None

    def parse(self, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> XSettings:
        """Settings: username; server (optional). Secret: as `x_token.refresh` gives it."""
        server = str(settings.get("server") or DEFAULT_SERVER).rstrip("/")
        try:
            parts = urlsplit(server)
            known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known or parts.username is not None or server != f"{parts.scheme}://{parts.netloc}":
            raise BadSettings("server", N_("Skriv serverns adress, som https://api.x.com."))
        username = str(settings.get("username", "")).strip().removeprefix("@").lower()
        if not (
            username.isascii() and username.replace("_", "a").isalnum() and len(username) <= 15
        ):
            raise BadSettings("username", N_("Skriv kontots användarnamn på X."))
        for name in ("access_token", "refresh_token", "client_id"):
            if not isinstance(secret.get(name), str) or not secret[name].strip():
                raise BadSettings(name, N_("Anslut kontot på nytt, så att nyckeln finns."))
        expires_at = str(secret.get("expires_at", ""))
        return XSettings(
            server,
            username,
            access_token=secret["access_token"].strip(),
            refresh_token=secret["refresh_token"].strip(),
            client_id=secret["client_id"].strip(),
            client_secret=str(secret.get("client_secret") or "").strip(),
            expires_at=float(expires_at) if expires_at.isdecimal() else None,
            scopes=tuple(str(secret.get("scope") or "").split()),
        )

    def honours_key(self, settings: XSettings) -> bool:
        return False

    def pacing_key(self, settings: XSettings) -> str:
        """By app and account, as X counts, so that it outlives the token."""
        credential = digest(settings.client_id, settings.username)[:16]
        return f"{self.kind}:{urlsplit(settings.server).netloc}:{credential}"

    def fingerprint(self, settings: XSettings) -> str:
        return digest(self.kind, settings.server, settings.username)

    def limit(self, settings: XSettings) -> Limit:
        return PLATFORMS[self.kind].limit

    def can_edit(self, settings: XSettings) -> bool:
        return False

    def can_delete(self, settings: XSettings) -> bool:
        return True

    def can_read_back(self, settings: XSettings) -> bool:
        return True

    def absence_proves(self, settings: XSettings) -> bool:
        return False

    async def publish(self, client: Client, settings: XSettings, post: Post) -> Receipt:
        refuse_exercise(post)
        refuse_too_long(self.limit(settings), post)
        value: dict[str, Any] = {"text": post.text}
        async with preparing(client):
            media = await taken(
                client, post, post.pictures, lambda one: _upload(client, settings, one)
            )
        if media:
            value["media"] = {"media_ids": media}
        answer = await _call(client, settings, "POST", "/2/tweets", value)
        receipt = _receipt(settings, _data(answer).get("id"), post)
        rests = [used_up(answer, f"{name}-remaining", f"{name}-reset") for name in _WINDOWS]
        return replace(
            receipt,
            rest=max((rest for rest in rests if rest), default=None),
            note=left_out(len(post.pictures) - len(media), len(post.pictures)),
        )

    async def edit(self, client: Client, settings: XSettings, change: Edit) -> Receipt:
        raise Refused(Reason.CANNOT)

    async def delete(self, client: Client, settings: XSettings, removal: Removal) -> None:
        refuse_exercise(removal)
        address = f"/2/tweets/{quote(removal.remote_id, safe='')}"
        answer = await _call(client, settings, "DELETE", address)
        if answer.status == 404:
            return
        if _data(answer).get("deleted") is not True:
            raise Unknown(Reason.BAD_ANSWER, "200 without saying that it is deleted")

    async def read_back(self, client: Client, settings: XSettings, post: Post) -> Receipt | None:
        """Among the account's own posts since the first attempt: each one read is paid for."""
        from channels.x_text import is_ours  # slow to load, and seldom asked for

        since = post.made_at - CLOCKS_SECONDS
        query = {
            "max_results": str(_LATEST),
            "start_time": datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude": "replies,retweets",
            "tweet.fields": "created_at,entities",
        }
        async with preparing(client):
            me = _data(await _call(client, settings, "GET", "/2/users/me")).get("id")
            address = f"/2/users/{quote(str(me), safe='')}/tweets?{urlencode(query)}"
            answer = await _call(client, settings, "GET", address)
            if answer.status != 200:
                raise fault(answer)
            # With no posts there is no `data` at all.
            found = answer.json().get("data", [])
        for each in found if isinstance(found, list) else ():
            if is_ours(each, post, since):
                return _receipt(settings, each.get("id"), post)
        return None

    async def probe(self, client: Client, settings: XSettings) -> Readiness:
        try:
            async with preparing(client):
                me = _data(await _call(client, settings, "GET", "/2/users/me"))
        except Refused as error:
            return Readiness(reason=error.reason, detail=error.detail)
        account = str(me.get("username", ""))
        missing = tuple(s for s in RIGHTS if s not in settings.scopes) if settings.scopes else ()
        reason = None
        if account.lower() != settings.username:
            reason = Reason.WRONG_ACCOUNT
        elif missing:
            reason = Reason.RIGHTS
        return Readiness(
            account=account, reason=reason, missing=missing, expires_at=settings.expires_at
        )


def fault(answer: Answer) -> ChannelError:
    """What an answer that isn't a success means."""
    status = answer.status
    title, kind, words = problem(answer)
    detail = answer.quote(f"{status} {title} {words}")
    if status == 401:
        return Reauthorise(Reason.CREDENTIALS, detail)
    if status == 402 or kind in _NO_CREDIT:
        return Refused(Reason.CREDIT, detail)
    if status in (408, 425, 429):
        return Retry(Reason.BUSY, detail, after=_wait(answer))
    if status == 403 and "duplicate content" in words.lower():
        return Unknown(Reason.DUPLICATE, detail)
    if status in (400, 403) and "too long" in words.lower():
        return Refused(Reason.TOO_LONG, detail)
    if status == 403 and kind in _NO_RIGHTS:
        return Refused(Reason.RIGHTS, detail)
    if 300 <= status < 500:
        return Refused(Reason.TURNED_DOWN, detail)
    if status >= 500:
        return Unknown(Reason.SERVER_ERROR, detail)
    return Unknown(Reason.BAD_ANSWER, detail)


def problem(answer: Answer) -> tuple[str, str, str]:
    """Title, last part of the type, and detail (RFC 9457); empty where they are missing."""
    try:
        value = answer.json()
    except Unknown:
        return "", "", ""
    title, kind, words = (str(value.get(name) or "") for name in ("title", "type", "detail"))
    return title, kind.rpartition("/")[2], words


def _wait(answer: Answer) -> float | None:
    """Until the last of the allowances that are used up is filled again."""
    empty = [name for name in _WINDOWS if answer.headers.get(f"{name}-remaining", "") == "0"]
    waits = [seconds_left(answer, f"{name}-reset") for name in empty or _WINDOWS[:1]]
    return max((wait for wait in waits if wait is not None), default=None)


async def _call(
    client: Client,
    settings: XSettings,
    method: str,
    address: str,
    value: dict[str, Any] | None = None,
) -> Answer:
    headers = {"Authorization": f"Bearer {settings.access_token}"}
    if value is not None:
        headers["Content-Type"] = "application/json"
    body = None if value is None else json.dumps(value).encode()
    return await client.request(method, settings.server + address, body=body, headers=headers)


def _data(answer: Answer) -> dict[str, Any]:
    """`data` of a success. A success may hold errors beside it, or alone: then it says nothing.

    Raises:
        Refused, Reauthorise, Retry, Unknown: see `fault`.
    """
    if answer.status not in (200, 201):
        raise fault(answer)
    data = answer.json().get("data")
    if not isinstance(data, dict):
        raise Unknown(Reason.BAD_ANSWER, f"{answer.status} without data")
    return data


def _receipt(settings: XSettings, remote_id: object, post: Post) -> Receipt:
    if not isinstance(remote_id, str) or not remote_id.isdecimal():
        raise Unknown(Reason.BAD_ANSWER, "a post without an id")
    link = f"https://x.com/{settings.username}/status/{remote_id}"
    return Receipt(remote_id=remote_id, link=link, text=post.text)


async def _upload(client: Client, settings: XSettings, picture: Picture) -> str:
    """The id of an uploaded picture that has its alt text. Publishes nothing."""
    value = {
        "media": base64.b64encode(picture.data).decode(),
        "media_category": "tweet_image",
        "media_type": picture.media_type,
    }
    uploaded = _data(await _call(client, settings, "POST", "/2/media/upload", value)).get("id")
    if not isinstance(uploaded, str) or not uploaded:
        raise Unknown(Reason.BAD_ANSWER, "a picture without an id")
    described = {"id": uploaded, "metadata": {"alt_text": {"text": picture.alt}}}
    _data(await _call(client, settings, "POST", "/2/media/metadata", described))
    return uploaded
