"""Reading events, their decisions about accounts, locks and notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, lazyload

from console import listing
from console.accounts import charge
from console.accounts import rules as account_rules
from console.accounts.coverage import today
from console.accounts.models import Account, AccountAdministrator
from console.db import once
from console.errors import NotFound
from console.incidents import rules
from console.incidents.models import (
    FirstHourTick,
    Handover,
    Incident,
    IncidentAccount,
    Lock,
    Note,
    Notice,
    NoticeSend,
)
from console.listing import Part
from console.people.models import OwnAddress, Person
from console.people.rules import Role


def open_incidents(session: Session) -> list[Incident]:
    """Every open event: live ones first, then in the order they were opened."""
    query = select(Incident).where(Incident.state == rules.State.OPEN)
    return list(session.scalars(query.order_by(Incident.exercise, Incident.opened_at, Incident.id)))


def open_now(session: Session) -> list[Incident]:
    """As `open_incidents`, read once for all parts of a page."""
    return once(session, "open incidents", lambda: open_incidents(session))


def any_open(session: Session) -> bool:
    """Is any event open, an exercise counted?"""
    return bool(session.scalar(select(exists().where(Incident.state == rules.State.OPEN))))


def in_bands(session: Session) -> list[Incident]:
    """The open events as `open_incidents`, and the exercises that were broken off."""
    query = select(Incident).where((Incident.state == rules.State.OPEN) | Incident.broken_off)
    return list(session.scalars(query.order_by(Incident.exercise, Incident.opened_at, Incident.id)))


def others_open(session: Session, incident_id: int) -> list[Incident]:
    """The open events beside this one, for the band's *Också öppet*."""
    return [other for other in open_incidents(session) if other.id != incident_id]


def by_slug(session: Session, slug: str) -> Incident:
    """Raises: NotFound."""
    incident = session.scalars(select(Incident).where(Incident.slug == slug)).one_or_none()
    if incident is None:
        raise NotFound(_("Det finns ingen händelse med den adressen. Se listan på startsidan."))
    return incident


def by_id(session: Session, incident_id: int) -> Incident:
    """Raises: NotFound."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound(_("Det finns ingen händelse med det numret. Se listan på startsidan."))
    return incident


def slugs(session: Session) -> set[str]:
    return set(session.scalars(select(Incident.slug)))


def accounts_offered(session: Session) -> list[Account]:
    """The accounts an event decides about: all that are in use, in board order. One that is only
    proposed isn't there to lock or to publish on."""
    query = select(Account).where(Account.state.in_(account_rules.IN_USE))
    bare = query.options(lazyload(Account.deviations))
    return list(session.scalars(bare.order_by(Account.position, Account.id)))


def rows_offered(session: Session) -> Sequence[Row[Any]]:
    """The same accounts as a page shows them: .id, .name, .short_name, .platform, .committee,
    .state, .public, .official, and whether nobody administers it: .alone"""
    a = AccountAdministrator
    query = select(
        Account.id, Account.name, Account.short_name, Account.platform, Account.committee,
        Account.state, Account.public, Account.official,
        Account.id.not_in(select(a.account_id)).label("alone"),
    )  # fmt: skip
    query = query.where(Account.state.in_(account_rules.IN_USE))
    return session.execute(query.order_by(Account.position, Account.id)).all()


def choices_of(session: Session, incident_id: int) -> list[IncidentAccount]:
    """The decisions of an event, in board order."""
    query = (
        select(IncidentAccount)
        .join(Account, Account.id == IncidentAccount.account_id)
        .where(IncidentAccount.incident_id == incident_id)
        .order_by(Account.position, Account.id)
    )
    return list(session.scalars(query))


def choice_of(session: Session, incident_id: int, account_id: int) -> IncidentAccount | None:
    return session.get(IncidentAccount, (incident_id, account_id))


def active_locks(session: Session, incident_id: int) -> list[Lock]:
    """The locks an event holds now."""
    query = select(Lock).where(Lock.incident_id == incident_id, Lock.released_at.is_(None))
    return list(session.scalars(query.order_by(Lock.account_id)))


