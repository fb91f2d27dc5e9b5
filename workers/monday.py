"""Writes and mails Monday's work lists, a few people at a time."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from channels.contract import Post
from console import clock
from console.board import monday
from console.board.monday_models import MondayMail
from console.config import Settings
from console.db import unit_of_work
from console.logs import get_logger
from workers.mailing import Mail, send_queued

log = get_logger("monday")
BATCH = 25
"""People in one job, so that it never stands long in a crisis message's way."""


def write_mails(settings: Settings, app: Flask) -> int:
    """Look at the week of the next few, each in a transaction of its own; returns how many.
    One that fails is logged, and holds up nobody else's.

    Args:
        app: knows the addresses of pages and both languages.
    """
    with unit_of_work() as session:
        people = monday.due(session, clock.now(), BATCH)
    for person_id in people:
        try:
            with app.test_request_context(base_url=settings.console_url), unit_of_work() as session:
                monday.write(session, person_id, clock.now(), settings.console_url)
        except Exception:
            # Looked at again; until then nobody else's week waits for it.
            log.error("monday_not_written", person=person_id, exc_info=True)
    return len(people)


def send_mails() -> int:
    """Send every queued mail; returns how many were tried."""
    return send_queued(monday.MAILS, _mail)


def _mail(session: Session, mail: MondayMail, key: str, now: datetime) -> Mail:
    post = Post(key=key, text=mail.content, title=mail.subject, language=mail.language,
                exercise=False)  # fmt: skip
    return mail.id, mail.person.email, post
