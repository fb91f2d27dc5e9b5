"""Sends the mails of an outbox, a few at a time. No person acts in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from channels.contract import Post
from channels.email import send_notice
from channels.email_settings import EmailSettings
from channels.failures import BadSettings, ChannelError, Unknown
from channels.http import Client
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.mails import Mailed, MailState, Outbox

AT_ONCE = 4
"""Mail servers count connections from one sender."""

log = get_logger("mailing")

R = TypeVar("R", bound=Mailed)
Mail = tuple[int, str, Post]
"""(the row's id, address, post)"""


def send_queued(box: Outbox[R], post_of: Callable[[Session, R, str, datetime], Mail]) -> int:
    """Send every queued mail; returns how many were tried.

    1. Give up on starts that nobody answers for.
    2. Claim a few: *started* is committed before the mail server is called.
    3. Send them side by side, with no transaction open, and write each outcome.

    Args:
        post_of: (session, row, key, now) → its mail, within the transaction that claims it.
    """
    settings = Settings.from_env()
    with unit_of_work() as session:
        box.give_up_on_lost(session, clock.now())
    tried = 0
    while mails := _claim(box, post_of):
        asyncio.run(_send(settings, box, mails))
        tried += len(mails)
    return tried


def _claim(box: Outbox[R], post_of: Callable[[Session, R, str, datetime], Mail]) -> list[Mail]:
    with unit_of_work() as session:
        now = clock.now()
        return [post_of(session, row, key, now) for row, key in box.claim(session, now, AT_ONCE)]


async def _send(settings: Settings, box: Outbox[R], mails: list[Mail]) -> None:
    async with Client(settings.allow_hosts) as client:
        await asyncio.gather(*(_send_one(client, settings, box, *mail) for mail in mails))


async def _send_one(
    client: Client, settings: Settings, box: Outbox[R], row_id: int, address: str, post: Post
) -> None:
    outcome, detail = MailState.SENT, ""
    try:
        server = EmailSettings.from_url(settings.smtp_url or "", settings.mail_from, (address,))
        await send_notice(client, server, post)
    except BadSettings as error:
        outcome, detail = MailState.FAILED, str(error)
    except Unknown as error:
        outcome, detail = MailState.UNKNOWN, str(error)
    except ChannelError as error:
        outcome, detail = MailState.FAILED, str(error)
    with unit_of_work() as session:
        box.settle(session, row_id, outcome, detail, clock.now())
    log.info("mailed", key=post.key, outcome=outcome.value, detail=detail)
