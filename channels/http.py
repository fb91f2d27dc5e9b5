"""One pooled HTTP client for every channel: timeouts, size limits, closed addresses.

What it adds to aiohttp is judgement: it says whether a failed request had left this machine, and it
never connects to a private address that the installation has not opened by name.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import aiohappyeyeballs
import aiohttp
from yarl import URL

from channels.addresses import Guard, Hosts, addr_info, is_ip, is_public
from channels.failures import ChannelError, Reason, Refused, Retry, Unknown

CONNECT_SECONDS = 5.0
GOODBYE_SECONDS = 0.5
ANSWER_BYTES = 64 * 1024
# Shorter than servers' usual 5 s: a connection they close while we write would be an *unknown*.
IDLE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes | None
    """None: it was cut off, or larger than was asked for."""
    credential: str = field(default="", repr=False)
    """What we said in Authorization."""
    too_large: bool = False
    """Why there is no body."""

    def quote(self, words: str, *secrets: str) -> str:
        """The server's words, without our credential and `secrets` (sent in the body) should it
        repeat them: what an error tells goes into logs and onto the timeline."""
        for one in (*_secrets_in(self.credential), *secrets):
            words = words.replace(one, "…") if one else words
        return words

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            Unknown: it is missing, cut off, too large or something else.
        """
        try:
            value = json.loads(self.body or b"")
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Unknown(Reason.BAD_ANSWER, f"{self.status} without a JSON object")
        return value

    def said(self, name: str, most: int) -> str:
        """A header to keep and to say again; "" where there is none, or none that can be: bytes
        that aren't UTF-8 come as what neither a database nor a request takes."""
        text = self.headers.get(name, "")
        return text if len(text) <= most and text.isprintable() else ""

    def retry_after(self) -> float | None:
        """Seconds the server asks us to wait: a number, or an HTTP date (RFC 9110, 10.2.3).

        A date is measured against the server's own Date, so no clock of ours has to be right.
        """
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            until = parsedate_to_datetime(text)
            since = parsedate_to_datetime(self.headers.get("Date", ""))
            return max(0.0, (until - since).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None


class _Progress:
    """How far one request came."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = False


async def _mark_left(
    session: aiohttp.ClientSession, context: Any, params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.left = True


class Client:
    """Use as `async with Client(...) as client`, on one event loop, for as many posts as you like.

    `total` is the seconds an attempt may take, from address to answer. `now` gives Unix time.
    The number of connections is unbounded here: callers cap posts per pacing key.
    """

    def __init__(
        self,
        allow_hosts: tuple[str, ...] = (),
        *,
        total: float = 20.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.total = total
        self.now = now
        self.hosts = Hosts(allow_hosts)
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._checked: set[tuple[str, str | None, int | None]] = set()

    async def __aenter__(self) -> Self:
        self._guard = Guard(aiohttp.ThreadedResolver(), self.hosts)
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_left)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._guard, limit=0, keepalive_timeout=IDLE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=self.total, connect=min(CONNECT_SECONDS, self.total)
            ),
            trace_configs=[trace],
        )
        # Else aiohttp sends GET, PUT and DELETE a second time when the connection breaks: a lost
        # answer would never be told, and a PUT that publishes would do it twice.
        self._session._retry_connection = False
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._goodbyes:
            _, late = await asyncio.wait(self._goodbyes, timeout=GOODBYE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._session.close()
        await self._guard.close()

    async def request(
        self,
        method: str,
        address: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = ANSWER_BYTES,
    ) -> Answer:
        """One request, no redirects followed, whatever status comes back.

        `most`: bytes of the answer that are read, after decompression.

        Raises:
            Refused: the address is malformed, not https, or private.
            Retry: no connection was made (name, port, certificate, time).
            Unknown: the request left and its answer was lost.
        """
        progress = _Progress()
        try:
            url = URL(address)
            self._check(url)
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as response:
                read, too_large = await _read(response, most)
                credential = (headers or {}).get("Authorization", "")
                return Answer(response.status, response.headers, read, credential, too_large)
        except ChannelError:
            raise
        except aiohttp.InvalidURL as error:
            raise Refused(Reason.ADDRESS, "not a web address") from error
        except Exception as error:  # Whatever went wrong, only `left` decides what is known.
            detail = f"{type(error).__name__} {_without_address(error)}"
            if progress.left:
                raise Unknown(Reason.NO_ANSWER, detail) from error
            raise Retry(Reason.NO_CONNECTION, detail) from error

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connected TCP socket, for protocols other than HTTP; the same addresses are closed.

        Raises:
            Refused: the address is private.
            Retry: no connection was made.
        """
        try:
            async with asyncio.timeout(min(CONNECT_SECONDS, self.total)):
                found = await self._guard.resolve(host, port)
                return await aiohappyeyeballs.start_connection(
                    [addr_info(result) for result in found], happy_eyeballs_delay=0.25
                )
        except (OSError, ValueError) as error:
            raise Retry(Reason.NO_CONNECTION, type(error).__name__) from error

    def afterwards(self, goodbye: Coroutine[Any, Any, None]) -> None:
        """Run politenesses that no outcome waits for; those left at the end are cut short."""
        task = asyncio.create_task(goodbye)
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)

    def _check(self, url: URL) -> None:
        """Raises Refused for what must not be tried; a name's addresses are the Guard's matter."""
        origin = (url.scheme, url.host, url.port)
        if origin in self._checked:
            return
        host, port = url.host, url.port
        if not host or url.scheme not in ("https", "http"):
            raise Refused(Reason.ADDRESS, "not a web address")
        if not self.hosts.allow(host, port):
            if url.scheme != "https":
                raise Refused(Reason.ADDRESS, f"{host} without https")
            if is_ip(host) and not is_public(host):
                raise Refused(Reason.ADDRESS, f"{host} is a private address")
        self._checked.add(origin)


async def _read(response: aiohttp.ClientResponse, most: int) -> tuple[bytes | None, bool]:
    """The body, bounded after decompression, and whether it was too large. Its loss doesn't hide
    the status, already known."""
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > most:
                response.close()
                return None, True
    except (aiohttp.ClientError, OSError):
        return None, False
    return bytes(body), False


def _secrets_in(credential: str) -> list[str]:
    """A token; of a user and password, also the password alone."""
    scheme, _, said = credential.partition(" ")
    if scheme != "Basic":
        return [said]
    try:
        pair = base64.b64decode(said).decode()
    except (binascii.Error, UnicodeDecodeError):
        return [said]
    return [said, pair, pair.partition(":")[2]]


def _without_address(error: Exception) -> str:
    """An error's words; an address may hold a secret in its path, so host and cause are enough."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{error.host}:{error.port} {error.os_error.strerror or ''}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "closed without an answer"
    return ""
