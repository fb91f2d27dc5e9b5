"""The mail of an event's notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from console import live
from console.incidents.models import Notice
from console.mails import Outbox
from console.timeline.operations import record


def _key(notice: Notice) -> str:
    """Another one when a person has it queued again."""
    return f"notice-{notice.id}-{(notice.mail_at or notice.made_at).isoformat()}"


def _settled(session: Session, notice: Notice, now: datetime) -> None:
    record(
        session,
        f"notice:mail:{notice.mail_state}",
        body={"notice": notice.id, "detail": notice.mail_detail},
        now=now,
        incident_id=notice.incident_id,
    )
    live.announce(session, live.incident_topic(notice.incident_id))


MAILS = Outbox(Notice, Notice.person, _key, _settled)
