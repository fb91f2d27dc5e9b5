"""A server on loopback: in a thread of its own, or on a loop beside others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

End = Callable[[], Awaitable[None]]
BACKLOG = 1024


class Serving:
    """Use as `with …() as server:`; then `server.url`."""

    def __init__(self, port: int = 0) -> None:
        self.port = port

    def app(self) -> web.Application:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def begin(self) -> End:
        """Serve on the running loop; gives what ends it."""
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port, backlog=BACKLOG).start()
        self.port = int(runner.addresses[0][1])
        return runner.cleanup

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def main() -> None:
            end = await self.begin()
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            ready.set()
            await self._stop.wait()
            await end()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        self._thread.start()
        if not ready.wait(5):
            raise RuntimeError(f"{type(self).__name__} did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)


def in_old_letters(request: web.Request, content_type: str, text: str) -> web.Response:
    """Answers with the text, and with a tag and a date in Latin-1, which are no UTF-8: what aiohttp
    itself won't say."""
    body = text.encode()
    head = (
        f'HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nETag: "å1"\r\n'
        f"Last-Modified: lördag\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    if request.transport is not None:
        request.transport.write(head.encode("latin-1") + body)
        request.transport.close()
    return web.Response()
