"""One job's work: a round's posts of one shard, side by side on one event loop.

Each pacing key has its own cap, refilled as posts finish, so that one slow platform holds up
nobody. The database is asked from threads, never from the loop, and never while it holds a
transaction open over a request.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from channels import registry
from channels.contract import BadSettings, Channel, ChannelError, Post, Reason, Retry, Unknown
from channels.http import Client
from console import clock, db
from console.accounts import secrets
from console.accounts.models import Account
from console.logs import get_logger
from console.messages import schedule
from console.messages.operations import delivery
from console.messages.operations.delivery import Claimed, Outcome

T = TypeVar("T")
log = get_logger("fanout")

STOPPING = threading.Event()
"""Set on SIGTERM: nothing more is claimed."""
STOP_SECONDS = 5.0
BATCH_SECONDS = 0.03
BATCH_ROWS = 64
RENEW_SECONDS = 1.5
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Ready:
    """A claimed row and all that its request needs."""

    row: Claimed
    channel: Channel[Any]
    settings: Any


class Fanout:
    """`await run()` sends what this job can claim and returns when nothing more can be.

    Args:
        worker: this process's name, for the attempts' record.
        allow_hosts: see `channels.http`.
    """

    def __init__(
        self, round_id: int, shard: int, shards: int, worker: str, allow_hosts: tuple[str, ...]
    ) -> None:
        self.round_id, self.shard, self.shards = round_id, shard, shards
        self.worker, self.allow_hosts = worker, allow_hosts
        self.token = uuid.uuid4()
        self.held: set[int] = set()
        """Claimed and not started."""
        self.posts: set[asyncio.Task[None]] = set()
        """Requests under way, of every key."""
        self.renewing = asyncio.Lock()
        self.outcomes: asyncio.Queue[tuple[Outcome, bool] | None] = asyncio.Queue()
        self.threads = ThreadPoolExecutor(3)

    async def run(self) -> None:
        interval = await self._ask(lambda s: delivery.interval_of(s, self.round_id))
        self.seconds = schedule.attempt_seconds(interval)
        writer = asyncio.create_task(self._write())
        renewer = asyncio.create_task(self._renew())
        try:
            async with Client(
                self.allow_hosts, total=self.seconds, now=lambda: clock.now().timestamp()
            ) as self.client:
                keys = await self._ask(
                    lambda s: delivery.keys_to_send(s, self.round_id, self.shard, self.shards)
                )
                ended = await asyncio.gather(
                    *(self._key(key) for key in keys), return_exceptions=True
                )
                # Whatever broke, what has left the house still says what became of it.
                if self.posts:
                    await asyncio.wait(self.posts)
                for error in ended:
                    if isinstance(error, BaseException):
                        raise error
        finally:
            renewer.cancel()
            await self.outcomes.put(None)
            await writer
            await self._ask(lambda s: delivery.let_go(s, self.token))
            self.threads.shutdown()

    async def _key(self, key: str) -> None:
        """Send everything of one pacing key, at most its cap at a time."""
        under_way: set[asyncio.Task[None]] = set()
        ready: list[Ready] = []
        claiming: asyncio.Task[list[Ready]] | None = asyncio.create_task(self._claim(key))
        cap = BATCH_ROWS
        while not STOPPING.is_set():
            if claiming is not None and (claiming.done() or not ready):
                if not claiming.done() and under_way:
                    await asyncio.wait({claiming, *under_way}, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.wait({claiming})
                under_way = {task for task in under_way if not task.done()}
                if not claiming.done():
                    continue
                more, claiming = claiming.result(), None
                ready += more
                if more:
                    cap = min(one.channel.concurrency for one in ready)
                    claiming = asyncio.create_task(self._claim(key))
            if not ready and claiming is None:
                break
            free = cap - len(under_way)
            if free > 0 and ready:
                batch, ready = ready[:free], ready[free:]
                under_way |= await self._start(batch)
            elif under_way:
                waiting = {claiming, *under_way} if claiming and not ready else under_way
                await asyncio.wait(waiting, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
                under_way = {task for task in under_way if not task.done()}
        if claiming is not None:
            await asyncio.wait({claiming})
        if under_way:
            limit = STOP_SECONDS if STOPPING.is_set() else None
            _done, left = await asyncio.wait(under_way, timeout=limit)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

    async def _claim(self, key: str) -> list[Ready]:
        def ask(session: Session) -> list[Ready]:
            rows = delivery.claim(
                session, self.round_id, self.shard, self.shards, key, BATCH_ROWS, self.token
            )
            return _prepare(session, rows, self.token)

        ready = await self._ask(ask)
        self.held |= {one.row.id for one in ready}
        return ready

    async def _start(self, batch: list[Ready]) -> set[asyncio.Task[None]]:
        """Commit `started` for the batch, then let the requests leave."""
        async with self.renewing:
            pass  # a row that the renewal holds would be passed over
        mark = clock.elapsed()
        ids = [one.row.id for one in batch]
        self.held -= set(ids)
        try:
            started = await self._ask(
                lambda s: delivery.start(s, ids, self.token, self.seconds, self.worker)
            )
        except IntegrityError:
            # Another round's post took one of the accounts in the same moment: nothing was
            # started, and the claims run out.
            return set()
        posts = {
            asyncio.create_task(self._attempt(one, mark)) for one in batch if one.row.id in started
        }
        self.posts |= posts
        for post in posts:
            post.add_done_callback(self.posts.discard)
        return posts

    async def _attempt(self, ready: Ready, mark: float) -> None:
        """One request, and whatever became of it: every way out writes an outcome."""
        row = ready.row
        try:
            # Frozen since the start was committed? Then the row is somebody else's by now.
            if clock.elapsed() - mark >= self.seconds:
                raise Retry(Reason.NO_CONNECTION, "the worker stood still")
            async with asyncio.timeout(self.seconds + 1):
                receipt = await ready.channel.publish(self.client, ready.settings, _post(row))
            outcome = Outcome(
                row.id,
                self.token,
                "sent",
                receipt.note or "",
                remote_id=receipt.remote_id,
                link=receipt.link,
            )
        except Unknown as error:
            outcome = Outcome(row.id, self.token, "unknown", str(error), wait=_wait(row))
        except Retry as error:
            wait = _wait(row) if error.after is None else error.after
            outcome = Outcome(
                row.id, self.token, "retry", str(error), wait=wait, pace=error.after is not None
            )
        except ChannelError as error:
            outcome = Outcome(row.id, self.token, "refused", str(error))
        except BaseException as error:  # timeouts and cancellation among them
            outcome = Outcome(
                row.id, self.token, "unknown", f"{Reason.NO_ANSWER}: {type(error).__name__}",
                wait=_wait(row),
            )  # fmt: skip
            if not isinstance(error, TimeoutError | asyncio.CancelledError):
                log.error("attempt_failed", delivery=row.id, kind=row.kind, exc_info=True)
        self.outcomes.put_nowait((outcome, row.keyed))

    async def _write(self) -> None:
        """Write outcomes in small batches as they come; a database away is waited for."""
        over = False
        while not over:
            batch = [await self.outcomes.get()]
            if batch[0] is not None:
                await asyncio.sleep(BATCH_SECONDS)
                while len(batch) < BATCH_ROWS and not self.outcomes.empty():
                    batch.append(self.outcomes.get_nowait())
            over = None in batch
            pairs = [one for one in batch if one is not None]
            if pairs:
                outcomes = [outcome for outcome, _keyed in pairs]
                keyed = {outcome.delivery_id for outcome, honoured in pairs if honoured}
                await self._ask(
                    lambda s, o=outcomes, k=keyed: delivery.settle(s, o, self.worker, k)  # type: ignore[misc]
                )

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            ids = sorted(self.held)
            if ids:
                async with self.renewing:
                    await self._ask(lambda s, i=ids: delivery.renew(s, i, self.token))  # type: ignore[misc]

    async def _ask(self, question: Callable[[Session], T]) -> T:
        """Ask the database from a thread, again and again while it is away."""

        def ask() -> T:
            with db.unit_of_work() as session:
                return question(session)

        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self.threads, ask)
            except OperationalError as error:
                log.warning("database_away", error=type(error.orig).__name__)
                await asyncio.sleep(0.3)


def _prepare(session: Session, rows: list[Claimed], token: uuid.UUID) -> list[Ready]:
    """Find each row's channel and settings as they are now; refuse what no longer is the target."""
    accounts = {
        account.id: account
        for account in session.execute(
            select(Account.id, Account.settings, Account.secret).where(
                Account.id.in_([row.account_id for row in rows])
            )
        )
    }
    ready: list[Ready] = []
    refused: dict[str, list[int]] = {}
    for row in rows:
        channel = registry.for_delivery(row.kind, row.exercise)
        account = accounts[row.account_id]
        try:
            secret = {} if row.target else secrets.unseal(account.secret)
            settings = channel.parse(row.target or account.settings, secret)
        except (BadSettings, secrets.KeyTrouble) as error:
            refused.setdefault(error.message, []).append(row.id)
            continue
        if channel.fingerprint(settings) != row.fingerprint:
            refused.setdefault("target_changed", []).append(row.id)
        else:
            ready.append(Ready(row, channel, settings))
    for reason, ids in refused.items():
        delivery.refuse_claimed(session, ids, token, reason)
    return ready


def _post(row: Claimed) -> Post:
    return Post(
        key=row.idempotency_key,
        text=row.content,
        language=row.language,
        title=row.title,
        link=row.link,
        marker=row.marker,
        exercise=row.exercise,
    )


def _wait(row: Claimed) -> float:
    """Seconds before the next attempt: doubled each time."""
    return min(FIRST_WAIT * 2.0**row.attempts, LONGEST_WAIT)
