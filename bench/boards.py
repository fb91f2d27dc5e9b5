"""`python -m bench.boards ADDRESS SLUG`: open boards, and when each showed how many receipts.

Speaks what the page's script speaks: Engine.IO 4 over a websocket, one GET of the part as it opens,
then the parts that are sent down. Standard input: one session secret a
line, a board for each. Says `open` once all have their first part; when its input ends, writes one
JSON list a board, [[seconds since the epoch, receipts shown], …], and leaves.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field

import aiohttp

from console.web.logins import COOKIE

SAYS = " skickade"
SHOWN = re.compile(r"(\d+) av \d+" + SAYS)
LONGEST = 20
"""Characters that the figures take before what they count."""


@dataclass
class Board:
    web: aiohttp.ClientSession
    address: str
    slug: str
    secret: str
    seen: list[tuple[float, int]] = field(default_factory=list)
    etag: str = ""
    first: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        cookie = {"Cookie": f"{COOKIE}={self.secret}"}
        path = f"{self.address}/socket.io/?EIO=4&transport=websocket"
        async with self.web.ws_connect(path, headers=cookie) as socket, asyncio.TaskGroup() as both:
            async for message in socket:
                said = str(message.data)
                if said.startswith("0"):
                    await socket.send_str("40")
                elif said == "2":
                    await socket.send_str("3")
                elif said.startswith("40"):
                    await socket.send_str(f'42["watch",{json.dumps(self.slug)}]')
                    both.create_task(self._fetch(cookie))
                elif said.startswith('42["part"'):
                    self._shows(said)

    async def _fetch(self, cookie: dict[str, str]) -> None:
        """As the page does: at once, and every half minute for safety's sake."""
        while True:
            headers = {**cookie, "If-None-Match": self.etag}
            path = f"{self.address}/incidents/{self.slug}/live"
            async with self.web.get(path, headers=headers) as answer:
                body = await answer.text()
                if answer.status == 200:
                    self.etag = answer.headers["ETag"]
                    self._shows(body)
                elif answer.status != 304:
                    raise RuntimeError(f"the board answered {answer.status}")
            await asyncio.sleep(30)

    def _shows(self, body: str) -> None:
        # Three hundred browsers have machines of their own; these share the server's, so no more
        # is read of a part than what is measured.
        at, end = time.time(), body.find(SAYS)
        found = SHOWN.search(body, max(end - LONGEST, 0), end + len(SAYS)) if end >= 0 else None
        self.seen.append((at, int(found[1]) if found else 0))
        self.first.set()


async def run(address: str, slug: str, secrets: list[str]) -> list[Board]:
    # A part is fetched twice a minute: a connection kept so long is closed as it is used again.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as web:
        boards = [Board(web, address, slug, secret) for secret in secrets]
        watching = []
        for board in boards:
            watching.append(asyncio.create_task(board.watch()))
            opened = asyncio.create_task(board.first.wait())
            await asyncio.wait([opened, watching[-1]], timeout=30, return_when="FIRST_COMPLETED")
            if not board.first.is_set():
                raise SystemExit(f"a board never opened: {watching[-1]}")
        print("open", flush=True)
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([ended, *watching], return_when=asyncio.FIRST_COMPLETED)
        broken = [task for task in watching if task.done()]
        for task in watching:
            task.cancel()
        if broken:
            raise SystemExit(f"{len(broken)} boards broke: {broken[0].exception()!r}")
        return boards


def main(address: str, slug: str) -> None:
    secrets = []
    while line := sys.stdin.readline().strip():
        secrets.append(line)
    for board in asyncio.run(run(address, slug, secrets)):
        print(json.dumps(board.seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
