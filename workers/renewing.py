"""The job that renews keys before they die, and the same in the middle of a round. It publishes
nothing.

What a platform answers is stored at once, in a transaction of its own; a database away is waited
for, since some keys (X) can be renewed once only. Whatever else dies, dies after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from channels.connecting import RENEWERS, renewer
from channels.failures import BadSettings, ChannelError, Reason, Reauthorise, Retry
from channels.http import Client
from console import clock, sealing
from console.accounts import renewal
from console.accounts.renewal import Claimed, Newer, Wait
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger

T = TypeVar("T")
log = get_logger("renewing")
AT_ONCE = 16
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 15.0
"""How long a post waits for somebody else's renewal; then it is tried again later."""
ALMOST_SECONDS = 300.0
"""A key that dies sooner than this isn't used for another post."""


class End(Enum):
    """What came of an asking that gave no key."""

    DEAD = auto()
    LATER = auto()
    REFUSED = auto()
    """For a reason that isn't the key's: the app's, or our own."""
    REPLACED = auto()
    """By another key, meanwhile."""


_UNDER_WAY: set[asyncio.Task[dict[str, Any] | End]] = set()


def renew_keys(settings: Settings) -> int:
    """Renew every key whose time it is, some side by side; returns how many were looked at. No
    transaction is open while a platform is asked."""
    looked = 0
    while True:
        with unit_of_work() as session:
            claimed, rows = renewal.claim(session, AT_ONCE, clock.now())
        if not rows:
            return looked
        looked += rows
        if claimed:
            asyncio.run(_side_by_side(settings, claimed))


async def _side_by_side(settings: Settings, claimed: list[Claimed]) -> None:
    mail = bool(settings.smtp_url)
    async with Client(settings.allow_hosts, now=lambda: clock.now().timestamp()) as client:
        # Whatever breaks for one, the others' answers are still stored: some come once only.
        every = (_renew(client, one, mail) for one in claimed)
        ends = await asyncio.gather(*every, return_exceptions=True)
    for one, end in zip(claimed, ends, strict=True):
        if isinstance(end, BaseException):
            log.error("renewal_broke", account=one.account_id, error=type(end).__name__)


def almost_dead(kind: str, secret: Mapping[str, Any]) -> bool:
    """Should this key be renewed before it is used?"""
    dies = str(secret.get("expires_at", ""))
    if kind not in RENEWERS or not dies.isdecimal():
        return False
    return float(dies) - clock.now().timestamp() < ALMOST_SECONDS


async def renewed(
    client: Client, account_id: int, used: Mapping[str, Any], *, mail: bool
) -> dict[str, Any] | None:
    """Another secret for an account in the place of `used`, renewed here or by somebody else
    meanwhile. None: there is none to be had.

    Whoever stops waiting stops nothing: call `finished` before the client is closed.

    Raises:
        Retry: none came, and one may come later.
    """

    def ask(session: Session) -> Claimed | Newer | Wait | None:
        return renewal.claim_one(session, account_id, used, clock.now())

    until = clock.elapsed() + PATIENCE_SECONDS
    while clock.elapsed() < until:
        try:
            found = await _in_database(ask)
        except sealing.KeyTrouble:
            return None
        match found:
            case None:
                return None
            case Newer(secret):
                return secret
            case Claimed():
                task = asyncio.create_task(_renew(client, found, mail))
                _UNDER_WAY.add(task)
                task.add_done_callback(_UNDER_WAY.discard)
                result = await asyncio.shield(task)
                if isinstance(result, dict):
                    return result
                if result is End.LATER:
                    raise Retry(Reason.NO_CONNECTION, "the key could not be renewed now")
                if result is not End.REPLACED:
                    return None
            case Wait():
                await asyncio.sleep(LOOK_SECONDS)
    raise Retry(Reason.BUSY, "somebody else is renewing the key")


async def finished() -> None:
    """Wait for the renewals that this loop began: an answer that nobody stores is a key lost."""
    loop = asyncio.get_running_loop()
    if mine := {task for task in tuple(_UNDER_WAY) if task.get_loop() is loop}:
        await asyncio.wait(mine)


async def _renew(client: Client, one: Claimed, mail: bool) -> dict[str, Any] | End:
    """Ask the platform once, and write down what came of it: the stored secret, or why none."""
    try:
        fresh = await renewer(one.kind).renew(client, one.settings, one.secret)
    except Reauthorise as error:
        detail = error.detail
        await _in_database(lambda s: renewal.bury(s, one, detail, clock.now(), mail=mail))
        log.warning("key_dead", account=one.account_id, reason=str(error))
        return End.DEAD
    except (ChannelError, BadSettings) as error:
        return await _later(one, error)
    except Exception as error:
        log.error("renewal_failed", account=one.account_id, error=type(error).__name__)
        return await _later(one, Retry(Reason.NO_CONNECTION, type(error).__name__))
    try:
        stored = await _in_database(lambda s: renewal.store(s, one, fresh, clock.now()))
    except BadSettings as error:
        return await _later(one, error)
    return End.REPLACED if stored is None else stored


async def _later(one: Claimed, error: ChannelError | BadSettings) -> End:
    wait, end = renewal.AGAIN, End.LATER
    if isinstance(error, Retry) and error.after is not None:
        wait = max(wait, timedelta(seconds=min(error.after, 3_600)))
    elif not isinstance(error, Retry):
        wait, end = renewal.REFUSED, End.REFUSED
    detail = str(error) if isinstance(error, ChannelError) else f"no usable {error.field}"
    log.info("key_not_renewed", account=one.account_id, reason=detail)
    await _in_database(lambda s: renewal.later(s, one, wait, detail, clock.now()))
    return end


async def _in_database(question: Callable[[Session], T]) -> T:
    """In a thread and a transaction of its own, again and again while the database is away, or all
    of this process's connections are taken."""

    def ask() -> T:
        with unit_of_work() as session:
            return question(session)

    while True:
        try:
            return await asyncio.to_thread(ask)
        except (OperationalError, NoConnection) as error:
            log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(0.3)
