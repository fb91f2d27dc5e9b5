"""The job that deletes posts through their channels (4-i). No person acts in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.contract import Channel, Removal
from channels.failures import ChannelError, Reauthorise, Refused, Retry
from channels.http import Client
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.messages.models import RemovalPost
from console.messages.operations import removing
from workers import renewing
from workers.posting import target_of, unprepared

log = get_logger("removals")


@dataclass(frozen=True)
class _Task:
    post_id: int
    channel: Channel[Any]
    settings: Any
    removal: Removal
    account_id: int
    secret: Mapping[str, Any] = field(repr=False)


def remove_posts(settings: Settings) -> int:
    """Delete what is to go, one after the other; returns how many attempts were made.

    *started* is committed before the channel is called, and no transaction is open meanwhile. An
    attempt that nobody answers for is made again: a post that is gone already is no error.
    """
    tried = 0
    while (task := _claim()) is not None:
        if isinstance(task, _Task):
            asyncio.run(_remove(settings, task))
        tried += 1
    return tried


def _claim() -> _Task | bool | None:
    """The next post's request; True if what was claimed could not be prepared, None if nothing is
    left."""
    with unit_of_work() as session:
        one = removing.claim(session, clock.now())
        if one is None:
            return None
        row = one.delivery
        try:
            channel, settings, secret = target_of(row, row.account)
        except Exception as error:
            removing.settle(session, one, "by_hand", unprepared(row, error), clock.now())
            return True
        if channel.fingerprint(settings) != row.fingerprint:
            # The account points elsewhere since: there may be another post with that id.
            removing.settle(session, one, "by_hand", "target_changed", clock.now())
            return True
        request = Removal(remote_id=row.remote_id or "", exercise=row.exercise)
        return _Task(one.id, channel, settings, request, row.account_id, secret)


async def _delete(client: Client, task: _Task, *, mail: bool) -> None:
    """With another key at the next attempt, where the platform won't have this one."""
    try:
        await task.channel.delete(client, task.settings, task.removal)
    except Reauthorise as error:
        if task.secret and await renewing.renewed(client, task.account_id, task.secret, mail=mail):
            raise Retry(error.reason, error.detail) from error
        raise
    finally:
        await renewing.finished()


async def _remove(settings: Settings, task: _Task) -> None:
    reason, certain = "", True
    try:
        async with Client(settings.allow_hosts, now=lambda: clock.now().timestamp()) as client:
            await _delete(client, task, mail=bool(settings.smtp_url))
    except Refused as error:
        reason = str(error)
    except ChannelError as error:
        reason, certain = str(error), False
    except Exception as error:
        log.error("removal_failed", post=task.post_id, exc_info=True)
        reason, certain = type(error).__name__, False
    with unit_of_work() as session:
        one = session.get_one(RemovalPost, task.post_id, with_for_update={"of": RemovalPost})
        now = clock.now()
        if one.state != "started":
            return  # a person has said meanwhile that it is gone
        if not certain:
            removing.again(session, one, reason, now)
        else:
            removing.settle(session, one, "by_hand" if reason else "gone", reason, now)
