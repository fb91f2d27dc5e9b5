"""A TCP proxy that spoils answers, to stand between an adapter and a real server.

`async with FaultProxy(port) as proxy:` on a running loop, or `with FaultProxy(port) as proxy:` in
a thread of its own. `proxy.mode` may change at any time:

- `pass`: as if it weren't there
- `lose_answer`: the server has handled the request and answered; the answer never arrives
- `truncate`: half of the answer's body arrives, then the connection closes
- `empty`: the answer is replaced by 200 without a body
- `hang`: the server answers, nothing is passed on, the connection stays open
- `reset`: the connection is reset before the server sees the request

The fault begins once `trigger` has been seen in what the client sends (empty: from the start).
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import Self

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class FaultProxy:
    def __init__(self, target_port: int, mode: str = "pass", trigger: bytes = b"") -> None:
        self.target_port = target_port
        self.mode = mode
        self.trigger = trigger
        self.port = 0
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # closed connections are let go of in the next round

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def main() -> None:
            async with self:
                self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
                ready.set()
                await self._stop.wait()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()))
        self._thread.start()
        assert ready.wait(5), "the proxy did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._tasks.add(asyncio.ensure_future(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = None
        try:
            inner, upstream = await asyncio.open_connection("127.0.0.1", self.target_port)
            armed = asyncio.Event()
            pipes = [
                asyncio.ensure_future(self._requests(reader, writer, upstream, armed)),
                asyncio.ensure_future(self._answers(inner, writer, armed)),
            ]
            try:
                await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pipe in pipes:
                    pipe.cancel()
                await asyncio.gather(*pipes, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in (writer, upstream):
                if each is not None:
                    each.close()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        upstream: asyncio.StreamWriter,
        armed: asyncio.Event,
    ) -> None:
        seen = b""
        if not self.trigger:
            armed.set()
        while data := await reader.read(65536):
            seen = seen[-len(self.trigger) :] + data
            if self.trigger in seen:
                armed.set()
            if self.mode == "reset" and armed.is_set():
                linger = struct.pack("ii", 1, 0)
                client.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                client.transport.abort()
                return
            upstream.write(data)
            await upstream.drain()

    async def _answers(
        self, inner: asyncio.StreamReader, client: asyncio.StreamWriter, armed: asyncio.Event
    ) -> None:
        while data := await inner.read(65536):
            mode = self.mode if armed.is_set() else "pass"
            if mode == "pass":
                client.write(data)
                await client.drain()
            elif mode == "lose_answer":
                return
            elif mode == "hang":
                await asyncio.Event().wait()
            elif mode == "empty":
                client.write(EMPTY)
                await client.drain()
                return
            elif mode == "truncate":
                while not data.partition(b"\r\n\r\n")[2]:
                    data += await inner.read(65536)
                head, _, body = data.partition(b"\r\n\r\n")
                client.write(head + b"\r\n\r\n" + body[: len(body) // 2])
                await client.drain()
                return
