"""The job that mails notices to administrators (7-a). No person acts in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from channels.contract import BadSettings, ChannelError, Post, Unknown
from channels.email import send_notice
from channels.email_settings import EmailSettings
from channels.http import Client
from channels.platforms import PLATFORMS
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.incidents import outbox, queries, wording
from console.incidents.models import Incident, Notice
from console.incidents.operations import links
from console.incidents.rules import TOLD, MailState
from console.logs import get_logger
from console.policy.queries import current

AT_ONCE = 4
"""Mail servers count connections from one sender."""

Settle = Callable[[Session, int, MailState, str, datetime], None]
"""Writes what became of a started mail, by the notice's id."""

log = get_logger("notices")


def send_notices() -> int:
    """Send every queued mail, a few at a time; returns how many were tried.

    1. Give up on starts that nobody answers for.
    2. Claim a few: *started* is committed before the mail server is called.
    3. Send them side by side, with no transaction open, and write each outcome.
    """
    settings = Settings.from_env()
    with unit_of_work() as session:
        outbox.give_up_on_lost(session, clock.now())
    tried = 0
    while posts := _claim(settings):
        asyncio.run(send_mails(settings, posts, outbox.settle))
        tried += len(posts)
    return tried


def _claim(settings: Settings) -> list[tuple[int, str, Post]]:
    """(notice id, address, post) for each mail now started."""
    with unit_of_work() as session:
        claimed, now = [], clock.now()
        for notice, key in outbox.claim(session, now, AT_ONCE):
            incident = queries.by_id(session, notice.incident_id)
            link = settings.console_url + links.make(session, notice, now)
            subject, text = words(session, notice, incident, link)
            post = Post(
                key=key, text=text, title=subject, language="sv", exercise=incident.exercise
            )
            claimed.append((notice.id, notice.person.email, post))
        return claimed


def words(
    session: Session, notice: Notice, incident: Incident, link: str, *, short: bool = False
) -> tuple[str, str]:
    """(subject, text) of a notice; `short`: for a telephone."""
    phone = current(session).phone
    if notice.kind in TOLD:
        return wording.told(
            notice.subject,
            notice.content,
            exercise=incident.exercise,
            link=link,
            phone=phone,
            short=short,
        )
    accounts = [
        f"{account.name} på {PLATFORMS[account.platform].name}"
        for account in queries.accounts_of(session, notice)
    ]
    if short:
        return wording.short(notice.kind, event=incident.name, accounts=accounts, link=link)
    return wording.mail(
        notice.kind,
        event=incident.name,
        exercise=incident.exercise,
        reason=incident.reason,
        accounts=accounts,
        link=link,
        phone=phone,
    )


async def send_mails(
    settings: Settings, posts: list[tuple[int, str, Post]], settle: Settle
) -> None:
    """Send each (notice id, address, post) and write its outcome with `settle`."""
    async with Client(settings.allow_hosts) as client:
        await asyncio.gather(*(_send_one(client, settings, settle, *one) for one in posts))


async def _send_one(
    client: Client, settings: Settings, settle: Settle, notice_id: int, address: str, post: Post
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
        settle(session, notice_id, outcome, detail, clock.now())
    log.info("notice_mailed", notice=notice_id, outcome=outcome.value, detail=detail)
