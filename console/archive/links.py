"""The mail of a delivery, and what its link opens.

The secret is made when the mail leaves; only its digest is stored. Opening the link changes
nothing: mail scanners follow links.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.archive.models import ArchiveLink
from console.errors import NotFound
from console.incidents.operations.links import UnknownLink
from console.mails import Outbox
from console.people.queries import digest_of
from console.timeline.operations import record


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


def renew(link: ArchiveLink) -> str:
    """A secret for the link, to be mailed and not kept."""
    token = secrets.token_urlsafe(32)
    link.token_digest = digest_of(token)
    return token


def _settled(session: Session, link: ArchiveLink, now: datetime) -> None:
    body = {"delivery": link.delivery_id, "to": link.person_id, "detail": link.mail_detail}
    record(
        session, f"archive:mail:{link.mail_state}", body=body, now=now,
        incident_id=link.delivery.incident_id,
    )  # fmt: skip


MAILS = Outbox(ArchiveLink, ArchiveLink.person, lambda link: f"archive-{link.id}", _settled)
