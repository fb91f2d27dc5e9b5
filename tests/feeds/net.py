"""The network of feeds, served in a thread, and the process that reads it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Self

from aiohttp import web
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.monitoring import feed_operations
from console.monitoring.feed_models import FeedItem, FeedSource
from console.people.models import Person
from simulators.feed_net import FeedNet
from workers.feeds import FeedProcess


class Net:
    """`feeds` answers; `read()` does what the feeds process does when it looks."""

    def __init__(self, settings: Settings, keeper: Person) -> None:
        self.feeds = FeedNet()
        self.keeper = keeper
        self._settings = settings

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def main() -> None:
            runner = web.AppRunner(self.feeds.app(), access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.host = f"127.0.0.1:{runner.addresses[0][1]}"
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            ready.set()
            await self._stop.wait()
            await runner.cleanup()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()))
        self._thread.start()
        assert ready.wait(10), "the network did not start"
        self.settings = replace(self._settings, allow_hosts=(self.host,))
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def follow(self, kind: str, name: str = "ett", *, form: str = "feed", only: str = "") -> int:
        """Returns the source's number. Loopback has no https, so the row is written by hand."""
        now = clock.now()
        with db.unit_of_work() as session:
            address = f"http://{self.host}/{kind}/{name}"
            source = FeedSource(
                name=f"{kind} {name}", form=form, asked_address=address, address=address,
                only=[one for one in only.split(",") if one], added_at=now,
                added_by_id=self.keeper.id, calm_at=now, busy_at=now,
            )  # fmt: skip
            session.add(source)
            session.flush()
            return source.id

    def read(self) -> int:
        """Returns how many sources were read."""
        return asyncio.run(FeedProcess(self.settings, gap=0.0).read_due())


def source(number: int) -> FeedSource:
    with db.unit_of_work() as session:
        return session.get_one(FeedSource, number)


def items(number: int | None = None) -> list[FeedItem]:
    """A source's, or all; as they came."""
    with db.unit_of_work() as session:
        query = select(FeedItem).order_by(FeedItem.id)
        if number is not None:
            query = query.where(FeedItem.source_id == number)
        return list(session.scalars(query))


def keep(source_id: int, *given: object, **outcome: object) -> int:
    """As if a source had answered with these items. Returns how many were news."""
    with db.unit_of_work() as session:
        made = feed_operations.Outcome(source_id=source_id, items=given, **outcome)  # type: ignore[arg-type]
        return feed_operations.save(session, [made], clock.now())
