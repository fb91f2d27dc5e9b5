"""Keeping each page that the public site has shown of an event, and reading them again.

They are kept when they are written, not drawn again later: templates and rules change, and nobody
could prove that a page drawn today is the one that stood there. The digest of the bytes stands in
the event's timeline, and so in the signed chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Session

from console.errors import NotFound
from console.incidents.models import Incident
from console.listing import Part, part
from console.messages.models import Removal
from console.messages.sent_models import SentText
from console.site.page_models import SitePage
from console.site.queries import Snapshot
from console.timeline.models import Body, Entry
from console.timeline.operations import record

SERVED = "site:pages:served"
_LOCK = 7236460
"""Nodes that serve the same picture keep its pages one after the other: once."""


def keep(session: Session, taken: Snapshot, files: Mapping[str, bytes], now: datetime) -> int:
    """Keep the events' pages that tell something else than the ones kept before them.

    Args:
        files: path within the site → bytes, as they are served.

    Returns:
        How many there were.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    slugs = {page.slug for view in taken.views.values() for page in (*view.events, *view.past)}
    events = select(Incident.slug, Incident.id).where(Incident.slug.in_(slugs))
    ids = {row.slug: row.id for row in session.execute(events)}
    newest = {
        (row.incident_id, row.language): row
        for row in session.execute(
            select(
                SitePage.incident_id, SitePage.language, SitePage.shown_hash, SitePage.generation
            )
            .where(SitePage.incident_id.in_(ids.values()))
            .order_by(SitePage.incident_id, SitePage.language, SitePage.id.desc())
            .ext(distinct_on(SitePage.incident_id, SitePage.language))
        )
    }
    made: dict[int, list[SitePage]] = {}
    for lang, view in taken.views.items():
        for page in (*view.events, *view.past):
            content = files[f"{'' if lang == 'sv' else 'en/'}h/{page.slug}/index.html"]
            incident_id, shown = ids[page.slug], _digest(repr(page).encode())
            before = newest.get((incident_id, lang))
            if before is not None and (
                before.shown_hash == shown or before.generation >= taken.generation
            ):
                continue
            row = SitePage(
                incident_id=incident_id,
                language=lang,
                at=now,
                generation=taken.generation,
                shown_hash=shown,
                content=content.decode(),
                sha256=_digest(content),
            )
            made.setdefault(incident_id, []).append(row)
    for incident_id, rows in made.items():
        session.add_all(rows)
        session.flush()
        record(
            session,
            SERVED,
            body={
                "generation": taken.generation,
                "pages": [
                    {"page": row.id, "language": row.language, "sha256": row.sha256} for row in rows
                ],
            },
            now=now,
            incident_id=incident_id,
        )
    return sum(map(len, made.values()))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Hidden:
    """While this was so, the page showed a text that somebody has decided to take away (4-i)."""

    since: datetime
    """When the text was first put in the outbox."""
    decided: int
    """The entry of the decision: what was pictured from it on shows the text no more."""

    def shown_by(self, page: SitePage) -> bool:
        return page.at >= self.since and page.generation < self.decided


def hidden(session: Session, incident_id: int) -> list[Hidden]:
    """When pages of the event showed texts that are removed: those pages are shown to nobody."""
    decided = (
        select(func.min(Entry.n))
        .where(
            Entry.incident_id == Removal.incident_id,
            Entry.tag == "removal:agreed",
            Entry.at >= Removal.decided_at,
        )
        .correlate(Removal)
        .scalar_subquery()
    )
    since = (
        select(func.min(SentText.at))
        .where(SentText.message_id == Removal.message_id)
        .correlate(Removal)
        .scalar_subquery()
    )
    rows = session.execute(
        select(since, decided)
        .where(Removal.incident_id == incident_id, Removal.state == "agreed")
        .order_by(Removal.id)
    )
    return [
        Hidden(first, entry) for first, entry in rows if first is not None and entry is not None
    ]


def pages(session: Session, incident_id: int, to: int | None = None) -> Iterator[SitePage]:
    """Every page of an event in the order they were served, a few at a time in memory.

    Args:
        to: an entry's number; pages whose digests stand later in the timeline are left out.
    """
    query = (
        select(SitePage)
        .where(SitePage.incident_id == incident_id)
        .order_by(SitePage.id)
        .execution_options(yield_per=20)
    )
    if to is not None:
        query = query.where(SitePage.id <= _last_proved(session, incident_id, to))
    for row in session.scalars(query):
        yield row
        session.expunge(row)


def _last_proved(session: Session, incident_id: int, to: int) -> int:
    """The newest page whose digest stands in the timeline by then: pages and their entries come in
    one order, since they are kept one after the other."""
    last = session.scalar(
        select(cast(Body.canonical, JSONB)["facts"]["pages"][-1]["page"].as_integer())
        .join(Entry, Entry.n == Body.n)
        .where(Entry.incident_id == incident_id, Entry.tag == SERVED, Entry.n <= to)
        .order_by(Entry.n.desc())
        .limit(1)
    )
    return last or 0


def changes(session: Session, incident_id: int, page: int) -> Part[SitePage]:
    """One page of the list of changes, the newest first."""
    query = select(SitePage).where(SitePage.incident_id == incident_id)
    return part(session, query.order_by(SitePage.id.desc()), page)


def at_moment(session: Session, incident_id: int, moment: datetime) -> list[SitePage]:
    """What the site showed of an event at a moment, Swedish first; [] before there was anything."""
    rows = session.scalars(
        select(SitePage)
        .where(SitePage.incident_id == incident_id, SitePage.at <= moment)
        .order_by(SitePage.language, SitePage.id.desc())
        .ext(distinct_on(SitePage.language))
    )
    return sorted(rows, key=lambda row: (row.language != "sv", row.language))


def one(session: Session, incident_id: int, page_id: int) -> SitePage:
    """
    Raises:
        NotFound: there is none, or it showed what has been removed.
    """
    row = session.get(SitePage, page_id)
    if row is None or row.incident_id != incident_id:
        raise NotFound(_("Webbplatsen har ingen sådan sida i händelsen."))
    if any(one.shown_by(row) for one in hidden(session, incident_id)):
        raise NotFound(_("Sidan visade en text som är borttagen, och visas inte."))
    return row
