"""A conditional request to a source; redirects are followed by hand, each address judged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from channels.failures import Reason, Refused, Retry, Unknown
from channels.feeds.items import Trouble, Unreadable
from channels.http import Answer, Client

MOST_BYTES = 4 * 2**20
SECONDS = 15.0
REDIRECTS = 5
_FOLLOWED = {301: True, 302: False, 303: False, 307: False, 308: True}
"""Status → is the new address for good?"""
_ACCEPT = "application/atom+xml, application/rss+xml, application/json, text/xml;q=0.9, */*;q=0.5"
GAPS = {"polisen.se": 10.0}
"""Host → seconds between two requests, where its owner has said so."""
GAP = 1.0
AT_ONCE = 32
"""Requests under way, to all hosts together."""


class Politeness:
    """Keeps requests to one host apart, however many sources it has. For one event loop."""

    def __init__(self, gap: float = GAP, at_once: int = AT_ONCE) -> None:
        self._gap = gap
        self._free: dict[str, float] = {}
        self._room = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """This request's turn: first at its host, so that who waits there holds up nobody else."""
        await self._wait(address)
        async with self._room:
            yield

    async def _wait(self, address: str) -> None:
        host = urlsplit(address).hostname or ""
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._free.get(host, 0.0))
        self._free[host] = at + self.gap(host)
        if (pause := at - loop.time()) > 0:
            await asyncio.sleep(pause)

    def gap(self, host: str) -> float:
        own = host.removeprefix("www.").lower()
        return GAPS.get(own, self._gap)


@dataclass(frozen=True, slots=True)
class Fetched:
    body: bytes | None
    """None: unchanged since last time."""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""
    """Its address from now on; "": it hasn't moved for good."""


async def fetch(
    client: Client,
    polite: Politeness,
    address: str,
    *,
    etag: str = "",
    last_modified: str = "",
    agent: str = "Budkavle",
) -> Fetched:
    """Ask for a source, if it has changed.

    Args:
        etag, last_modified: as it said last time.
        agent: who asks: several authorities refuse those who don't say.

    Raises:
        Unreadable.
    """
    headers = {"User-Agent": agent, "Accept": _ACCEPT}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    here, for_good = address, True
    for _hop in range(REDIRECTS + 1):
        async with polite.turn(here):
            answer = await _ask(client, here, headers)
        if answer.status not in _FOLLOWED:
            break
        for_good = for_good and _FOLLOWED[answer.status]
        to = answer.headers.get("Location", "")
        if not to:
            raise Unreadable(Trouble.NOT_A_FEED, f"{answer.status}")
        here = urljoin(here, to)
    else:
        raise Unreadable(Trouble.REDIRECTS)
    moved_to = here if for_good and here != address else ""
    if answer.status == 304:
        return Fetched(None, etag=etag, last_modified=last_modified, moved_to=moved_to)
    _need_success(answer)
    if answer.body is None:
        raise Unreadable(Trouble.TOO_LARGE if answer.too_large else Trouble.CUT_OFF)
    return Fetched(
        answer.body,
        answer.said("Content-Type", 200),
        answer.said("ETag", 500),
        answer.said("Last-Modified", 100),
        moved_to,
    )


async def _ask(client: Client, address: str, headers: dict[str, str]) -> Answer:
    try:
        return await client.request("GET", address, headers=headers, most=MOST_BYTES)
    except Refused as error:
        raise Unreadable(Trouble.PRIVATE, error.detail) from None
    except Retry as error:
        # A name whose addresses are all private comes out as no connection.
        private = isinstance(error.__cause__, Refused) or Reason.ADDRESS in error.detail
        raise Unreadable(
            Trouble.PRIVATE if private else Trouble.UNREACHABLE, error.detail
        ) from None
    except Unknown as error:
        raise Unreadable(Trouble.NO_ANSWER, error.detail) from None


def _need_success(answer: Answer) -> None:
    status = answer.status
    if status == 200:
        return
    if status in (404, 410):
        raise Unreadable(Trouble.GONE, str(status))
    if status in (401, 403, 451):
        raise Unreadable(Trouble.FORBIDDEN, str(status))
    if status in (429, 503):
        raise Unreadable(Trouble.BUSY, str(status), retry_after=answer.retry_after())
    raise Unreadable(Trouble.SERVER_ERROR, str(status))
