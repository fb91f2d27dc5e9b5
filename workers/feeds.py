"""The feeds process: it alone reads what others publish, so that nothing it does delays a post.

Sources that are due are fetched side by side, read in a child of their own, and written down some
at a time. One that is slow, hostile or broken holds up nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from channels.feeds import fetching
from channels.feeds.fetching import Politeness
from channels.feeds.items import Trouble, Unreadable
from channels.feeds.reader import Reader
from channels.http import Client
from console import clock, db
from console.config import Settings
from console.logs import get_logger
from console.monitoring import feed_operations as operations
from console.monitoring.feed_operations import Claimed, Outcome
from workers.heartbeat import BEAT_SECONDS, beat

log = get_logger("feeds")
AT_ONCE = 100
"""Sources under way."""
SAVE_AT, SAVE_SECONDS = 50, 0.5
"""What has been read is written when there is so much of it, or after so long."""
LOOK_SECONDS = 1.0
"""Between two looks at what is due."""
NICE = 10
"""The operating system gives posts the processor first."""


@dataclass
class Desk:
    """What reading needs, for one event loop."""

    client: Client
    reader: Reader
    polite: Politeness
    agent: str


class FeedProcess:
    """`run()` reads until SIGTERM or SIGINT.

    Args:
        gap: seconds between two requests to one host that hasn't said otherwise.
    """

    def __init__(self, settings: Settings, *, gap: float = fetching.GAP) -> None:
        self.settings = settings
        self.gap = gap
        self.name = f"feeds-{socket.gethostname()}-{os.getpid()}"
        self.stopping = asyncio.Event()
        self.beaten = float("-inf")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self.stopping.set)
        async with self.desk() as desk:
            while not self.stopping.is_set():
                try:
                    await self.once(desk)
                    await self._beat()
                except SQLAlchemyError as error:
                    log.warning("reading_failed", error=type(error).__name__)
                except Exception:
                    log.error("reading_failed", exc_info=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), LOOK_SECONDS)

    async def read_due(self) -> int:
        """Read all that is due, once. Returns how many sources were read."""
        async with self.desk() as desk:
            return await self.once(desk)

    async def once(self, desk: Desk) -> int:
        """Until nothing is due: claim, read side by side, write down what has come."""
        under_way: set[asyncio.Task[Outcome]] = set()
        done: list[Outcome] = []
        read = 0
        since = clock.elapsed()
        try:
            while not self.stopping.is_set():
                if len(under_way) <= AT_ONCE // 2:
                    claimed = await asyncio.to_thread(_claim, AT_ONCE - len(under_way))
                    under_way |= {asyncio.create_task(look(desk, one)) for one in claimed}
                if not under_way:
                    break
                finished, under_way = await asyncio.wait(
                    under_way, timeout=SAVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                done += [task.result() for task in finished]
                if done and (len(done) >= SAVE_AT or clock.elapsed() - since >= SAVE_SECONDS):
                    read += await asyncio.to_thread(_save, done)
                    done, since = [], clock.elapsed()
                await self._beat()
        finally:
            for task in under_way:
                task.cancel()  # its lease runs out, and it is read again
        return read + (await asyncio.to_thread(_save, done) if done else 0)

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """Open for as long as it is used."""
        client = Client(self.settings.allow_hosts, total=fetching.SECONDS)
        # Polisen and others ask to be told who reads them, and where to write.
        agent = f"Budkavle/0.1 (+{self.settings.public_url})"
        async with client, Reader() as reader:
            yield Desk(client, reader, Politeness(self.gap), agent)

    async def _beat(self) -> None:
        if clock.elapsed() - self.beaten >= BEAT_SECONDS:
            self.beaten = clock.elapsed()
            await asyncio.to_thread(_say_alive, self.name)


def _say_alive(name: str) -> None:
    with db.unit_of_work() as session:
        beat(session, name, "feeds", clock.now())


async def look(desk: Desk, source: Claimed) -> Outcome:
    """Fetch a source and read it. Whatever happens is an outcome."""
    try:
        found = await fetching.fetch(
            desk.client,
            desk.polite,
            source.address,
            etag=source.etag,
            last_modified=source.last_modified,
            agent=desk.agent,
        )
        base = Outcome(
            source_id=source.id,
            unchanged=found.body is None,
            etag=found.etag,
            last_modified=found.last_modified,
            moved_to=found.moved_to,
        )
        if found.body is None:
            return base
        read = await desk.reader.read(source.form, found.content_type, found.body)
    except Unreadable as error:
        return Outcome(
            source_id=source.id,
            trouble=error.trouble,
            detail=error.detail,
            retry_after=error.retry_after,
        )
    except Exception as error:
        log.error("source_failed", source=source.id, exc_info=True)
        return Outcome(source_id=source.id, trouble=Trouble.BROKEN, detail=type(error).__name__)
    trouble = read.trouble or read.notice
    return replace(base, items=read.items, trouble=trouble, detail=read.detail)


def _claim(most: int) -> list[Claimed]:
    with db.unit_of_work() as session:
        return operations.claim(session, clock.now(), most)


def _save(outcomes: Sequence[Outcome]) -> int:
    """Write down what was read; if some of it can't be, the rest is. Returns how many were read."""
    try:
        with db.unit_of_work() as session:
            news = operations.save(session, outcomes, clock.now())
    except Exception:
        if len(outcomes) == 1:
            log.error("source_not_saved", source=outcomes[0].source_id, exc_info=True)
            broken = Outcome(
                source_id=outcomes[0].source_id, trouble=Trouble.BROKEN, detail="not saved"
            )
            with db.unit_of_work() as session:
                operations.save(session, [broken], clock.now())
            return 1
        return sum(_save([one]) for one in outcomes)
    log.info("sources_read", sources=len(outcomes), news=news)
    return len(outcomes)


def run(settings: Settings) -> None:
    """Read until told to stop."""
    os.nice(NICE)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    await FeedProcess(settings).run()
