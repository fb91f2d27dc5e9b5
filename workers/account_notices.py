"""Mails notices about accounts outside events, as `notices` mails those of an event."""

from __future__ import annotations

import asyncio

from channels.contract import Post
from console import clock
from console.accounts import telling
from console.config import Settings
from console.db import unit_of_work
from console.incidents import wording
from console.policy.queries import current
from workers.notices import AT_ONCE, send_mails


def send_notices() -> int:
    """Send every queued mail, a few at a time; returns how many were tried.

    *Started* is committed before the mail server is called; no transaction is open meanwhile.
    """
    settings = Settings.from_env()
    with unit_of_work() as session:
        telling.give_up_on_lost(session, clock.now())
    tried = 0
    while posts := _claim(settings):
        asyncio.run(send_mails(settings, posts, telling.settle))
        tried += len(posts)
    return tried


def _claim(settings: Settings) -> list[tuple[int, str, Post]]:
    """(notice id, address, post) for each mail now started."""
    with unit_of_work() as session:
        phone = current(session).phone
        claimed = []
        for notice, key in telling.claim(session, clock.now(), AT_ONCE):
            subject, text = wording.told(
                notice.subject,
                notice.content,
                exercise=False,
                link=settings.console_url + notice.path,
                phone=phone,
            )
            post = Post(key=key, text=text, title=subject, language="sv", exercise=False)
            claimed.append((notice.id, notice.person.email, post))
        return claimed