def lock_of(
    session: Session, account_id: int, exercise: bool, incident_id: int | None = None
) -> Lock | None:
    """The lock that holds an account.

    A live lock holds everything that is live. An exercise's lock holds only inside that exercise,
    so `incident_id` says which one is meant; a live lock is found without it.
    """
    query = select(Lock).where(
        Lock.account_id == account_id, Lock.released_at.is_(None), Lock.exercise.is_(exercise)
    )
    if exercise:
        query = query.where(Lock.incident_id == incident_id)
    return session.scalars(query).one_or_none()


def live_holders(session: Session, account_ids: Collection[int]) -> dict[int, Incident]:
    """Account id → the live event that has locked it; accounts that are free are left out."""
    query = (
        select(Lock.account_id, Incident)
        .join(Incident, Incident.id == Lock.incident_id)
        .where(
            listing.among(Lock.account_id, account_ids),
            Lock.released_at.is_(None),
            Lock.exercise.is_(False),
        )
    )
    return {row.account_id: row.Incident for row in session.execute(query)}


def holders(
    session: Session, incident: Incident, account_ids: Collection[int]
) -> dict[int, Incident]:
    """Account id → the event that holds it for whoever was told of it by `incident`: a live one,
    else the exercise itself; accounts that are free are left out."""
    found = live_holders(session, account_ids)
    locks = active_locks(session, incident.id) if incident.exercise else ()
    for lock in locks:
        if lock.account_id in account_ids:
            found.setdefault(lock.account_id, incident)
    return {one: found[one] for one in account_ids if one in found}


def held_by(session: Session, account_id: int) -> str:
    """What the event is called that has locked an account, live before exercise; "": none has.

    Until this unit of work ends no event can take the account.
    """
    session.execute(select(func.pg_advisory_xact_lock(rules.DECISIONS_LOCK)))
    query = (
        select(Incident)
        .join(Lock, Lock.incident_id == Incident.id)
        .where(Lock.account_id == account_id, Lock.released_at.is_(None))
        .order_by(Lock.exercise, Lock.id)
        .limit(1)
    )
    event = session.scalars(query).one_or_none()
    if event is None:
        return ""
    return _("övningen %(name)s", name=event.name) if event.exercise else event.name


def may_publish(session: Session, incident_id: int, account_id: int) -> str | None:
    """Why an event may not publish on an account now, as a sentence; None: it may.

    Asked when a message is submitted and approved, and again in each claim.
    """
    return refusals(session, incident_id, [account_id]).get(account_id)


def refusals(session: Session, incident_id: int, account_ids: Iterable[int]) -> dict[int, str]:
    """Account id → why the event may not publish on it; accounts it may use are left out."""
    wanted = list(account_ids)
    state = session.scalar(select(Incident.state).where(Incident.id == incident_id))
    if state != rules.State.OPEN:
        return dict.fromkeys(wanted, _("Händelsen är avslutad."))
    query = (
        select(Account.id, Account.name, Account.state, IncidentAccount.use, Lock.id)
        .outerjoin(
            IncidentAccount,
            (IncidentAccount.account_id == Account.id)
            & (IncidentAccount.incident_id == incident_id),
        )
        .outerjoin(
            Lock,
            (Lock.account_id == Account.id)
            & (Lock.incident_id == incident_id)
            & Lock.released_at.is_(None),
        )
        .where(Account.id.in_(wanted))
    )
    found = {row[0]: _refusal(*row[1:]) for row in session.execute(query)}
    unknown = _("Kontot finns inte i registret.")
    return {i: why for i in wanted if (why := found.get(i, unknown)) is not None}


def _refusal(name: str, state: str, use: str | None, lock_id: int | None) -> str | None:
    why: str | None = None
    if not account_rules.publishes(state):
        why = _("%(name)s är inte aktivt i registret.", name=name)
    elif use == rules.Use.LOCK_ONLY:
        why = _("%(name)s är bara låst i den här händelsen.", name=name)
    elif use != rules.Use.PUBLISH:
        why = _("%(name)s är inte med i den här händelsen.", name=name)
    elif lock_id is None:
        why = _("%(name)s är inte låst av den här händelsen.", name=name)
    return why


def notices_of(session: Session, incident_id: int, kind: str | None = None) -> list[Notice]:
    """An event's notices in the order they were made."""
    query = select(Notice).where(Notice.incident_id == incident_id).order_by(Notice.id)
    return list(session.scalars(query if kind is None else query.where(Notice.kind == kind)))


