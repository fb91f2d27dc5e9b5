"""Looking at the public address from outside, beside the site process's own work."""

from __future__ import annotations

import asyncio
import threading

import aiohttp

from console.logs import get_logger
from console.site.files import mark_of

log = get_logger("site")
LOOK_SECONDS = 2.0


class Looks:
    """What has been seen at which address. Nothing here waits."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def sees(self, address: str, mark: str) -> bool:
        """Has `address` answered with the page that bears `mark`? If not, look, or look again."""
        look = self._looks.get(address)
        if look is None or look.mark != mark or not (look.seen or look.is_alive()):
            look = self._looks[address] = Look(address, mark)
            look.start()
        return look.seen

    @property
    def under_way(self) -> bool:
        return any(look.is_alive() for look in self._looks.values())


class Look(threading.Thread):
    """One GET, two seconds at most; it never keeps the process from ending."""

    def __init__(self, address: str, mark: str) -> None:
        super().__init__(name="look", daemon=True)
        self.address, self.mark, self.seen = address, mark, False

    def run(self) -> None:
        try:
            self.seen = asyncio.run(_page(self.address)) == self.mark
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            log.warning("public_address_not_seen", address=self.address, error=str(error))


async def _page(address: str) -> str:
    """The mark of the page at `address`, "" if it has none."""
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
    headers = {"Cache-Control": "no-cache"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        client.get(address, headers=headers) as answer,
    ):
        answer.raise_for_status()
        return mark_of(await answer.read())
