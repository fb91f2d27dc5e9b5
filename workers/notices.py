"""The job that mails notices to administrators (7-a). No person acts in it."""

from __future__ import annotations

import asyncio

from channels.contract import BadSettings, ChannelError, Post, Unknown
from channels.email import send_notice
from channels.email_settings import EmailSettings
from channels.http import Client
from channels.platforms import PLATFORMS
from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.incidents import outbox, queries, wording
from console.incidents.models import Notice
from console.incidents.rules import MailState
from console.logs import get_logger
from console.policy.queries import current

AT_ONCE = 4
"""Mail servers count connections from one sender."""

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
        asyncio.run(_send(settings, posts))
        tried += len(posts)
    return tried


def _claim(settings: Settings) -> list[tuple[int, str, Post]]:
    """(notice id, address, post) for each mail now started."""
    with unit_of_work() as session:
        phone = current(session).phone
        claimed = []
        for notice, key in outbox.claim(session, clock.now(), AT_ONCE):
            incident = queries.by_id(session, notice.incident_id)
            subject, text = wording.mail(
                notice.kind,
                event=incident.name,
                exercise=incident.exercise,
                reason=incident.reason,
                accounts=[
                    f"{account.name} på {PLATFORMS[account.platform].name}"
                    for account in queries.accounts_of(session, notice)
                ],
                link=_link(settings, notice),
                phone=phone,
            )
            post = Post(
                key=key, text=text, title=subject, language="sv", exercise=incident.exercise
            )
            claimed.append((notice.id, notice.person.email, post))
        return claimed


def _link(settings: Settings, notice: Notice) -> str:
    return f"{settings.console_url}/notices/{notice.id}"


async def _send(settings: Settings, posts: list[tuple[int, str, Post]]) -> None:
    async with Client(settings.allow_hosts) as client:
        await asyncio.gather(*(_send_one(client, settings, *one) for one in posts))


async def _send_one(
    client: Client, settings: Settings, notice_id: int, address: str, post: Post
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
        outbox.settle(session, notice_id, outcome, detail, clock.now())
    log.info("notice_mailed", notice=notice_id, outcome=outcome.value, detail=detail)
