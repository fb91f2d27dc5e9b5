"""The job that asks citizens whether they want an account's messages. No person acts in it.

It goes through the account's own server, and to the one address only.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from channels import registry
from channels.contract import Channel, Post
from channels.failures import BadSettings, ChannelError, Retry, Unknown
from channels.http import Client
from channels.listed import Forgetful, Listed
from console import clock, sealing
from console.accounts.models import Account
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from console.recipients import letters
from console.recipients.letters import Question

log = get_logger("letters")
AT_ONCE = 4
"""Mail servers count connections from one sender."""


def send_letters(settings: Settings) -> int:
    """Send every queued question, a few at a time; returns how many were tried.

    1. Give up on starts that nobody answers for.
    2. Claim a few: *started* is committed before a server is called.
    3. Send them with no transaction open, and write each outcome.
    """
    with unit_of_work() as session:
        letters.give_up_on_lost(session, clock.now())
    tried = 0
    while questions := _claim(settings):
        asyncio.run(_send(settings, questions))
        tried += len(questions)
    return tried


def _claim(settings: Settings) -> list[tuple[Question, Channel[Any] | None, Any]]:
    with unit_of_work() as session:
        claimed = letters.claim(session, settings.console_url, clock.now(), AT_ONCE)
        return [(one, *_channel(session.get_one(Account, one.account_id))) for one in claimed]


def _channel(account: Account) -> tuple[Channel[Any] | None, Any]:
    """None: its settings can't be used."""
    channel = registry.for_delivery(account.kind, exercise=False)
    try:
        return channel, channel.parse(account.settings, sealing.unseal(account.secret))
    except (BadSettings, sealing.KeyTrouble) as error:
        return None, f"settings: {error}"


async def _send(
    settings: Settings, questions: list[tuple[Question, Channel[Any] | None, Any]]
) -> None:
    async with Client(settings.allow_hosts, now=lambda: clock.now().timestamp()) as client:
        await asyncio.gather(*(_one(client, *each) for each in questions))


async def _one(
    client: Client, question: Question, channel: Channel[Any] | None, found: Any
) -> None:
    if channel is None:
        state, detail = "failed", str(found)
    else:
        state, detail = await _ask(client, channel, found, question)
    await asyncio.to_thread(_settle, question.recipient_id, state, detail)


async def _ask(
    client: Client, channel: Channel[Any], settings: Any, question: Question
) -> tuple[str, str]:
    # An SMS says itself where to leave; in a mail the channel says it, in text and headers.
    leave = None if channel.kind == "sms" else question.leave
    one = Listed("reader", question.address, leave)
    alone = replace(settings, recipients=(), listed=(one,), ledger=Forgetful())
    post = Post(
        key=question.key,
        text=question.text,
        language=question.language,
        title=question.subject or None,
        made_at=clock.now().timestamp(),
    )
    try:
        await channel.publish(client, alone, post)
    except Unknown as error:
        return "unknown", error.reason.value
    except Retry as error:
        return "queued", error.reason.value
    except ChannelError as error:
        return "failed", error.reason.value
    except Exception as error:
        log.error("letter_failed", error=type(error).__name__)
        return "unknown", "no_answer"
    return "sent", ""


def _settle(recipient_id: int, state: str, detail: str) -> None:
    with unit_of_work() as session:
        letters.settle(session, recipient_id, state, detail, clock.now())
    log.info("letter_tried", recipient=recipient_id, outcome=state, detail=detail)
