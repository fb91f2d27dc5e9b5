"""Mails notices about accounts outside events, as `notices` mails those of an event."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from channels.contract import Post
from console.accounts import telling
from console.accounts.custody_models import AccountNotice
from console.config import Settings
from console.incidents import wording
from console.policy.queries import current
from workers.mailing import Mail, send_queued


def send_notices() -> int:
    """Send every queued mail; returns how many were tried."""
    settings = Settings.from_env()

    def post_of(session: Session, notice: AccountNotice, key: str, now: datetime) -> Mail:
        subject, text = wording.told(
            notice.subject,
            notice.content,
            exercise=False,
            link=settings.console_url + notice.path,
            phone=current(session).phone,
        )
        post = Post(key=key, text=text, title=subject, language="sv", exercise=False)
        return notice.id, notice.person.email, post

    return send_queued(telling.MAILS, post_of)
