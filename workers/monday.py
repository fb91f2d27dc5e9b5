"""Writes and mails Monday's work lists, a few people at a time."""

from __future__ import annotations

import asyncio

from flask import Flask

from channels.contract import Post
from console import clock
from console.board import monday
from console.config import Settings
from console.db import unit_of_work
from workers.notices import AT_ONCE, send_mails

BATCH = 25
"""People in one job, so that it never stands long in a crisis message's way."""


def write_mails(settings: Settings, app: Flask) -> int:
    """Look at the week of the next few, each in a transaction of its own; returns how many.

    Args:
        app: knows the addresses of pages and both languages.
    """
    with unit_of_work() as session:
        people = monday.due(session, clock.now(), BATCH)
    for person_id in people:
        with app.test_request_context(base_url=settings.console_url), unit_of_work() as session:
            monday.write(session, person_id, clock.now(), settings.console_url)
    return len(people)


def send_queued() -> int:
    """Send every queued mail; returns how many were tried. *Started* is committed before the mail
    server is called; no transaction is open meanwhile."""
    settings = Settings.from_env()
    with unit_of_work() as session:
        monday.give_up_on_lost(session, clock.now())
    tried = 0
    while posts := _claim():
        asyncio.run(send_mails(settings, posts, monday.settle))
        tried += len(posts)
    return tried


def _claim() -> list[tuple[int, str, Post]]:
    """(mail's id, address, post) for each now started."""
    with unit_of_work() as session:
        claimed = []
        for mail, key in monday.claim(session, clock.now(), AT_ONCE):
            post = Post(key=key, text=mail.content, title=mail.subject, language=mail.language,
                        exercise=False)  # fmt: skip
            claimed.append((mail.id, mail.person.email, post))
        return claimed
