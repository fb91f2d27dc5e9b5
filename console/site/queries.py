"""The snapshot: what the public may see now, from rows that were approved and went out.

A message is shown from the moment its website delivery has started, never before, and never if it
was stopped first. Texts come from the frozen envelope, not from drafts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from console import listing
from console.accounts.models import Account
from console.accounts.rules import IN_USE, State
from console.errors import WrongState
from console.incidents.models import Incident
from console.logs import get_logger
from console.messages import envelope, rules
from console.messages.models import (
    Broadcast,
    Delivery,
    FaultMark,
    Instruction,
    Message,
    Removal,
    RemovalPost,
    Round,
    Version,
    VersionPart,
)
from console.messages.process_models import LIVE, SiteNode
from console.messages.rendering import Standing
from console.policy.queries import current as current_profile
from console.recipients import signup
from console.site import pages
from console.site.alerts import Alert, alerts
from console.site.feeds import Item
from console.site.told import Event, Fault, Mark, Removed, Told
from console.site.view_model import (
    EventPage,
    Head,
    Lang,
    RegisterRow,
    Sender,
    SiteView,
    Text,
    Undrawn,
)
from console.site.words import platform_name
from console.timeline.models import Entry, SignedHead
from console.timeline.queries import head

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
    alerts: tuple[Alert, ...]
    """For CAP, newest first."""

    @property
    def undrawn(self) -> tuple[str, ...]:
        """Events, in addresses, that couldn't be drawn."""
        return tuple(one.slug for one in self.views["sv"].undrawn)

    def without(self, slug: str) -> Snapshot:
        """The same, where an event can't be drawn."""
        return replace(
            self,
            views={lang: view.without(slug) for lang, view in self.views.items()},
            items=tuple(one for one in self.items if one.event != slug),
            alerts=tuple(one for one in self.alerts if one.slug != slug),
        )


def snapshot(
    session: Session, site: str, now: datetime, address: str, console_url: str = ""
) -> Snapshot:
    """Take the picture; call it in a REPEATABLE READ unit of work.

    Args:
        site: "live", or an exercise's slug.
        address: of the site's host, for ids and links in feeds; no slash at the end.
        console_url: where citizens sign up for mail and SMS.
    """
    exercise = site != LIVE
    where = Incident.slug == site if exercise else Incident.exercise.is_(False)
    found = session.scalars(select(Incident).where(where).order_by(Incident.id.desc())).all()
    sender = _sender(session)
    root = f"/ovning/{site}" if exercise else ""
    listed = () if exercise else _register(session)
    signs_up = not exercise and bool(console_url) and bool(signup.lists(session))
    drawn: list[_Drawn] = []
    undrawn: list[Undrawn] = []
    for one in found:
        try:
            # What the database refuses of one event must not end the others' transaction.
            with session.begin_nested():
                shown = _drawn(session, one, sender, address + root, now)
        except Exception:
            if exercise:
                raise  # it is all that its site is about, and the site stands as it was
            log.error("event_not_drawn", slug=one.slug, exc_info=True)
            if _has_told(session, one):
                title = Text(pages.titled(one.name, one.area))
                undrawn.append(Undrawn(one.slug, title, one.state == "open"))
        else:
            if shown is not None:
                drawn.append(shown)
    views = {
        lang: SiteView(
            lang=lang,
            root=root,
            exercise=exercise,
            sender=sender,
            events=tuple(one.pages[lang] for one in drawn if one.open),
            past=tuple(one.pages[lang] for one in drawn if not one.open),
            register=tuple(_listed(row, lang) for row in listed),
            signup=f"{console_url}/utskick?lang={lang}" if signs_up else "",
            undrawn=tuple(undrawn),
        )
        for lang in LANGUAGES
    }
    items = [item for one in drawn for item in one.items]
    items.sort(key=lambda item: item.updated, reverse=True)
    told = [alert for one in drawn for alert in one.alerts]
    told.sort(key=lambda alert: alert.sent, reverse=True)
    return Snapshot(head(session).n, views, tuple(items), tuple(told))


@dataclass(frozen=True)
class _Drawn:
    """What the site shows of one event."""

    open: bool
    pages: dict[Lang, EventPage]
    items: list[Item]
    alerts: tuple[Alert, ...]


def _drawn(
    session: Session, incident: Incident, sender: Sender, base: str, now: datetime
) -> _Drawn | None:
    """None, if nothing has been told of the event yet.

    Raises:
        WrongState: something has been, and none of it can be read.
    """
    event = _event(session, incident)
    if event.told:
        shown = {lang: pages.page(event, lang, sender, now) for lang in LANGUAGES}
        return _Drawn(event.open, shown, pages.items(event, base), alerts(event, sender))
    if _has_told(session, incident):
        raise WrongState("Inget av det som har gått ut om händelsen går att läsa.")
    return None


def _has_told(session: Session, incident: Incident) -> bool:
    shown = select(Delivery.id).where(
        Delivery.incident_id == incident.id,
        Delivery.kind == "website",
        Delivery.state.in_(SHOWN),
    )
    return session.scalar(select(shown.exists())) or False


def event_page(session: Session, incident: Incident, lang: Lang, now: datetime) -> EventPage | None:
    """One event as the public sees it; None: nothing has been told of it yet."""
    event = _event(session, incident)
    return pages.page(event, lang, _sender(session), now) if event.told else None


