"""The job that asks each account's platform whether a post would be taken. It publishes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from channels import registry
from channels.connecting import RENEWERS
from channels.contract import Channel, Readiness
from channels.failures import BadSettings, ChannelError, Reason, Reauthorise, Refused
from channels.http import Client
from console import clock, sealing
from console.accounts import readiness
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.messages.operations import enqueuing
from workers import lists, renewing
from workers.refill import refill

log = get_logger("probing")
AT_ONCE = 16


@dataclass(frozen=True)
class _Asked:
    account_id: int
    channel: Channel[Any]
    settings: Any
    unseen: bool
    """The platform takes no post without a picture, and couldn't fetch ours."""
    account: Mapping[str, Any]
    """The account's stored settings."""
    secret: Mapping[str, Any] = field(repr=False)


def probe_accounts(settings: Settings) -> int:
    """Ask about every account whose day it is, some side by side, until posts leave; returns how
    many. No transaction is open meanwhile."""
    return asyncio.run(_ask(settings))


def _claim(most: int, given: Settings) -> list[_Asked | None]:
    batch: list[_Asked | None] = []
    with unit_of_work() as session:
        now = clock.now()
        if enqueuing.posts_leave(session, now):
            return []  # the ticker hands out what is left
        for account in readiness.claim(session, most, now):
            channel = registry.for_delivery(account.kind, exercise=False)
            try:
                secret = sealing.unseal(account.secret)
                settings = channel.parse(account.settings, secret)
                settings = lists.filled(
                    session, settings, account.kind, account.id, given.console_url
                )
            except (BadSettings, sealing.KeyTrouble) as error:
                found = Readiness(reason=Reason.SETTINGS, detail=str(error))
                readiness.keep(session, account.id, found, now)
                batch.append(None)
            else:
                fetches = account.kind in readiness.PICTURED & readiness.FETCHING
                unseen = fetches and not given.public_url_is_open
                batch.append(
                    _Asked(account.id, channel, settings, unseen, account.settings, secret)
                )
    return batch


async def _ask(settings: Settings) -> int:
    async with Client(settings.allow_hosts, now=lambda: clock.now().timestamp()) as client:
        claim = partial(_claim, given=settings)
        mail = bool(settings.smtp_url)
        asked = await refill(claim, lambda one: _probe(client, one, mail), AT_ONCE)
        await renewing.finished()
        return asked


async def _probe(client: Client, one: _Asked | None, mail: bool) -> None:
    """Without an answer nothing is written: what was known grows old, and that is told."""
    if one is None:
        return
    used = one.secret
    try:
        found = await one.channel.probe(client, one.settings)
        if found.reason is Reason.CREDENTIALS and one.channel.kind in RENEWERS:
            # The platform won't have this key; there may be another (X: after two hours).
            secret = await renewing.renewed(client, one.account_id, one.secret, mail=mail)
            if secret is not None:
                used = secret
                found = await one.channel.probe(client, one.channel.parse(one.account, secret))
        if one.unseen and found.reason is None:
            found = replace(found, reason=Reason.NO_ADDRESS)
    except (Refused, Reauthorise) as error:
        found = Readiness(reason=error.reason, detail=error.detail)
    except ChannelError as error:
        log.info("no_answer", account=one.account_id, reason=str(error))
        return
    except Exception:
        log.error("probe_failed", account=one.account_id, exc_info=True)
        return
    await asyncio.to_thread(_keep, one, used, found)


def _keep(one: _Asked, used: Mapping[str, Any], found: Readiness) -> None:
    """What was said of a key or of settings that have changed meanwhile is asked again."""
    with unit_of_work() as session:
        account = readiness.asked_with(session, one.account_id)
        try:
            same = account.settings == one.account and sealing.unseal(account.secret) == used
        except sealing.KeyTrouble:
            same = False
        if not same:
            readiness.ask_now(session, [one.account_id], clock.now())
        else:
            readiness.keep(session, one.account_id, found, clock.now(), one.account)
