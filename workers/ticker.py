"""The ticker: looks, decides, writes rows, hands out jobs. Any number may run at once.

It sleeps until a hint, the next due time, or half a second. A tick that fails is logged
and the next one carries on: nothing is remembered between ticks that the database doesn't hold.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime

import redis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from console import clock, db, live
from console.accounts import connecting, readiness, renewal
from console.accounts import telling as account_notices
from console.archive import links as archive_links
from console.archive import packing, snapshots
from console.board import monday
from console.config import Settings
from console.errors import ConsoleError
from console.incidents import outbox, outbox_addresses
from console.incidents.queries import any_open
from console.logs import get_logger
from console.messages.operations import (
    cards,
    enqueuing,
    finding,
    marks,
    outcomes,
    pinning,
    removing,
    rounds,
)
from console.people import own_addresses
from console.pictures import operations as pictures
from console.posts.operations import sending as posts
from console.recipients import letters, retention
from console.review import queries as exports
from console.site import start_page_operations as start_pages
from console.timeline.signing import sign_and_store
from workers import chores, queue
from workers.heartbeat import BEAT_SECONDS, beat
from workers.hints import Hints

log = get_logger("ticker")
SLEEP_SECONDS = 0.5
QUIET_SECONDS = 1.0
"""The same while no event is open: a hint or a post's own time still wakes it at once."""
SIGN_SECONDS = 60.0
MAIL_SECONDS = 2.0
ASK_SECONDS = 10.0
CHORE_SECONDS = 2.0
QUIET_CHORE_SECONDS = 5.0
"""Between two looks at what can wait a moment: a tick comes at every hint while posts go out."""
GIVING_WAY = 3
"""So many times as long while posts leave, which need all the processor there is."""


def tick(shards: int) -> None:
    """One look at everything.

    1. Write the rounds that are due, one transaction each: events' first, then ordinary posts.
    2. Stop what has passed its promise; release followers; recover what was abandoned.
    3. Hand out jobs for what can be sent.

    Args:
        shards: how many jobs a round is divided into.
    """
    with db.unit_of_work() as session:
        due = [(rounds.write_due, one) for one in rounds.due_broadcasts(session, clock.now())]
        due += [(posts.write_due, one) for one in posts.due(session, clock.now())]
    for write_due, broadcast_id in due:
        try:
            with db.unit_of_work() as session:
                write_due(session, broadcast_id, clock.now())
        except Exception:
            # Tried again at the next tick; until then it must not hold up the others.
            log.error("round_not_written", broadcast=broadcast_id, exc_info=True)
    with db.unit_of_work() as session:
        now = clock.now()
        rounds.stale(session, now)
        rounds.release_followers(session, now)
        outcomes.recover(session, now)
    chores.apart("faults_not_swept", marks.sweep)
    chores.apart("cards_not_given_up", cards.give_up)
    hand_out_job("cards")
    hand_out(shards)


def hand_out_job(name: str) -> None:
    """Enqueue one of `JOBS`, if there is anything for it to do."""
    job, has_work = JOBS[name]
    with db.unit_of_work() as session:
        now = clock.now()
        if not has_work(session, now):
            return
    # RQ refuses an id long after its job has ended, so each hand-out has one of its own.
    queue.enqueue(job, f"{name}-{int(now.timestamp())}")


def hand_out(shards: int) -> None:
    """Enqueue a job per round and shard that has something to send and nobody at it."""
    with db.unit_of_work() as session:
        jobs = enqueuing.to_enqueue(session, shards, clock.now())
    for job in jobs:
        queue.enqueue(
            "deliver",
            f"r{job.round_id}-s{job.shard}-{job.count}",
            job.round_id,
            job.shard,
            shards,
        )


def _notices_wait(session: Session, now: datetime) -> bool:
    boxes = (outbox, account_notices, monday, archive_links)
    return any(one.MAILS.has_work(session, now) for one in boxes)


def _own_wait(session: Session, now: datetime) -> bool:
    """Apart from mail: a slow mail server must not hold up a telephone."""
    return own_addresses.has_work(session, now) or outbox_addresses.has_work(session, now)


def _to_ask_about(session: Session, now: datetime) -> bool:
    return not enqueuing.posts_leave(session, now) and readiness.due(session, now)


