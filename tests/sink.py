"""A receiver that counts: a real HTTP server on loopback, in a thread of its own.

It keeps every accepted post by its `Idempotency-Key`; a key that comes again is answered with the
first post's id and counted as a repeat, never as a new post.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web


class Sink:
    """`with Sink() as sink:` then `sink.url`. Set `sink.mode` at any time.

    Modes: ok; error (accepts, answers 500); hang (accepts, never answers); refuse (422);
    busy (429 with Retry-After 1). `honours` False: a repeated key is a new post.
    """

    def __init__(self, *, latency: float = 0.0, honours: bool = True) -> None:
        self.latency, self.honours = latency, honours
        self.mode = "ok"
        self.mode_for: dict[str, str] = {}
        """Path → mode, before `mode`."""
        self.posts: Counter[str] = Counter()
        """Key → how many posts it made (more than one is a double)."""
        self.seen: Counter[str] = Counter()
        """Key → how many requests carried it."""
        self.texts: dict[str, str] = {}
        self.under_way = 0
        self.on_request: Callable[[str], None] | None = None

    @property
    def doubles(self) -> list[str]:
        return [key for key, number in self.posts.items() if number > 1]

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()

        async def serve() -> None:
            app = web.Application()
            app.router.add_post("/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
            ready.set()
            await self._done.wait()
            await runner.cleanup()

        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(serve()), daemon=True
        )
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _handle(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        body = await request.json()
        mode = self.mode_for.get(request.path, self.mode)
        self.seen[key] += 1
        self.under_way += 1
        try:
            if self.on_request is not None:
                self.on_request(key)
            if self.latency:
                await asyncio.sleep(self.latency)
            if mode == "refuse":
                return web.json_response({"error": "no"}, status=422)
            if mode == "busy":
                return web.json_response({}, status=429, headers={"Retry-After": "1"})
            if not (self.honours and key in self.posts):
                self.posts[key] += 1
            self.texts[key] = body["text"]
            if mode == "hang":
                await asyncio.sleep(3600)
            if mode == "error":
                return web.json_response({}, status=500)
            return web.json_response({"id": f"post-{key}"})
        finally:
            self.under_way -= 1
