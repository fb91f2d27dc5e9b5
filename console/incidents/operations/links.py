"""Personal one-purpose links: one notice, read and acknowledged, and nothing else.

Every message carries a secret of its own, of which only the digest is stored. It is valid while
the event is open and its person may use the console. Opening it changes nothing: mail scanners
follow links.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.errors import NotFound
from console.incidents.models import Incident, Notice, NoticeLink
from console.incidents.rules import LINKED, State
from console.people.queries import digest_of


class UnknownLink(NotFound):
    """No message ever carried this secret: somebody may be guessing."""


def make(session: Session, notice: Notice, now: datetime) -> str:
    """The path that a message about `notice` carries: with a secret where its kind has one."""
    if notice.kind not in LINKED:
        return notice.path or f"/notices/{notice.id}"
    token = secrets.token_urlsafe(32)
    session.add(NoticeLink(notice_id=notice.id, token_digest=digest_of(token), made_at=now))
    return f"/read/{token}"


def notice_of(session: Session, token: str) -> tuple[Notice, Incident]:
    """The notice that a link opens, and its event.

    Raises:
        UnknownLink: there never was such a link.
        NotFound: the event is over, or its person has left.
    """
    query = (
        select(Notice, Incident)
        .join(NoticeLink, NoticeLink.notice_id == Notice.id)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(NoticeLink.token_digest == digest_of(token))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise UnknownLink(_("Länken gäller inte. Är hela adressen med? Logga in annars."))
    notice, incident = row
    if incident.state != State.OPEN or not notice.person.active:
        raise NotFound(_("Länken gäller inte längre: händelsen är över. Logga in för att läsa."))
    return notice, incident
