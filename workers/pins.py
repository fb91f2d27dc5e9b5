"""The job that makes posts stand first on their accounts, and lets them stand there no more. No
person acts in it, and no post waits for it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from channels.contract import Channel, Pin
from channels.failures import ChannelError, Reason, Reauthorise, Refused, Retry
from channels.http import Client
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.messages.operations import pinning
from console.messages.pin_models import PostPin
from workers import renewing
from workers.posting import target_of, unprepared
from workers.refill import refill

log = get_logger("pins")
AT_ONCE = 16
SECONDS = 15.0
"""An attempt's time: well within its lease (`pinning.LEASE`), so that none comes after the next."""


@dataclass(frozen=True)
class _Task:
    pin_id: int
    token: uuid.UUID
    lift: bool
    channel: Channel[Any]
    settings: Any
    remote_id: str
    before: str
    exercise: bool
    account_id: int
    claimed: float
    """On `clock.elapsed`."""
    secret: Mapping[str, Any] = field(repr=False)


def pin_posts(settings: Settings) -> int:
    """Do what is to be done, some side by side; returns how many attempts were made.

    *started* is committed before a channel is called, and no transaction is open meanwhile.
    """
    return asyncio.run(_side_by_side(settings))


async def _side_by_side(settings: Settings) -> int:
    mail = bool(settings.smtp_url)
    async with Client(
        settings.allow_hosts, total=SECONDS, now=lambda: clock.now().timestamp()
    ) as client:
        try:
            claim = partial(_claim, mail=mail)
            return await refill(claim, lambda task: _attempt(client, task, mail=mail), AT_ONCE)
        finally:
            await renewing.finished()


def _claim(most: int, *, mail: bool) -> list[_Task | None]:
    """None stands for what can't be asked for, and is settled."""
    claimed = clock.elapsed()
    tasks: list[_Task | None] = []
    with unit_of_work() as session:
        now = clock.now()
        for one in pinning.claim(session, most, now):
            try:
                tasks.append(_task(one, claimed))
                continue
            except _Elsewhere:
                reason = "target_changed"
            except Exception as error:
                reason = unprepared(one.delivery, error)
            assert one.token is not None
            pinning.settle(
                session, one.id, one.token, lifted=not one.wanted, reason=reason,
                certain=True, now=now, mail=mail,
            )  # fmt: skip
            tasks.append(None)
    return tasks


class _Elsewhere(Exception):
    """The account points elsewhere since: there may be somebody else's post with that id."""


def _task(one: PostPin, claimed: float) -> _Task:
    """Raises _Elsewhere, and whatever `posting.unprepared` is asked about."""
    row = one.delivery
    channel, settings, secret = target_of(row, row.account)
    if channel.fingerprint(settings) != row.fingerprint:
        raise _Elsewhere
    assert one.token is not None
    return _Task(
        one.id, one.token, not one.wanted, channel, settings, row.remote_id or "", one.before,
        row.exercise, one.account_id, claimed, secret,
    )  # fmt: skip


async def _attempt(client: Client, task: _Task | None, *, mail: bool) -> None:
    if task is None:
        return
    reason, certain, after = "", True, None
    try:
        await _ask(client, task, mail=mail)
    except Refused as error:
        reason = str(error)
    except ChannelError as error:
        reason, certain = str(error), False
        after = error.after if isinstance(error, Retry) else None
    except TimeoutError:
        reason, certain = f"{Reason.NO_ANSWER}: no time left", False
    except Exception as error:
        log.error("pin_failed", pin=task.pin_id, exc_info=True)
        reason, certain = type(error).__name__, False
    await asyncio.to_thread(
        partial(_settle, task, reason=reason, certain=certain, after=after, mail=mail)
    )


async def _ask(client: Client, task: _Task, *, mail: bool) -> None:
    """With another key at the next attempt, where the platform won't have this one."""
    if clock.elapsed() - task.claimed >= SECONDS:
        raise Retry(Reason.NO_CONNECTION, "the worker stood still")
    given = Pin(
        remote_id=task.remote_id,
        before=task.before,
        remember=partial(_remember, task),
        exercise=task.exercise,
    )
    ask = task.channel.unpin if task.lift else task.channel.pin
    try:
        async with asyncio.timeout(SECONDS - 1):
            await ask(client, task.settings, given)
    except Reauthorise as error:
        if task.secret and await renewing.renewed(client, task.account_id, task.secret, mail=mail):
            raise Retry(error.reason, error.detail) from error
        raise


async def _remember(task: _Task, before: str) -> None:
    def keep() -> bool:
        with unit_of_work() as session:
            return pinning.remember(session, task.pin_id, task.token, before)

    if not await asyncio.to_thread(keep):
        raise Retry(Reason.NO_CONNECTION, "the row is somebody else's by now")


def _settle(task: _Task, *, reason: str, certain: bool, after: float | None, mail: bool) -> None:
    with unit_of_work() as session:
        pinning.settle(
            session, task.pin_id, task.token, lifted=task.lift, reason=reason, certain=certain,
            now=clock.now(), after=after, mail=mail,
        )  # fmt: skip
