"""Read-only addresses to one page of one event, for a screen or desk that can't log in.

Who has the address sees the page, until somebody revokes it; it doesn't time out, since nobody
stands at a wall to log in. It shows one event, changes nothing, and is known by a digest.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput, NotFound
from console.incidents.models import Incident, ViewLink
from console.incidents.operations.common import allow, hold_open, record_for
from console.people.models import Person
from console.people.queries import digest_of
from console.people.rules import Permission

LABEL_LENGTH = 60
"""Characters."""
SEEN_STEP = timedelta(minutes=1)
"""Use is written down at most this often."""


class Purpose(StrEnum):
    """Which page a link shows."""

    WALL = "wall"
    SWITCHBOARD = "switchboard"


PURPOSE_LABELS: dict[Purpose, LazyString] = {
    Purpose.WALL: _l("Väggskärm"),
    Purpose.SWITCHBOARD: _l("Växelns sida"),
}


@dataclass(frozen=True)
class Standing:
    """What a link that holds shows."""

    link_id: int
    purpose: str
    incident_id: int
    slug: str
    language: str
    """The one of whoever made the link: a screen has no reader to ask."""
    seen_at: datetime | None


def topic(link_id: int) -> str:
    """Hinted at when the link is revoked."""
    return f"view_link:{link_id}"


def make(
    session: Session,
    actor: Person,
    incident: Incident,
    purpose: str,
    label: str,
    now: datetime,
    *,
    purposes: Collection[str],
) -> tuple[ViewLink, str]:
    """Make a link. Returns it and its secret, which is stored nowhere.

    Args:
        label: where it will be used, at most LABEL_LENGTH characters.
        purposes: the pages that there are.

    Raises:
        NotAllowed; WrongState: the event is closed; BadInput: fields label, purpose.
    """
    allow(actor, Permission.MANAGE_VIEW_LINKS)
    hold_open(session, incident)
    label = " ".join(label.split())
    if purpose not in purposes:
        raise BadInput(_("Välj vad länken ska visa."), field="purpose")
    if not label:
        raise BadInput(_("Skriv var länken ska användas, till exempel Ledningsrummet."), "label")
    if len(label) > LABEL_LENGTH:
        raise BadInput(_("Korta namnet till högst 60 tecken."), field="label")
    token = secrets.token_urlsafe(32)
    link = ViewLink(
        incident_id=incident.id,
        purpose=purpose,
        token_digest=digest_of(token),
        label=label,
        made_by_id=actor.id,
        made_at=now,
    )
    session.add(link)
    session.flush()
    facts = {"link": link.id, "purpose": purpose, "label": label}
    record_for(session, "view_link:made", incident, actor, now, **facts)
    return link, token


def revoke(
    session: Session, actor: Person, incident: Incident, link_id: int, now: datetime
) -> ViewLink:
    """End a link: whoever has it open is shut out within a second. Once more does nothing.

    Raises:
        NotAllowed; NotFound: the event has no such link.
    """
    allow(actor, Permission.MANAGE_VIEW_LINKS)
    link = session.get(ViewLink, link_id, with_for_update={"of": ViewLink})
    if link is None or link.incident_id != incident.id:
        raise NotFound(_("Länken finns inte."))
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by_id = now, actor.id
        facts = {"link": link.id, "purpose": link.purpose, "label": link.label}
        record_for(session, "view_link:revoked", incident, actor, now, **facts)
        live.announce(session, topic(link.id))
    return link


def links_of(session: Session, incident_id: int) -> Sequence[ViewLink]:
    """An event's links, the newest first."""
    query = select(ViewLink).where(ViewLink.incident_id == incident_id)
    return session.scalars(query.order_by(ViewLink.id.desc())).all()


def standing(session: Session, token: str) -> Standing | None:
    """What the link with this secret shows; None if there is none or it has been revoked."""
    row = session.execute(
        select(
            ViewLink.id, ViewLink.purpose, ViewLink.incident_id, Incident.slug, Person.language,
            ViewLink.seen_at,
        )
        .join(Incident, Incident.id == ViewLink.incident_id)
        .join(Person, Person.id == ViewLink.made_by_id)
        .where(ViewLink.token_digest == digest_of(token), ViewLink.revoked_at.is_(None))
    ).one_or_none()  # fmt: skip
    return None if row is None else Standing(*row)


def still_standing(session: Session, link_ids: Collection[int]) -> frozenset[int]:
    """Those of the links that nobody has revoked."""
    query = select(ViewLink.id).where(ViewLink.id.in_(link_ids), ViewLink.revoked_at.is_(None))
    return frozenset(session.scalars(query))


def seen(session: Session, link_id: int, now: datetime) -> None:
    """Write down that a link was used. Not in the timeline: it is a screen fetching by itself."""
    session.execute(update(ViewLink).where(ViewLink.id == link_id).values(seen_at=now))
