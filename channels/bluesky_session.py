"""Bluesky: one session per credential and process, and what the server's answers mean.

A server takes 30 logins in five minutes and 300 a day per account (docs.bsky.app, Rate Limits), so
a session is kept between posts and renewed by its refresh token, which has no such limit. Shapes
of answers: atproto.com/specs/xrpc and the lexicons com.atproto.server.*.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.contract import digest
from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry, Unknown
from channels.preparing import preparing
from channels.resets import seconds_left

if TYPE_CHECKING:
    from channels.http import Answer, Client

RENEW_SECONDS = 300.0
"""A token with less than this left is renewed before it is used."""
_LOOK_SECONDS = 0.02
_WORN = frozenset({"ExpiredToken", "InvalidToken"})
# The account is closed by the platform or by its owner: another password wouldn't open it.
_CLOSED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})


@dataclass(frozen=True, slots=True)
class BlueskySettings:
    service: str
    """Origin of the account's server, such as https://bsky.social."""
    handle: str
    """In lower case, without @; or the account's DID."""
    app_password: str = field(repr=False)

    @property
    def credential(self) -> str:
        """Hex digest: the same for the same account, server and password."""
        return digest(self.service, self.handle, self.app_password)


@dataclass(frozen=True, slots=True)
class Session:
    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends_at: float
    """Unix time by our own clock, when the access token dies; infinite if it doesn't say."""


@dataclass(slots=True)
class _Held:
    session: Session | None = None
    # A thread's lock: an event loop's would hold for that loop only.
    renewing: threading.Lock = field(default_factory=threading.Lock)


HELD: dict[str, _Held] = {}
"""By credential, for as long as the process lives."""


async def current(
    client: Client, settings: BlueskySettings, *, worn: Session | None = None
) -> Session:
    """The credential's session, renewed if it is near its end, or if it is `worn`: the one that
    the server would not take. Whoever asks while it is being renewed waits for that.

    Raises:
        Reauthorise, Refused, Retry, Unknown: no session; one that is held stays held.
    """
    held = HELD.setdefault(settings.credential, _Held())
    while not held.renewing.acquire(blocking=False):
        await asyncio.sleep(_LOOK_SECONDS)
    try:
        kept = held.session
        if kept and kept is not worn and client.now() < kept.ends_at - RENEW_SECONDS:
            return kept
        try:
            held.session = await _renewed(client, settings, kept)
        except Reauthorise:
            held.session = None
            raise
        except ChannelError:
            # The server stumbles; a token that still lives sends the post all the same.
            if kept is None or kept is worn or client.now() >= kept.ends_at:
                raise
            return kept
        return held.session
    finally:
        held.renewing.release()


async def renewed(client: Client, settings: BlueskySettings) -> Session:
    """A session that the server has just vouched for: a refresh token dies with its app password,
    an access token only two hours later.

    Raises:
        as `current`.
    """
    return await current(client, settings, worn=HELD.get(settings.credential, _Held()).session)


async def as_account(
    client: Client, settings: BlueskySettings, ask: Callable[[Session], Awaitable[Answer]]
) -> Answer:
    """What `ask` is answered with the credential's session. A token that the server calls worn is
    turned down before anything is done, so `ask` is then called once more with a fresh one.

    Raises:
        Reauthorise, Refused, Retry: no session.
        and what `ask` does.
    """
    async with preparing(client):
        session = await current(client, settings)
    answer = await ask(session)
    if answer.status in (400, 401) and error_of(answer) in _WORN:
        async with preparing(client):
            session = await current(client, settings, worn=session)
        answer = await ask(session)
    return answer


