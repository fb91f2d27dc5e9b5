"""One job's work: a round's posts of one shard, side by side on one event loop.

Each pacing key has its own cap, and each platform host a room, refilled as posts finish, so that
one slow platform holds up nobody. The database is asked from threads, never from the loop, and
never while it holds a transaction open over a request.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from channels.contract import Post, Receipt
from channels.failures import Absent, ChannelError, Reason, Reauthorise, Retry, Unknown
from channels.http import Client
from console import clock, db
from console.logs import get_logger
from console.messages import schedule
from console.messages.operations import delivery, outcomes
from console.messages.operations.delivery import Claimed
from console.messages.operations.outcomes import Outcome
from console.messages.rules import Act
from workers import keys_in_round, renewing
from workers.along import Along
from workers.posting import edit_of, post_of
from workers.preparing import Ready, prepare
from workers.together import Together

T = TypeVar("T")
log = get_logger("fanout")

STOPPING = threading.Event()
"""Set on SIGTERM: nothing more is claimed."""
STOP_SECONDS = 5.0
STOP_LOOK_SECONDS = 0.1
BATCH_SECONDS = 0.03
BATCH_ROWS = 64
RENEW_SECONDS = 1.5
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LOOK_SECONDS = 1.0
"""Between two looks for what can be sent by now, while posts are under way."""
HOST_POSTS = 64
"""Posts under way at a time to one platform host, however many accounts it has."""
START_TRIES = 3


class _LockedMeanwhile(Exception):
    """A lock was being set as an ordinary post started: nothing has left, and nothing does."""


Claims = tuple[list[Ready], bool]
"""What was claimed of one key, and whether that is all there is for now."""


class Fanout:
    """`await run()` sends what this job can claim and returns when nothing more can be.

    Args:
        worker: this process's name, for the attempts' record.
        allow_hosts: see `channels.http`.
        console_url: where recipients leave a list.
        site_url: of the public site, from where platforms fetch pictures.
        mail: mail can be sent, to whoever must connect an account anew.
    """

    def __init__(
        self,
        round_id: int,
        shard: int,
        shards: int,
        worker: str,
        allow_hosts: tuple[str, ...],
        console_url: str = "",
        site_url: str = "",
        *,
        mail: bool = False,
    ) -> None:
        self.round_id, self.shard, self.shards = round_id, shard, shards
        self.worker, self.allow_hosts, self.console_url = worker, allow_hosts, console_url
        self.mail = mail
        self.along = Along(round_id, site_url)
        self.token = uuid.uuid4()
        self.held: set[int] = set()
        """Claimed and not started."""
        self.posts: set[asyncio.Task[None]] = set()
        """Requests under way, of every key."""
        self.under_way: dict[str, set[asyncio.Task[None]]] = defaultdict(set)
        """The same by pacing key."""
        self.gates: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(HOST_POSTS)
        )
        """By platform host."""
        self.waits: dict[str, float] = {}
        """Pacing key → until when (`clock.elapsed`) its platform asked us to wait: known here
        before it is written."""
        self.moved = False
        """Something was started since we last looked for what can be sent."""
        self.claims = Together(self._claim_all, BATCH_ROWS)
        self.starts = Together(self._start_all, BATCH_ROWS)
        self.renewing = asyncio.Lock()
        self.outcomes: asyncio.Queue[tuple[Outcome, bool] | None] = asyncio.Queue()
        self.threads = ThreadPoolExecutor(3)

    async def run(self) -> None:
        interval = await self._ask(lambda s: delivery.interval_of(s, self.round_id))
        self.seconds = schedule.attempt_seconds(interval)
        self.stop = asyncio.create_task(_stopping())
        self.writer = asyncio.create_task(self._write())
        renewer = asyncio.create_task(self._renew())
        try:
            async with Client(
                self.allow_hosts, total=self.seconds, now=lambda: clock.now().timestamp()
            ) as self.client:
                await self._all_keys()
        finally:
            renewer.cancel()
            self.stop.cancel()
            await self.outcomes.put(None)
            await self.writer
            await self._ask(lambda s: delivery.let_go(s, self.token))
            self.threads.shutdown()

    async def _all_keys(self) -> None:
        """Send what can be sent, every pacing key beside the others, until nothing is left.

        While posts are under way it looks again and again: what was told to wait a second isn't
        held up by a platform that hangs for twenty.
        """
        at_work: dict[str, asyncio.Task[None]] = {}
        broken: BaseException | None = None
        while not self.stop.done() and broken is None:
            known = [*at_work, *filter(self._waits, self.waits)]
            for key in await self._ask(
                lambda s, k=known: delivery.keys_to_send(  # type: ignore[misc]
                    s, self.round_id, self.shard, self.shards, k
                )
            ):
                at_work[key] = asyncio.create_task(self._key(key))
            if at_work or self.posts:
                every = asyncio.gather(*at_work.values(), *self.posts, return_exceptions=True)
                either: set[asyncio.Future[Any]] = {self.stop, every}
                await asyncio.wait(
                    either, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            elif self.moved and await self._written():
                # An account's posts go one after the other: the next may be open now, and so may
                # what was claimed beside a post that was started first.
                self.moved = False
                await self._ask(lambda s: delivery.let_go(s, self.token))
            else:
                break
            for key in [key for key, task in at_work.items() if task.done()]:
                error = at_work.pop(key).exception()
                broken = broken or error
        # Whatever broke, what has left the house still says what became of it.
        if at_work:
            await asyncio.wait(at_work.values())
        if self.posts:
            limit = STOP_SECONDS if self.stop.done() else None
            _done, left = await asyncio.wait(self.posts, timeout=limit)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)
        await renewing.finished()
        if broken is not None:
            raise broken

    async def _key(self, key: str) -> None:
        """Claim and start everything of one pacing key, at most its cap at a time. Once its
        platform asks us to wait, the rest is given back."""
        under_way, ready, cap = self.under_way[key], list[Ready](), BATCH_ROWS
        claiming: asyncio.Task[Claims] | None = asyncio.create_task(self.claims(key))
        while not self.stop.done() and not self._waits(key):
            if not ready and claiming is None:
                break
            if not ready and claiming is not None:
                await asyncio.wait({claiming})
                ready, is_all = claiming.result()
                ready = [await self._fresh(one) for one in ready]
                claiming = None if is_all else asyncio.create_task(self.claims(key))
                cap = min((one.channel.concurrency for one in ready), default=cap)
            elif len(under_way) < cap:
                room = await self._room(key, min(len(ready), cap - len(under_way)))
                batch, ready = ready[:room], ready[room:]
                await self._start(key, batch)
            else:
                await asyncio.wait({self.stop, *under_way}, return_when=asyncio.FIRST_COMPLETED)
        if claiming is not None:
            await asyncio.wait({claiming})
        if self._waits(key):
            given = await self._ask(lambda s: delivery.let_go(s, self.token, key))
            self.held.difference_update(given)

    def _waits(self, key: str) -> bool:
        return self.waits.get(key, 0.0) > clock.elapsed()

    async def _room(self, key: str, wanted: int) -> int:
        """How many of `wanted` posts the key's host has room for now; waits until it is one, or
        gives 0 when we are to stop."""
        gate = self.gates[key.rpartition(":")[0]]
        room = 0
        while room < wanted:
            if gate.locked():
                if room:
                    break
                entering = asyncio.create_task(gate.acquire())
                await asyncio.wait({self.stop, entering}, return_when=asyncio.FIRST_COMPLETED)
                if not entering.done():
                    entering.cancel()
                    break
            else:
                await gate.acquire()
            room += 1
        return room

    async def _claim_all(self, keys: Sequence[str]) -> list[Claims]:
        """Claim of several keys in one question, and find out what their requests need."""

        def ask(session: Session) -> tuple[list[Claimed], list[Ready]]:
            rows = delivery.claim(
                session, self.round_id, self.shard, self.shards,
                dict.fromkeys(keys, BATCH_ROWS), self.token,
            )  # fmt: skip
            if rows:
                self.along.load(session, rows)
            return rows, prepare(session, rows, self.token, self.console_url)

        rows, ready = await self._ask(ask)
        self.held |= {one.row.id for one in ready}
        count = Counter(row.pacing_key for row in rows)
        mine: dict[str, list[Ready]] = defaultdict(list)
        for one in ready:
            mine[one.row.pacing_key].append(one)
        return [(mine[key], count[key] < BATCH_ROWS) for key in keys]

    async def _fresh(self, one: Ready) -> Ready:
        settings = await keys_in_round.fresh(self.client, one.key, one.channel, mail=self.mail)
        return one if settings is None else replace(one, settings=settings)

    async def _start(self, key: str, batch: list[Ready]) -> None:
        """Commit `started` for the batch, then let the requests leave. Each has its place in its
        host's room already."""
        self.held -= {one.row.id for one in batch}
        gate = self.gates[key.rpartition(":")[0]]
        try:
            mark, started = await self.starts(batch) if batch else (0.0, set())
        except BaseException:
            for _one in batch:
                gate.release()
            raise
        for one in batch:
            if one.row.id not in started:
                gate.release()
                continue
            post = asyncio.create_task(self._attempt(one, mark))
            for posts in (self.posts, self.under_way[key]):
                posts.add(post)
                post.add_done_callback(posts.discard)
            post.add_done_callback(lambda _post: gate.release())

    async def _start_all(self, batches: Sequence[list[Ready]]) -> list[tuple[float, set[int]]]:
        """For each batch the moment before the question, and the ids that may be sent."""
        async with self.renewing:
            pass  # a row that the renewal holds would be passed over
        mark = clock.elapsed()
        ids = [one.row.id for batch in batches for one in batch]
        for _again in range(START_TRIES):
            try:
                started = await self._ask(
                    lambda s: delivery.start(s, ids, self.token, self.seconds, self.worker)
                )
            except IntegrityError:
                # Another round's post took one of the accounts in the same moment, and nothing was
                # started: the next try sees it, and leaves that account out.
                continue
            self.moved = self.moved or bool(started)
            return [(mark, started)] * len(batches)
        return [(mark, set())] * len(batches)  # the claims run out

    async def _written(self) -> bool:
        """Wait until every outcome is written; False: they no longer are."""
        written = asyncio.create_task(self.outcomes.join())
        await asyncio.wait({written, self.writer}, return_when=asyncio.FIRST_COMPLETED)
        written.cancel()
        return not self.writer.done()

    async def _attempt(self, ready: Ready, mark: float) -> None:
        """One request, and whatever became of it: every way out writes an outcome."""
        row = ready.row
        try:
            if row.ordinary and not await self._ask(lambda s: delivery.may_leave(s, row.id)):
                raise _LockedMeanwhile
            # Frozen since the start was committed? Then the row is somebody else's by now.
            if clock.elapsed() - mark >= self.seconds:
                raise Retry(Reason.NO_CONNECTION, "the worker stood still")
            async with asyncio.timeout(self.seconds + 1):
                receipt = await self._ask_channel(ready)
            outcome = Outcome(
                row.id,
                self.token,
                "sent",
                receipt.note or "",
                remote_id=receipt.remote_id,
                link=receipt.link,
                wait=receipt.rest or 0.0,
                pace=receipt.rest is not None,
            )
        except _LockedMeanwhile:
            outcome = Outcome(row.id, self.token, "refused", outcomes.LOCKED)
        except Unknown as error:
            outcome = Outcome(row.id, self.token, "unknown", str(error), wait=_wait(row))
        except Retry as error:
            wait = _wait(row) if error.after is None else error.after
            outcome = Outcome(
                row.id, self.token, "retry", str(error), wait=wait, pace=error.after is not None,
                partly=error.reason is Reason.PARTLY,
            )  # fmt: skip
        except Reauthorise as error:
            outcome = await self._refused(ready, error)
        except ChannelError as error:
            outcome = Outcome(row.id, self.token, "refused", str(error))
        except BaseException as error:  # timeouts and cancellation among them
            outcome = Outcome(
                row.id, self.token, "unknown", f"{Reason.NO_ANSWER}: {type(error).__name__}",
                wait=_wait(row),
            )  # fmt: skip
            if not isinstance(error, TimeoutError | asyncio.CancelledError):
                log.error("attempt_failed", delivery=row.id, kind=row.kind, exc_info=True)
        if outcome.pace:
            until = clock.elapsed() + outcome.wait
            self.waits[row.pacing_key] = max(until, self.waits.get(row.pacing_key, 0.0))
        self.outcomes.put_nowait((outcome, row.keyed))

    async def _refused(self, one: Ready, error: Reauthorise) -> Outcome:
        state, detail, now = await keys_in_round.refused(
            self.client, one.key, error, mail=self.mail
        )
        wait = 0.0 if now else _wait(one.row)
        return Outcome(one.row.id, self.token, state, detail, wait=wait)

    async def _ask_channel(self, ready: Ready) -> Receipt:
        row = ready.row
        if row.act == Act.EDIT:
            return await ready.channel.edit(self.client, ready.settings, edit_of(row))
        post = post_of(row, row.made_at, self.along.of(row), partial(self._remember, row))
        if row.maybe_out and ready.channel.can_read_back(ready.settings):
            found = await self._seen(ready, post)
            if found is not None:
                return found
        return await ready.channel.publish(self.client, ready.settings, post)

    async def _remember(self, row: Claimed, container: str) -> None:
        """Committed before the platform is asked to publish: whoever comes after us asks for it."""
        kept = await self._ask(lambda s: delivery.remember(s, row.id, self.token, container))
        if not kept:
            raise Retry(Reason.NO_CONNECTION, "the row is somebody else's by now")

    async def _seen(self, ready: Ready, post: Post) -> Receipt | None:
        """Look before sending again, even where the server keeps keys: one that fails between the
        post and its note of the key (as Mastodon may) would publish it twice."""
        try:
            return await ready.channel.read_back(self.client, ready.settings, post)
        except Absent:
            return None
        except ChannelError as error:
            raise Unknown(error.reason, error.detail) from error

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
                await self._save(pairs)
            for _one in batch:
                self.outcomes.task_done()

    async def _save(self, pairs: list[tuple[Outcome, bool]]) -> None:
        """One that the database won't have costs none of the others: its row is taken for
        abandoned, and looked at as such."""
        said = [outcome for outcome, _keyed in pairs]
        keyed = {outcome.delivery_id for outcome, honoured in pairs if honoured}
        try:
            await self._ask(lambda s: outcomes.settle(s, said, self.worker, keyed))
        except Exception:
            if len(pairs) > 1:
                for pair in pairs:
                    await self._save([pair])
                return
            log.error("outcome_not_written", delivery=said[0].delivery_id, exc_info=True)

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
            except (OperationalError, NoConnection) as error:
                log.warning("database_away", error=type(error).__name__)
                await asyncio.sleep(0.3)


async def _stopping() -> None:
    """Ends when we are to stop."""
    while not STOPPING.is_set():
        await asyncio.sleep(STOP_LOOK_SECONDS)


def _wait(row: Claimed) -> float:
    """Seconds before the next attempt: doubled each time."""
    return min(FIRST_WAIT * 2.0**row.attempts, LONGEST_WAIT)
