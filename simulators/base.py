"""What every simulated platform shares: faults, and what it took.

A platform's own module says which requests there are and what they answer; the shape of its
refusals follows the platform's documentation, which the module names.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from simulators.bucket import Bucket
from simulators.serving import Serving

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ENDLESS_BYTES = 64 * 1024
DRIP_SECONDS = 0.1
MOST_BYTES = 32 * 1024**2


class Effect(StrEnum):
    """What goes wrong with one request."""

    LIMIT = "limit"
    """Refused before anything is taken: too many requests, and when to come back."""
    LIMIT_BARE = "limit_bare"
    """The same, without saying when."""
    DEAD_KEY = "dead_key"
    """Refused: the key isn't valid any more."""
    TURNED_DOWN = "turned_down"
    """Refused: the platform will not have it."""
    ERROR_BEFORE = "error_before"
    """500, and nothing was taken."""
    ERROR_AFTER = "error_after"
    """500, though it was taken."""
    LOSE_ANSWER = "lose_answer"
    """Taken, and the connection closed without an answer."""
    TRUNCATED = "truncated"
    """Taken; half of the answer comes."""
    EMPTY = "empty"
    """Taken; 200 with an empty body."""
    WRONG_TYPE = "wrong_type"
    """Taken; 200 with a page of HTML."""
    ENDLESS = "endless"
    """Taken; an answer that never ends, as fast as it is read."""
    DRIP = "drip"
    """Taken; an answer that comes a byte at a time."""


@dataclass
class Fault:
    effect: Effect
    method: str
    path: re.Pattern[str]
    times: int


@dataclass
class Taken:
    """A post that the platform shows, or showed."""

    remote_id: str
    account: str
    text: str
    key: str = ""
    """The idempotency key it came with, where the platform knows such."""
    gone: bool = False
    edits: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    """What else the platform was told: language, facets, pictures."""


class Simulator(Serving):
    """Use as `with Mastodon() as server:`; then `server.url`, `server.taken`."""

    LIMIT_SECONDS = 7
    """What `Effect.LIMIT` asks the caller to wait."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.taken: list[Taken] = []
        """In the order they were published; deleted ones are `gone`."""
        self.requests: list[tuple[str, str]] = []
        """(method, path) of everything that was asked."""
        self.delay: Callable[[], float] = lambda: 0.0
        """Seconds before each answer."""
        self.bucket: Bucket | None = None
        """The platform's limit on posts, if it keeps one."""
        self._faults: list[Fault] = []

    # What a platform says of itself.

    def routes(self) -> Iterable[web.RouteDef]:
        raise NotImplementedError

    def limited(self, after: int | None) -> web.StreamResponse:
        """The platform's answer to too many requests; `after` in seconds, None: it doesn't say."""
        headers = {} if after is None else {"Retry-After": str(after)}
        return web.json_response({"error": "Too many requests"}, status=429, headers=headers)

    def dead_key(self) -> web.StreamResponse:
        """The platform's answer to a key that has run out or was taken back."""
        return web.json_response({"error": "The access token is invalid"}, status=401)

    def turned_down(self) -> web.StreamResponse:
        """The platform's answer to a post that it will not have, whoever asks."""
        return web.json_response({"error": "Not allowed"}, status=403)

    # For whoever tests.

    def fault(self, effect: Effect, method: str = "POST", path: str = "", times: int = 1) -> None:
        """Spoil the next `times` requests whose path matches the pattern `path`."""
        self._faults.append(Fault(effect, method, re.compile(path), times))

    @property
    def shown(self) -> list[Taken]:
        """What a visitor would see."""
        return [one for one in self.taken if not one.gone]

    def app(self) -> web.Application:
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self.answer(request, handler)

        app = web.Application(middlewares=[web.middleware(answer)], client_max_size=MOST_BYTES)
        app.add_routes(self.routes())
        return app

    # How a request is spoilt.

    def due(self, method: str, path: str) -> Effect | None:
        """What is to go wrong with this request; None: nothing."""
        for fault in self._faults:
            if fault.times and fault.method == method and fault.path.search(path):
                fault.times -= 1
                return fault.effect
        return None

    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What the caller gets: the handler's answer, late or spoilt; or a refusal before it."""
        await request.read()
        self.requests.append((request.method, request.path))
        effect = self.due(request.method, request.path)
        if wait := self.delay():
            await asyncio.sleep(wait)
        match effect:
            case Effect.LIMIT:
                return self.limited(self.LIMIT_SECONDS)
            case Effect.LIMIT_BARE:
                return self.limited(None)
            case Effect.DEAD_KEY:
                return self.dead_key()
            case Effect.TURNED_DOWN:
                return self.turned_down()
            case Effect.ERROR_BEFORE:
                return web.Response(status=500, text="Internal Server Error")
        if self.bucket and (wait := self.bucket.take(request.method, request.path)):
            return self.limited(math.ceil(wait))
        answer = await handler(request)
        return answer if effect is None else await _spoilt(effect, request, answer)


async def _spoilt(
    effect: Effect, request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """What the caller gets instead of `answer`, though the request was handled."""
    body = answer.body if isinstance(answer, web.Response) else b""
    whole = body if isinstance(body, bytes) else b""
    match effect:
        case Effect.ERROR_AFTER:
            return web.Response(status=500, text="Internal Server Error")
        case Effect.EMPTY:
            return web.Response(status=200)
        case Effect.WRONG_TYPE:
            return web.Response(text="<!doctype html><p>Hej", content_type="text/html")
        case Effect.TRUNCATED:
            headers = {"Content-Length": str(len(whole)), "Content-Type": answer.content_type}
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            await response.write(whole[: len(whole) // 2])
        case Effect.ENDLESS | Effect.DRIP:
            response = web.StreamResponse(status=answer.status)
            response.content_type = answer.content_type
            await response.prepare(request)
            while request.transport is not None and not request.transport.is_closing():
                if effect is Effect.ENDLESS:
                    await response.write(b" " * ENDLESS_BYTES)
                else:
                    await response.write(b" ")
                    await asyncio.sleep(DRIP_SECONDS)
        case _:
            response = web.StreamResponse()
    if request.transport is not None:
        request.transport.abort()
    return response