async def call(
    client: Client,
    settings: BlueskySettings,
    method: str,
    name: str,
    *,
    token: str | None = None,
    query: dict[str, str] | None = None,
    value: dict[str, Any] | None = None,
    data: tuple[bytes, str] | None = None,
) -> Answer:
    """One XRPC request: `name` is the lexicon's, `value` a JSON body, `data` bytes and their type.

    Raises:
        Refused, Retry, Unknown: see `Client.request`.
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body: bytes | None = None
    if value is not None:
        body, headers["Content-Type"] = json.dumps(value).encode(), "application/json"
    elif data is not None:
        body, headers["Content-Type"] = data
    address = f"{settings.service}/xrpc/{name}"
    if query:
        address += f"?{urlencode(query)}"
    return await client.request(method, address, body=body, headers=headers)


def error_of(answer: Answer) -> str:
    """The error's name in an XRPC answer; empty where there is none."""
    try:
        return str(answer.json().get("error", ""))
    except Unknown:
        return ""


def fault(answer: Answer, *secrets: str) -> ChannelError:
    """What an answer other than 200 means. `secrets` went in the request's body."""
    status, name = answer.status, error_of(answer)
    detail = answer.quote(f"{status} {name} {_message(answer)}", *secrets)
    if status in (408, 425, 429):
        return Retry(Reason.BUSY, detail, after=seconds_left(answer, "RateLimit-Reset"))
    if status in (400, 401, 403) and name in _CLOSED:
        return Refused(Reason.TURNED_DOWN, detail)
    if status in (400, 401) and name in _WORN:
        return Retry(Reason.TURNED_DOWN, detail)
    if status == 401:
        return Reauthorise(Reason.CREDENTIALS, detail)
    if status == 403:
        return Refused(Reason.RIGHTS, detail)
    if 300 <= status < 500:
        return Refused(Reason.TURNED_DOWN, detail)
    if status >= 500:
        return Unknown(Reason.SERVER_ERROR, detail)
    return Unknown(Reason.BAD_ANSWER, detail)


def _message(answer: Answer) -> str:
    try:
        return str(answer.json().get("message", ""))
    except Unknown:
        return ""


async def _renewed(client: Client, settings: BlueskySettings, kept: Session | None) -> Session:
    """By the refresh token; by the password where there is none, or it is dead.

    Raises:
        Reauthorise, Refused, Retry: the server says so.
        Unknown: it says nothing that can be used.
    """
    if kept is not None:
        answer = await call(
            client, settings, "POST", "com.atproto.server.refreshSession", token=kept.refresh
        )
        # Of a closed account only this answer tells: its app passwords are simply wrong.
        if answer.status not in (400, 401) or error_of(answer) in _CLOSED:
            return _session(client, answer)
    answer = await call(
        client,
        settings,
        "POST",
        "com.atproto.server.createSession",
        value={"identifier": settings.handle, "password": settings.app_password},
    )
    return _session(client, answer, settings.app_password)


def _session(client: Client, answer: Answer, *secrets: str) -> Session:
    """The session in an answer, whole: a broken one must never take the place of one that works."""
    if answer.status != 200:
        raise fault(answer, *secrets)
    value = answer.json()
    did, handle, access, refresh = (
        value.get(name) for name in ("did", "handle", "accessJwt", "refreshJwt")
    )
    for text in (did, handle, access, refresh):
        if not isinstance(text, str) or not text or not text.isprintable():
            raise Unknown(Reason.BAD_ANSWER, "200 without a session")
    if value.get("active", True) is not True:
        raise Refused(Reason.TURNED_DOWN, f"the account is {value.get('status', 'not active')}")
    return Session(
        did=str(did),
        handle=str(handle).lower(),
        access=str(access),
        refresh=str(refresh),
        ends_at=client.now() + _lifetime(str(access)),
    )


def _lifetime(token: str) -> float:
    """Seconds that a token lives from its making, as it says itself; infinite if it doesn't.

    Its own difference, so that our clock need not agree with the server's.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return max(0.0, float(claims["exp"]) - float(claims["iat"]))
    except (ValueError, LookupError, TypeError, RecursionError):
        return math.inf
