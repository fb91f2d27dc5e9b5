"""A round of 1,000 feeds through the real process, and the least that the same round takes."""

from __future__ import annotations

import asyncio
import io
import time
import urllib.request
from collections import Counter
from dataclasses import replace
from typing import Any

import aiohttp
import feedparser
from sqlalchemy import func, select, update

from bench import by_reader
from bench.house import House
from channels.feeds.fetching import AT_ONCE, MOST_BYTES
from channels.feeds.items import Trouble
from console import clock, db
from console.monitoring.feed_models import FeedItem, FeedSource
from simulators.feed_net import ITEMS
from workers.feeds import FeedProcess

CALM, EACH = 500, 5
BROKEN: dict[str, Trouble] = {
    "html": Trouble.NOT_A_FEED,
    "cap": Trouble.NOT_A_FEED,
    "file": Trouble.NOT_A_FEED,
    "gone": Trouble.GONE,
    "error": Trouble.SERVER_ERROR,
    "wait": Trouble.BUSY,
    "refused": Trouble.FORBIDDEN,
    "half": Trouble.BROKEN,
    "mute": Trouble.NO_ANSWER,
    "endless": Trouble.TOO_LARGE,
    "laughs": Trouble.ENTITIES,
    "private": Trouble.PRIVATE,
    "circle": Trouble.REDIRECTS,
    "charset": Trouble.CHARSET,
    "future": Trouble.FUTURE,
}
"""Kind → what must be said of it. The last two are read all the same."""
READ = ("changing", "charset", "future")
"""Kinds whose bodies a bare reader would parse."""
KEPT = ("calm", *READ)
"""Kinds whose items are all to be kept."""


def follow(one: House, host: str) -> None:
    """1,000 sources: half of them calm, five of each broken kind, the rest changing."""
    kinds = [(kind, n) for kind in BROKEN for n in range(EACH)]
    kinds += [("calm", n) for n in range(CALM)]
    kinds += [("changing", n) for n in range(1000 - len(kinds))]
    now = clock.now()
    with db.unit_of_work() as session:
        for kind, n in kinds:
            address = f"http://{host}/{kind}/k{n}"
            session.add(
                FeedSource(
                    name=f"{kind} {n}", form="feed", asked_address=address, address=address,
                    added_at=now, added_by_id=one.unit.id, calm_at=now, busy_at=now,
                )
            )  # fmt: skip


def rounds(one: House, host: str, times: int) -> tuple[list[float], list[float], dict[str, Any]]:
    """Seconds of each round by us and by the floor, and what the last one left behind."""
    settings = replace(one.settings, allow_hosts=(host,))
    ours, floor = [], []

    async def ask() -> None:
        process = FeedProcess(settings, gap=0.0)  # one loopback host stands for a thousand
        async with process.desk() as desk:
            await process.once(desk)
            for _ in range(times):
                urllib.request.urlopen(f"http://{host}/round", data=b"").close()
                floor.append(await _bare(await asyncio.to_thread(_due)))
                begun = time.perf_counter()
                read = await process.once(desk)
                ours.append(time.perf_counter() - begun)
                assert read == 1000, read

    asyncio.run(ask())
    return ours, floor, _left(times)


def beside(host: str, times: int) -> dict[str, Any]:
    """How long the `reader` library takes for the same round, and what it loses or doesn't name."""
    with db.unit_of_work() as session:
        sources = session.scalars(select(FeedSource.address).order_by(FeedSource.id)).all()
    told = by_reader.beside(sources, host, times)
    lost = named = 0
    for address in sources:
        kind = address.split("/")[3]
        if kind in KEPT:
            lost += ITEMS + times * (kind == "changing") - told["kept"].get(address, 0)
        named += kind in BROKEN and address in told["failed"]
    return {
        "s": told["s"],
        "left_out": told["left_out"],
        "items_lost": lost,
        "not_named": EACH * len(BROKEN) - told["left_out"] - named,
    }


def _due() -> list[tuple[str, str]]:
    """Make everything due; (address, etag) of each."""
    with db.unit_of_work() as session:
        now = clock.now()
        session.execute(update(FeedSource).values(calm_at=now, busy_at=now))
        query = select(FeedSource.address, FeedSource.etag).order_by(FeedSource.id)
        return [(row.address, row.etag) for row in session.execute(query)]


async def _bare(sources: list[tuple[str, str]]) -> float:
    """Bare conditional requests, then `feedparser.parse` of each changed body."""
    gate, bodies = asyncio.Semaphore(AT_ONCE), list[bytes]()
    begun = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def get(address: str, etag: str) -> None:
            headers = {"If-None-Match": etag} if etag else {}
            try:
                async with (
                    gate,
                    session.get(address, headers=headers, allow_redirects=False) as answer,
                ):
                    body = b""
                    async for chunk in answer.content.iter_any():
                        body += chunk
                        if len(body) > MOST_BYTES:
                            break
            except aiohttp.ClientError:
                return
            if answer.status == 200 and address.split("/")[3] in READ:
                bodies.append(body)

        await asyncio.gather(*(get(*source) for source in sources))
    for body in bodies:
        feedparser.parse(io.BytesIO(body))
    return time.perf_counter() - begun


def _left(times: int) -> dict[str, Any]:
    """What is lost, and what isn't named."""
    with db.unit_of_work() as session:
        sources = session.scalars(select(FeedSource).order_by(FeedSource.id)).all()
        kept = dict(
            session.execute(
                select(FeedItem.source_id, func.count()).group_by(FeedItem.source_id)
            ).all()
        )
    wrong: Counter[str] = Counter()
    lost = 0
    for source in sources:
        kind = source.name.split()[0]
        wrong[kind] += source.trouble != BROKEN.get(kind, "")
        if kind in KEPT:
            lost += ITEMS + times * (kind == "changing") - kept.get(source.id, 0)
    return {
        "items_lost": lost,
        "broken": EACH * len(BROKEN),
        "not_named": sum(wrong.values()),
    }
