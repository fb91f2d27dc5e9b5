"""Reads feeds in a process of its own, which is ended if one takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from channels.feeds.items import Item, Trouble

SECONDS = 10.0
"""For one body. An ordinary feed takes 5 ms; some small ones can be made to take forever."""
_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a body held. With a trouble the items are those that could be read before it."""

    items: list[Item]
    notice: str
    trouble: str
    detail: str


class Reader:
    """Use as `async with Reader() as reader`. One body at a time; others wait their turn."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def read(self, form: str, content_type: str, body: bytes) -> Outcome:
        """
        Args:
            form: "feed", or a key of `channels.feeds.authorities.FORMATS`.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    said = json.loads(await self._ask(form, content_type, body))
            except TimeoutError:
                await self._end()
                return Outcome([], "", Trouble.SLOW_TO_READ, "")
            except (OSError, EOFError):
                # It died of this body: of memory, most likely.
                await self._end()
                return Outcome([], "", Trouble.BROKEN, "reader ended")
            except BaseException:
                await self._end()
                raise
        items = [Item(**one) for one in said["items"]]
        return Outcome(items, said["notice"], said["trouble"], said["detail"])

    async def _ask(self, form: str, content_type: str, body: bytes) -> bytes:
        child = self._child or await self._start()
        if child.stdin is None or child.stdout is None:
            raise EOFError
        head = json.dumps({"form": form, "content_type": content_type}).encode()
        for part in (head, body):
            child.stdin.write(struct.pack("!I", len(part)) + part)
        await child.stdin.drain()
        length = struct.unpack("!I", await child.stdout.readexactly(4))[0]
        return await child.stdout.readexactly(length)

    async def _start(self) -> asyncio.subprocess.Process:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "channels.feeds.child",
            cwd=_HERE,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.devnull},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):  # ended by itself
            child.kill()
        await child.wait()