JOBS: dict[str, tuple[str, Callable[[Session, datetime], bool]]] = {
    # Once a round is written, and mostly done before the website stands, so that few posts wait.
    "cards": ("draw_cards", pictures.due),
    "notices": ("send_notices", _notices_wait),
    "monday": ("write_monday_mails", lambda session, now: bool(monday.due(session, now, 1))),
    "removals": ("remove_posts", removing.has_work),
    "pins": ("pin_posts", pinning.has_work),
    "finding": ("find_posts", finding.has_work),
    "probing": ("probe_accounts", _to_ask_about),
    "renewing": ("renew_keys", renewal.due),
    "start-pages": ("look_at_start_pages", start_pages.due),
    "letters": ("send_letters", letters.has_work),
    "own-addresses": ("send_own_addresses", _own_wait),
    "exports": ("write_exports", exports.has_work),
    "packages": ("make_packages", packing.has_work),
}
"""First part of the ids → the job in `workers.jobs`, and whether it has anything to do now."""


def next_moment() -> tuple[datetime | None, bool]:
    """The next time something falls due, and whether an event is open."""
    with db.unit_of_work() as session:
        moments = (rounds.next_due(session), rounds.next_grace(session, clock.now()))
        busy = any_open(session)
    known = [moment for moment in moments if moment is not None]
    return (min(known) if known else None), busy


def _is_time(before: float, pause: float) -> bool:
    """Is it time for what gives way to posts?

    Args:
        before: when it was done last, as `clock.elapsed` says it.
        pause: seconds between two times.
    """
    gone = clock.elapsed() - before
    if pause <= gone < GIVING_WAY * pause:
        with db.unit_of_work() as session:
            return not enqueuing.posts_leave(session, clock.now())
    return gone >= pause


class Ticker:
    """`run()` ticks until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shards = settings.workers
        self.name = f"ticker-{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.busy = True
        self.beaten = self.signed = self.mailed = float("-inf")
        self.called = self.seen_to = self.asked = float("-inf")

    def run(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stopping.set())
        hints = Hints(self.settings.redis_url or "", live.WORK)
        while not self.stopping.is_set():
            wait = SLEEP_SECONDS
            try:
                # Rounds first: a chore's job that Redis doesn't take must not keep them unwritten.
                tick(self.shards)
                self._chores()
                moment, self.busy = next_moment()
                wait = SLEEP_SECONDS if self.busy else QUIET_SECONDS
                if moment is not None:
                    wait = min(wait, max(0.0, (moment - clock.now()).total_seconds()))
            except (SQLAlchemyError, redis.RedisError) as error:
                log.warning("tick_failed", error=type(error).__name__)
            except Exception:
                log.error("tick_failed", exc_info=True)
            hints.wait(wait)

    def _chores(self) -> None:
        mail = bool(self.settings.smtp_url)
        if clock.elapsed() - self.mailed >= MAIL_SECONDS:
            self.mailed = clock.elapsed()
            chores.remind(mail=mail)
            if mail:
                hand_out_job("monday")
            hand_out_job("notices")
        pause = CHORE_SECONDS if self.busy else QUIET_CHORE_SECONDS
        if clock.elapsed() - self.called >= pause:
            self.called = clock.elapsed()
            if _is_time(self.seen_to, pause):
                self.seen_to = clock.elapsed()
                chores.see_to(mail=mail)
                for name in ("removals", "pins", "finding", "letters", "exports", "packages"):
                    hand_out_job(name)
            else:
                # Never put off: a correction may wait for it while the wrong text goes out.
                chores.call_approvers(mail=mail)
            hand_out_job("own-addresses")
        # Whoever presses *Kontrollera nu* in calm waits for it; in a crisis posts come first.
        pause = ASK_SECONDS if self.busy else QUIET_CHORE_SECONDS
        if _is_time(self.asked, pause):
            self.asked = clock.elapsed()
            chores.ask_for_pledges(mail=mail)
            chores.count_checks()
            chores.apart("snapshots_not_asked", snapshots.ask)
            chores.ask_for_reports(mail=mail)
            chores.apart("recipients_not_forgotten", retention.see_to)
            hand_out_job("renewing")
            hand_out_job("probing")
            chores.apart("connections_not_forgotten", connecting.forget)
            hand_out_job("start-pages")
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


def run(settings: Settings) -> None:
    """Tick until told to stop."""
    Ticker(settings).run()
