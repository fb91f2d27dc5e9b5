"""The job that looks for posts whose answer was lost. It publishes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from channels import registry
from channels.contract import Channel, Post, Receipt
from channels.failures import Absent, ChannelError, Retry
from channels.http import Client
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.messages.models import Delivery
from console.messages.operations import finding
from workers import lists
from workers.posting import post_of, target_of, unprepared
from workers.refill import refill

log = get_logger("finding")
AT_ONCE = 64


@dataclass(frozen=True)
class _Lost:
    delivery_id: int
    channel: Channel[Any]
    settings: Any
    post: Post


def find_posts(settings: Settings) -> int:
    """Look for everything that is to be looked for now, some posts side by side; returns how
    many. No transaction is open while a platform is asked."""
    return asyncio.run(_find(settings))


def _claim(most: int, console_url: str) -> list[_Lost | None]:
    with unit_of_work() as session:
        rows = finding.claim(session, most, clock.now())
        return [_lost(session, row, console_url) for row in rows]


async def _find(settings: Settings) -> int:
    claim = partial(_claim, console_url=settings.console_url)
    async with Client(settings.allow_hosts, now=lambda: clock.now().timestamp()) as client:
        return await refill(claim, lambda lost: _look(client, lost), AT_ONCE)


def _lost(session: Session, row: Delivery, console_url: str) -> _Lost | None:
    """None: its channel shows nothing, or the account can't be asked any more."""
    try:
        channel, settings, _secret = target_of(row, row.account)
        made_at = row.round.at.timestamp()
        settings = lists.filled(
            session, settings, row.kind, row.account_id, console_url,
            delivery_id=row.id, post_key=row.idempotency_key, made_at=made_at,
            ordinary=row.incident_id is None,
        )  # fmt: skip
        shows = channel.can_read_back(settings) and channel.fingerprint(settings) == row.fingerprint
    except registry.NotPublished:
        return None
    except Exception as error:
        unprepared(row, error)
        return None
    if not shows:
        finding.cannot(session, row.id)
        return None
    return _Lost(row.id, channel, settings, post_of(row, made_at))


async def _look(client: Client, lost: _Lost | None) -> None:
    """One look. What can't be asked now is asked at the next."""
    if lost is None:
        return
    proves = lost.channel.absence_proves(lost.settings)
    receipt: Receipt | None = None
    try:
        receipt = await lost.channel.read_back(client, lost.settings, lost.post)
    except Absent:
        proves = True
    except Retry as error:
        if error.after is not None:
            await asyncio.to_thread(_later, lost, error.after)
        return
    except ChannelError as error:
        log.info("not_seen", delivery=lost.delivery_id, reason=str(error))
        return
    except Exception:
        log.error("look_failed", delivery=lost.delivery_id, exc_info=True)
        return
    await asyncio.to_thread(_settle, lost, receipt, proves)


def _later(lost: _Lost, wait: float) -> None:
    with unit_of_work() as session:
        finding.later(session, lost.delivery_id, wait, clock.now())


def _settle(lost: _Lost, receipt: Receipt | None, proves: bool) -> None:
    with unit_of_work() as session:
        now = clock.now()
        if receipt is not None:
            finding.seen(session, lost.delivery_id, receipt.remote_id, receipt.link, now)
        else:
            finding.absent(session, lost.delivery_id, proves=proves, now=now)
