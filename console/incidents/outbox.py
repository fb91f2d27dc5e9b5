"""A notice's mail, step by step: queued → started → sent, failed or unknown.

The row is the outbox. *Started* is committed before the mail server is called, so a mail that may
have left is never sent a second time by itself: it becomes *unknown*, and a person decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from console import live
from console.incidents.models import Notice
from console.incidents.rules import MailState
from console.timeline.operations import record

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


def has_work(session: Session, now: datetime) -> bool:
    """Is there a mail to send, or one that was lost on the way?"""
    lost = (Notice.mail_state == MailState.STARTED) & (Notice.mail_at < now - LOST_AFTER)
    return bool(
        session.scalar(select(exists().where((Notice.mail_state == MailState.QUEUED) | lost)))
    )


def claim(session: Session, now: datetime, limit: int) -> list[tuple[Notice, str]]:
    """Mark up to `limit` queued mails as started.

    Returns each notice with its key: the same for every copy of one queued mail, another one when
    a person has it queued again.
    """
    query = (
        select(Notice)
        .where(Notice.mail_state == MailState.QUEUED)
        .order_by(Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Notice)
    )
    claimed = []
    for notice in session.scalars(query).all():
        queued_at = notice.mail_at or notice.made_at
        claimed.append((notice, f"notice-{notice.id}-{queued_at.isoformat()}"))
        notice.mail_state, notice.mail_at = MailState.STARTED.value, now
    return claimed


def settle(
    session: Session, notice_id: int, outcome: MailState, detail: str, now: datetime
) -> None:
    """Write what became of a started mail: sent, failed or unknown.

    A late answer also settles what was given up as unknown; anything else is left as it is.
    """
    query = select(Notice).where(Notice.id == notice_id).with_for_update(of=Notice)
    notice = session.scalars(query).one()
    if notice.mail_state not in (MailState.STARTED, MailState.UNKNOWN):
        return
    notice.mail_state, notice.mail_at, notice.mail_detail = outcome.value, now, detail
    record(
        session,
        f"notice:mail:{outcome.value}",
        body={"notice": notice.id, "detail": detail},
        now=now,
        incident_id=notice.incident_id,
    )
    live.announce(session, live.incident_topic(notice.incident_id))


def give_up_on_lost(session: Session, now: datetime) -> int:
    """Starts that nobody answers for become unknown. Returns how many."""
    query = (
        select(Notice.id)
        .where(Notice.mail_state == MailState.STARTED, Notice.mail_at < now - LOST_AFTER)
        .order_by(Notice.id)
    )
    lost = list(session.scalars(query))
    for notice_id in lost:
        settle(session, notice_id, MailState.UNKNOWN, "no_answer", now)
    return len(lost)