def unread_notices(session: Session, incident_id: int, now: datetime) -> list[Notice]:
    """Who has not read that an account of theirs is locked (their names are on `.person`)."""
    query = select(Notice).where(Notice.incident_id == incident_id, waits_to_be_read(now))
    return list(session.scalars(query.order_by(Notice.id)))


def unsure_notices(session: Session, incident_id: int, now: datetime) -> list[Notice]:
    """Who has read that an account is locked, and doesn't know (or hasn't said) whether posts are
    on their way out in the platform's own app."""
    query = select(Notice).where(Notice.incident_id == incident_id, leaves_unsure(now))
    return list(session.scalars(query.order_by(Notice.id)))


def waits_to_be_read(now: datetime) -> ColumnElement[bool]:
    """Condition on Notice: it tells of a lock that stands, its reader looks after the account
    today and hasn't read it. Who is away waits for nothing while somebody is there instead."""
    who = in_charge_of_held(now)
    return (Notice.read_at.is_(None)) & _tells_of_held(who, who.c.answers)


def leaves_unsure(now: datetime) -> ColumnElement[bool]:
    """The same, and its reader hasn't said whether posts are on their way out. Who is away says
    it too: it is theirs that may be on their way."""
    open_ = Notice.pending_posts.in_(("", rules.PendingPosts.UNKNOWN))
    return Notice.read_at.is_not(None) & open_ & _tells_of_held(in_charge_of_held(now))


_HELD = select(Lock.account_id).where(Lock.released_at.is_(None)).correlate(None)


def in_charge_of_held(now: datetime) -> Subquery:
    """Who looks after the accounts that are locked, see `charge.of`, whatever their role is now."""
    return charge.of(today(now), _HELD, with_any_role=True)


