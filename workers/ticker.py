"""The ticker: looks, decides, writes rows, hands out jobs. Any number may run at once.

It sleeps until a hint, the next due time, or a quarter of a second. A tick that fails is logged
and the next one carries on: nothing is remembered between ticks that the database doesn't hold.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from datetime import datetime

import redis
from sqlalchemy.exc import SQLAlchemyError

from console import clock, db, live
from console.config import Settings
from console.errors import ConsoleError
from console.incidents import outbox
from console.logs import get_logger
from console.messages.operations import delivery, rounds
from console.timeline.signing import sign_and_store
from workers import queue
from workers.heartbeat import BEAT_SECONDS, beat
from workers.hints import Hints

log = get_logger("ticker")
SLEEP_SECONDS = 0.25
SIGN_SECONDS = 60.0
MAIL_SECONDS = 2.0


def tick(shards: int) -> None:
    """One look at everything.

    1. Write the rounds that are due, one transaction each.
    2. Stop what has passed its promise; release followers; recover what was abandoned.
    3. Hand out jobs for what can be sent.

    Args:
        shards: how many jobs a round is divided into.
    """
    with db.unit_of_work() as session:
        due = rounds.due_broadcasts(session, clock.now())
    for broadcast_id in due:
        try:
            with db.unit_of_work() as session:
                rounds.write_due(session, broadcast_id, clock.now())
        except Exception:
            # Tried again at the next tick; until then it must not hold up the others.
            log.error("round_not_written", broadcast=broadcast_id, exc_info=True)
    with db.unit_of_work() as session:
        now = clock.now()
        rounds.stale(session, now)
        rounds.release_followers(session, now)
        delivery.recover(session, now)
    hand_out(shards)


def hand_out(shards: int) -> None:
    """Enqueue a job per round and shard that has something to send and nobody at it."""
    with db.unit_of_work() as session:
        jobs = delivery.to_enqueue(session, shards, clock.now())
    for job in jobs:
        queue.enqueue(
            "deliver",
            f"r{job.round_id}-s{job.shard}-{job.count}",
            job.round_id,
            job.shard,
            shards,
        )


def hand_out_mail() -> None:
    """Enqueue the job that mails notices, if there is anything to mail."""
    with db.unit_of_work() as session:
        now = clock.now()
        if not outbox.has_work(session, now):
            return
    # RQ refuses an id long after its job has ended, so each hand-out has one of its own.
    queue.enqueue("send_notices", f"notices-{int(now.timestamp())}")


def next_moment() -> datetime | None:
    """The next time something falls due."""
    with db.unit_of_work() as session:
        moments = (rounds.next_due(session), rounds.next_grace(session, clock.now()))
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None


class Ticker:
    """`run()` ticks until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shards = max(1, settings.workers - 1)
        self.name = f"ticker-{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.beaten = self.signed = self.mailed = float("-inf")

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        hints = Hints(self.settings.redis_url or "", live.WORK)
        while not self.stopping.is_set():
            wait = SLEEP_SECONDS
            try:
                self._chores()
                tick(self.shards)
                moment = next_moment()
                if moment is not None:
                    wait = min(wait, max(0.0, (moment - clock.now()).total_seconds()))
            except (SQLAlchemyError, redis.RedisError) as error:
                log.warning("tick_failed", error=type(error).__name__)
            except Exception:
                log.error("tick_failed", exc_info=True)
            hints.wait(wait)

    def _chores(self) -> None:
        if clock.elapsed() - self.mailed >= MAIL_SECONDS:
            self.mailed = clock.elapsed()
            hand_out_mail()
        if clock.elapsed() - self.beaten >= BEAT_SECONDS:
            with db.unit_of_work() as session:
                beat(session, self.name, "ticker", clock.now())
            self.beaten = clock.elapsed()
        if clock.elapsed() - self.signed >= SIGN_SECONDS:
            self.signed = clock.elapsed()
            try:
                sign_and_store(self.settings, clock.now())
            except (ConsoleError, OSError) as error:
                # The second place is away, or the chain isn't the one it holds: nothing is signed
                # until somebody has looked, and messages go on.
                log.error("head_not_signed", reason=str(error))
