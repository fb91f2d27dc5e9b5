"""The mail of a delivery, step by step, and what its link opens.

The row is the outbox, as other notices' are: queued → started → sent, failed or unknown, *started*
being committed before the mail server is called. The secret is made when the mail leaves; only its
digest is stored. Opening the link changes nothing: mail scanners follow links.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from console.archive.models import ArchiveLink
from console.errors import NotFound
from console.incidents.operations.links import UnknownLink
from console.people.queries import digest_of
from console.timeline.operations import record

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


def opened(session: Session, token: str, now: datetime) -> ArchiveLink:
    """The link that carries this secret, if it opens anything.

    Raises:
        UnknownLink: there never was such a link.
        NotFound: it is too old, another was sent in its stead, or its person has left.
    """
    query = select(ArchiveLink).where(ArchiveLink.token_digest == digest_of(token))
    link = session.scalars(query).one_or_none()
    if link is None:
        raise UnknownLink(_("Länken gäller inte. Är hela adressen med? Logga in annars."))
    if link.ended_at is not None or link.expires_at < now or not link.person.active:
        raise NotFound(_("Länken gäller inte längre. Logga in, eller be om en ny."))
    return link


def has_work(session: Session, now: datetime) -> bool:
    """Is there a mail to send, or one that was lost on the way?"""
    lost = (ArchiveLink.mail_state == "started") & (ArchiveLink.mail_at < now - LOST_AFTER)
    wanted = (ArchiveLink.mail_state == "queued") | lost
    return bool(session.scalar(select(exists().where(wanted))))


def claim(session: Session, now: datetime, limit: int) -> list[tuple[ArchiveLink, str, str]]:
    """Mark up to `limit` queued mails as started; each with its key and its link's secret."""
    query = (
        select(ArchiveLink)
        .where(ArchiveLink.mail_state == "queued")
        .order_by(ArchiveLink.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=ArchiveLink)
    )
    claimed = []
    for link in session.scalars(query).all():
        token = secrets.token_urlsafe(32)
        link.token_digest = digest_of(token)
        link.mail_state, link.mail_at = "started", now
        claimed.append((link, f"archive-{link.id}", token))
    return claimed


def settle(session: Session, link_id: int, outcome: str, detail: str, now: datetime) -> None:
    """Write what became of a started mail: "sent", "failed" or "unknown". A late answer settles an
    unknown too; anything else is left as it is."""
    query = select(ArchiveLink).where(ArchiveLink.id == link_id)
    link = session.scalars(query.with_for_update(of=ArchiveLink)).one()
    if link.mail_state not in ("started", "unknown"):
        return
    link.mail_state, link.mail_at, link.mail_detail = outcome, now, detail
    body = {"delivery": link.delivery_id, "to": link.person_id, "detail": detail}
    record(
        session, f"archive:mail:{outcome}", body=body, now=now,
        incident_id=link.delivery.incident_id,
    )  # fmt: skip


def give_up_on_lost(session: Session, now: datetime) -> None:
    """Starts that nobody answers for become unknown, and are never sent again by themselves."""
    query = select(ArchiveLink.id).where(
        ArchiveLink.mail_state == "started", ArchiveLink.mail_at < now - LOST_AFTER
    )
    for link_id in list(session.scalars(query.order_by(ArchiveLink.id))):
        settle(session, link_id, "unknown", "no_answer", now)
