"""The snapshot: what the public may see now, from rows that were approved and went out.

A message is shown from the moment its website delivery has started, never before, and never if it
was stopped first. Texts come from the frozen envelope, not from drafts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console.accounts.models import Account
from console.errors import WrongState
from console.incidents.models import Incident
from console.logs import get_logger
from console.messages import envelope, rules
from console.messages.models import (
    Broadcast,
    Delivery,
    Instruction,
    Message,
    Round,
    SiteNode,
    Version,
    VersionPart,
)
from console.messages.rendering import Standing
from console.policy.queries import current as current_profile
from console.site import pages
from console.site.feeds import Item
from console.site.pages import Event, Told
from console.site.view_model import Head, Lang, RegisterRow, Sender, SiteView
from console.timeline.models import Entry, SignedHead
from console.timeline.queries import head

LIVE = "live"
LANGUAGES: tuple[Lang, ...] = ("sv", "en")
SHOWN = ("started", "sent", "unknown")
"""From `started` on the files may have been read, so a message never leaves the site again."""

log = get_logger("site")
_read = lru_cache(maxsize=64)(envelope.read)


@dataclass(frozen=True)
class Snapshot:
    """One site at one moment, in every language."""

    generation: int
    """The timeline's count when the picture was taken."""
    views: dict[Lang, SiteView]
    items: tuple[Item, ...]
    """For the feeds, newest first."""


def snapshot(session: Session, site: str, now: datetime, address: str) -> Snapshot:
    """Take the picture; call it in a REPEATABLE READ unit of work.

    Args:
        site: "live", or an exercise's slug.
        address: of the site's host, for ids and links in feeds; no slash at the end.
    """
    exercise = site != LIVE
    where = Incident.slug == site if exercise else Incident.exercise.is_(False)
    found = session.scalars(select(Incident).where(where).order_by(Incident.id.desc())).all()
    events = [event for event in (_event(session, one) for one in found) if event.told]
    profile = current_profile(session)
    sender = Sender(profile.municipality, profile.phone, profile.radio, profile.feedback_email)
    root = f"/ovning/{site}" if exercise else ""
    register = () if exercise else _register(session)
    views = {}
    for lang in LANGUAGES:
        drawn = [(one.open, pages.page(one, lang, sender, now)) for one in events]
        views[lang] = SiteView(
            lang=lang,
            root=root,
            exercise=exercise,
            sender=sender,
            events=tuple(page for is_open, page in drawn if is_open),
            past=tuple(page for is_open, page in drawn if not is_open),
            register=register,
        )
    items = [item for one in events for item in pages.items(one, address + root)]
    items.sort(key=lambda item: item.updated, reverse=True)
    return Snapshot(head(session).n, views, tuple(items))


def with_head(session: Session, taken: Snapshot) -> Snapshot:
    """The live site shows the newest signed head as it was when the site last changed."""
    newest = session.scalar(select(SignedHead).order_by(SignedHead.n.desc()).limit(1))
    if newest is None:
        return taken
    shown = Head(newest.n, newest.entry_hash.hex(), newest.signature.hex())
    return replace(
        taken, views={lang: replace(view, head=shown) for lang, view in taken.views.items()}
    )


def exercises(session: Session, node: str) -> list[str]:
    """Slugs of the exercises whose site may have to be written: those open, and those that `node`
    hasn't shown as they ended."""
    newest = select(func.max(Entry.n)).where(Entry.incident_id == Incident.id).scalar_subquery()
    shown = (
        select(SiteNode.generation)
        .where(SiteNode.site == Incident.slug, SiteNode.name == node)
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(Incident.slug)
            .where(Incident.exercise)
            .where(or_(Incident.state == "open", func.coalesce(shown, -1) < newest))
            .order_by(Incident.id)
        )
    )


def _event(session: Session, incident: Incident) -> Event:
    told = _told(session, incident.id)
    return Event(
        slug=incident.slug,
        name=incident.name,
        area=incident.area,
        exercise=incident.exercise,
        open=incident.state == "open",
        told=told,
        standing=_standing(session, incident.id, {one.id for one in told}),
        doubted=_doubted(session, incident.id),
    )


def _told(session: Session, incident_id: int) -> tuple[Told, ...]:
    """The event's messages on the website, newest first."""
    first = func.min(Round.due_at)
    rows = session.execute(
        select(
            Message.id,
            Message.type,
            Message.record_year,
            Message.record_number,
            Version.id.label("version_id"),
            Version.canonical,
            Broadcast.content_hash,
            Broadcast.promise_at,
            first.label("first"),
            func.max(Round.due_at).label("last"),
            func.max(Round.at).label("written"),
        )
        .join(Broadcast, Broadcast.message_id == Message.id)
        .join(Version, Version.id == Broadcast.version_id)
        .join(Round, Round.broadcast_id == Broadcast.id)
        .join(Delivery, Delivery.round_id == Round.id)
        .where(
            Message.incident_id == incident_id,
            Delivery.kind == "website",
            Delivery.state.in_(SHOWN),
        )
        .group_by(Message.id, Version.id, Broadcast.id)
        .order_by(first.desc(), Message.id.desc())
    ).all()
    told = []
    for row in rows:
        try:
            frozen = _read(row.canonical, row.content_hash)
        except WrongState as error:
            # One text that isn't what was approved must not keep the others from the public.
            log.error("message_not_shown", message=row.id, reason=error.message)
            continue
        told.append(
            Told(
                id=row.id,
                type=row.type,
                record=f"{row.record_year}:{row.record_number}" if row.record_number else "",
                envelope=frozen,
                english=_english(session, row.version_id, row.written),
                first_at=row.first,
                last_at=row.last,
                promise_at=row.promise_at,
            )
        )
    return tuple(told)


def _english(session: Session, version_id: int, written: datetime) -> dict[str, str]:
    """The English texts, once a round has gone out after their own approval."""
    part = session.scalar(
        select(VersionPart).where(
            VersionPart.version_id == version_id,
            VersionPart.language == "en",
            VersionPart.state == "approved",
            VersionPart.approved_at <= written,
        )
    )
    if part is None:
        return {}
    try:
        return envelope.read_part(part.canonical, part.content_hash).texts
    except WrongState as error:
        log.error("translation_not_shown", version=version_id, reason=error.message)
        return {}


def _standing(session: Session, incident_id: int, told: set[int]) -> tuple[Standing, ...]:
    """What applies, as far as the website has been told: what ends an instruction must be shown
    before the instruction goes."""
    rows = session.scalars(
        select(Instruction)
        .where(Instruction.incident_id == incident_id, Instruction.message_id.in_(told))
        .order_by(Instruction.since, Instruction.id)
    )
    return tuple(
        Standing(row.message_id, row.headline, row.area, row.detail)
        for row in rows
        if row.ended_at is None or row.ended_by_id not in told
    )


def _doubted(session: Session, incident_id: int) -> frozenset[int]:
    """Messages with a correction begun that hasn't gone out."""
    return frozenset(
        session.scalars(
            select(Message.corrects_id).where(
                Message.incident_id == incident_id,
                Message.corrects_id.is_not(None),
                Message.state.in_((*rules.EDITABLE, rules.MessageState.APPROVED)),
            )
        )
    )


def _register(session: Session) -> tuple[RegisterRow, ...]:
    rows = session.scalars(
        select(Account)
        .where(Account.public, Account.state == "active")
        .order_by(Account.position, Account.id)
    )
    return tuple(
        RegisterRow(row.name, PLATFORMS[row.platform].name, row.address, row.operation, "")
        for row in rows
    )
