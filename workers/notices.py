"""The job that mails notices to administrators (7-a). No person acts in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from channels.contract import Post
from channels.platforms import PLATFORMS
from console.config import Settings
from console.incidents import outbox, queries, wording
from console.incidents.models import Incident, Notice
from console.incidents.operations import links
from console.incidents.rules import TOLD
from console.policy.queries import current
from workers.mailing import Mail, send_queued


def send_notices() -> int:
    """Send every queued mail; returns how many were tried."""
    settings = Settings.from_env()

    def post_of(session: Session, notice: Notice, key: str, now: datetime) -> Mail:
        incident = queries.by_id(session, notice.incident_id)
        link = settings.console_url + links.make(session, notice, now)
        subject, text = words(session, notice, incident, link)
        post = Post(key=key, text=text, title=subject, language="sv", exercise=incident.exercise)
        return notice.id, notice.person.email, post

    return send_queued(outbox.MAILS, post_of)


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
    accounts = queries.accounts_of(session, notice)
    spoken = {one.id: f"{one.name} på {PLATFORMS[one.platform].name}" for one in accounts}
    names = list(spoken.values())
    holders = queries.holders(session, incident, spoken)
    held = [
        wording.Held(
            spoken[one],
            f"övningen {event.name}" if event.exercise else event.name,
            not event.exercise,
        )
        for one, event in holders.items()
    ]
    if short:
        return wording.short(notice.kind, event=incident.name, accounts=names, link=link, held=held)
    return wording.mail(
        notice.kind,
        event=incident.name,
        exercise=incident.exercise,
        reason=incident.reason,
        accounts=names,
        link=link,
        phone=phone,
        held=held,
    )