def _sender(session: Session) -> Sender:
    profile = current_profile(session)
    return Sender(profile.municipality, profile.phone, profile.radio, profile.feedback_email)


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
    removed = _removed(session, incident.id)
    told = _told(session, incident.id, removed)
    return Event(
        slug=incident.slug,
        name=incident.name,
        area=incident.area,
        exercise=incident.exercise,
        open=incident.state == "open",
        told=told,
        standing=_standing(session, incident.id, {one.id for one in told if one.removed is None}),
        doubted=_doubted(session, incident.id),
        marks=_marks(session, incident.id),
        faults=_faults(session, incident.id),
    )


def _removed(session: Session, incident_id: int) -> dict[int, Removed]:
    """Message id → why its text is no longer shown (4-i)."""
    rows = session.execute(
        select(Removal.message_id, Removal.decided_at, Removal.ground)
        .join(RemovalPost, RemovalPost.removal_id == Removal.id)
        .join(Delivery, Delivery.id == RemovalPost.delivery_id)
        .where(
            Removal.incident_id == incident_id,
            Removal.state == "agreed",
            Delivery.kind == "website",
        )
        .distinct()
    )
    return {row.message_id: Removed(row.decided_at, row.ground) for row in rows}


def _told(session: Session, incident_id: int, removed: dict[int, Removed]) -> tuple[Told, ...]:
    """The event's messages on the website, newest first; what is removed keeps its place only."""
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
            Broadcast.state,
            Broadcast.anchor,
            Broadcast.still_at,
            first.label("first"),
            func.max(Round.due_at).label("last"),
            func.max(Round.at).label("written"),
            func.max(Round.number).label("number"),
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
        english = _english(session, row.version_id, row.written)
        english_at = _english_at(session, row.id, row.version_id)
        try:
            frozen = _read(row.canonical, row.content_hash)
        except WrongState as error:
            # One text that isn't what was approved must not keep the others from the public.
            log.error("message_not_shown", message=row.id, reason=error.message)
            continue
        if row.id in removed:
            # What a correction said was wrong stands in another message too: struck.
            kept = {"area"} if frozen.corrects in removed else {"area", "wrong"}
            texts = {name: text for name, text in frozen.texts.items() if name in kept}
            frozen = replace(frozen, texts=texts)
            english = {name: text for name, text in english.items() if name in kept}
        elif frozen.corrects in removed:
            # A correction quotes what was wrong.
            frozen = replace(frozen, texts=frozen.texts | {"wrong": ""})
            english.pop("wrong", None)
        told.append(
            Told(
                id=row.id,
                type=row.type,
                record=f"{row.record_year}:{row.record_number}" if row.record_number else "",
                envelope=frozen,
                english=english,
                first_at=row.first,
                last_at=row.last,
                promise_at=row.promise_at,
                anchor=row.anchor,
                active=row.state in rules.ACTIVE,
                still_at=row.still_at,
                english_at=english_at,
                removed=removed.get(row.id),
                number=row.number,
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


def _english_at(session: Session, message_id: int, version_id: int) -> datetime | None:
    """When the first round on the website with the English was due; it stays so."""
    return session.scalar(
        select(func.min(Round.due_at))
        .join(Broadcast, Broadcast.id == Round.broadcast_id)
        .join(Delivery, Delivery.round_id == Round.id)
        .join(VersionPart, VersionPart.version_id == version_id)
        .where(
            Broadcast.message_id == message_id,
            Delivery.kind == "website",
            Delivery.state.in_(SHOWN),
            VersionPart.language == "en",
            VersionPart.approved_at <= Round.at,
        )
    )


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


def _marks(session: Session, incident_id: int) -> tuple[Mark, ...]:
    """Every *Fel ute* that isn't mended or taken back."""
    rows = session.execute(
        select(FaultMark.message_id, FaultMark.sentence, FaultMark.pressed_at)
        .where(
            FaultMark.incident_id == incident_id,
            FaultMark.withdrawn_at.is_(None),
            FaultMark.closed_at.is_(None),
        )
        .order_by(FaultMark.id)
    )
    return tuple(Mark(*row) for row in rows)


def _faults(session: Session, incident_id: int) -> tuple[Fault, ...]:
    """Every *Fel ute*, whatever became of it."""
    rows = session.execute(
        select(
            FaultMark.id,
            FaultMark.message_id,
            FaultMark.sentence,
            FaultMark.pressed_at,
            FaultMark.withdrawn_at,
            FaultMark.closed_at,
        )
        .where(FaultMark.incident_id == incident_id)
        .order_by(FaultMark.id)
    )
    return tuple(Fault(*row) for row in rows)


_Listed = Row[int, str, str, str, str, str, str, str]


def _register(session: Session) -> list[_Listed]:
    """Every public account in use, by name (2.1-a, 2.1-d): one that rests is ours too, and what has
    ended is gone from here."""
    rows = session.execute(
        select(
            Account.id,
            Account.name,
            Account.platform,
            Account.handle,
            Account.address,
            Account.operation,
            Account.committee,
            Account.state,
        ).where(Account.public, Account.state.in_(IN_USE))
    )
    return sorted(rows, key=lambda row: (listing.fold(row[1]), row[2], row[0]))


def _listed(row: _Listed, lang: Lang) -> RegisterRow:
    number, name, platform, handle, url, operation, committee, state = row
    return RegisterRow(
        number,
        name,
        platform_name(platform, lang),
        handle,
        url,
        operation,
        committee,
        resting=state == State.PAUSED,
    )