def _tells_of_held(who: Subquery, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = exists().where(
        Lock.incident_id == Notice.incident_id,
        Lock.released_at.is_(None),
        cast(Lock.account_id, Text) == func.any(func.string_to_array(Notice.accounts, ",")),
        who.c.account_id == Lock.account_id,
        who.c.person_id == Notice.person_id,
        *conditions,
    )
    return (Notice.kind == rules.NoticeKind.LOCKED) & mine.correlate(Notice)


def sends_of(session: Session, incident_id: int) -> dict[int, list[tuple[str, str, datetime]]]:
    """Notice id → (kind of address, state, when) for each own address it went to."""
    query = (
        select(NoticeSend.notice_id, OwnAddress.kind, NoticeSend.state, NoticeSend.at)
        .join(OwnAddress, OwnAddress.id == NoticeSend.address_id)
        .join(Notice, Notice.id == NoticeSend.notice_id)
        .where(Notice.incident_id == incident_id)
        .order_by(NoticeSend.id)
    )
    found: dict[int, list[tuple[str, str, datetime]]] = {}
    for notice_id, kind, state, at in session.execute(query):
        found.setdefault(notice_id, []).append((kind, state, at))
    return found


def notices_for(session: Session, person_id: int) -> list[Notice]:
    """One person's notices: those of open events and the unread ones, newest first."""
    return list(session.scalars(_notices_for(person_id)))


def notices_page(session: Session, person_id: int, page: int) -> Part[Notice]:
    """The same, by the page."""
    return listing.part(session, _notices_for(person_id), page)


def _notices_for(person_id: int) -> Select[Notice]:
    return (
        select(Notice)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(
            Notice.person_id == person_id,
            or_(Notice.read_at.is_(None), Incident.state == rules.State.OPEN),
        )
        .order_by(Notice.id.desc())
    )


def incidents_of(session: Session, notices: Iterable[Notice]) -> dict[int, Incident]:
    """Event's id → event, of several notices in one query."""
    ids = {notice.incident_id for notice in notices}
    return {i.id: i for i in session.scalars(select(Incident).where(Incident.id.in_(ids)))}


def accounts_of_all(session: Session, notices: Sequence[Notice]) -> dict[int, list[Account]]:
    """Notice's id → the accounts it is about, in board order; one query whatever their number.

    Who administers them is read only if somebody asks.
    """
    about = {notice.id: set(account_ids(notice)) for notice in notices}
    wanted = select(Account).where(Account.id.in_(set().union(*about.values())))
    query = wanted.options(lazyload(Account.administrators), lazyload(Account.deviations))
    accounts = session.scalars(query.order_by(Account.position, Account.id)).all()
    return {id_: [one for one in accounts if one.id in ids] for id_, ids in about.items()}


def notice_for(session: Session, notice_id: int, person_id: int) -> Notice:
    """A person's own notice.

    Raises:
        NotFound: there is none with that number for this person.
    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.person_id != person_id:
        raise NotFound(_("Du har inget meddelande med det numret. Se dina meddelanden."))
    return notice


def account_ids(notice: Notice) -> list[int]:
    return [int(part) for part in notice.accounts.split(",") if part]


def accounts_of(session: Session, notice: Notice) -> list[Account]:
    """The accounts a notice is about, in board order."""
    query = select(Account).where(Account.id.in_(account_ids(notice)))
    return list(session.scalars(query.order_by(Account.position, Account.id)))


def released_at(session: Session, notice: Notice) -> datetime | None:
    """When the last of the notice's accounts was given back; None while one is locked."""
    if notice.kind != rules.NoticeKind.LOCKED:
        return notice.made_at
    query = (
        select(Lock)
        .where(Lock.incident_id == notice.incident_id, Lock.account_id.in_(account_ids(notice)))
        .where(Lock.since >= notice.made_at)
    )
    ends = [lock.released_at for lock in session.scalars(query)]
    over = [end for end in ends if end is not None]
    return max(over) if over and len(over) == len(ends) else None


def notes_of(session: Session, incident_id: int) -> list[Note]:
    """What has been noted, in the order it happened."""
    query = select(Note).where(Note.incident_id == incident_id)
    return list(session.scalars(query.order_by(Note.happened_at, Note.id)))


def first_hour_ticks(session: Session, incident_id: int) -> dict[str, FirstHourTick]:
    """Key → the tick that stands."""
    query = select(FirstHourTick).where(
        FirstHourTick.incident_id == incident_id, FirstHourTick.undone_at.is_(None)
    )
    return {tick.key: tick for tick in session.scalars(query)}


def first_hour_tick(session: Session, incident_id: int, key: str) -> FirstHourTick | None:
    return first_hour_ticks(session, incident_id).get(key)


def handovers_of(session: Session, incident_id: int) -> list[Handover]:
    """An event's handovers, the newest first."""
    query = select(Handover).where(Handover.incident_id == incident_id)
    return list(session.scalars(query.order_by(Handover.id.desc())))


def handover(session: Session, incident_id: int, handover_id: int) -> Handover:
    """Raises: NotFound: the event has none with that number."""
    row = session.get(Handover, handover_id)
    if row is None or row.incident_id != incident_id:
        raise NotFound(_("Överlämningen finns inte i den här händelsen."))
    return row


def offered_handover(session: Session, incident_id: int, role: str) -> Handover | None:
    """The handover of this shift that waits for its receiver."""
    return session.scalars(
        select(Handover).where(
            Handover.incident_id == incident_id,
            Handover.role == role,
            Handover.state == rules.HandoverState.OFFERED,
        )
    ).one_or_none()


def handovers_to_sign(session: Session, person_id: int) -> list[Handover]:
    """What waits for this person's signature, in events that are open."""
    query = (
        select(Handover)
        .join(Incident, Incident.id == Handover.incident_id)
        .where(
            Handover.receiver_id == person_id,
            Handover.state == rules.HandoverState.OFFERED,
            Incident.state == rules.State.OPEN,
        )
    )
    return list(session.scalars(query.order_by(Handover.id)))


def shift_holder(session: Session, incident: Incident, role: str) -> Person | None:
    """Who holds a shift: the last who signed for it; the unit's first is who opened the event."""
    query = (
        select(Handover)
        .where(
            Handover.incident_id == incident.id,
            Handover.role == role,
            Handover.state == rules.HandoverState.TAKEN,
        )
        .order_by(Handover.taken_at.desc(), Handover.id.desc())
        .limit(1)
    )
    last = session.scalars(query).one_or_none()
    if last is not None:
        return last.receiver
    return incident.opened_by if role == Role.INFORMATION_UNIT else None
