"""Reading events, their decisions about accounts, locks and notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console.accounts import rules as account_rules
from console.accounts.models import Account
from console.errors import NotFound
from console.incidents import rules
from console.incidents.models import Incident, IncidentAccount, Lock, Note, Notice


def open_incidents(session: Session) -> list[Incident]:
    """Every open event: live ones first, then in the order they were opened."""
    query = select(Incident).where(Incident.state == rules.State.OPEN)
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
    """The accounts an event decides about: all that haven't ended, in board order."""
    query = select(Account).where(Account.state != account_rules.State.ENDED)
    return list(session.scalars(query.order_by(Account.position, Account.id)))


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
            Lock.account_id.in_(account_ids), Lock.released_at.is_(None), Lock.exercise.is_(False)
        )
    )
    return {row.account_id: row.Incident for row in session.execute(query)}


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


def unread_notices(session: Session, incident_id: int) -> list[Notice]:
    """Who has not read that an account of theirs is locked (their names are on `.person`).

    A lock that is over needs no reading: notices whose every account is released are left out.
    """
    held = {lock.account_id for lock in active_locks(session, incident_id)}
    query = select(Notice).where(
        Notice.incident_id == incident_id,
        Notice.kind == rules.NoticeKind.LOCKED,
        Notice.read_at.is_(None),
    )
    notices = session.scalars(query.order_by(Notice.id))
    return [notice for notice in notices if held & set(account_ids(notice))]


def notices_for(session: Session, person_id: int) -> list[Notice]:
    """One person's notices: those of open events and the unread ones, newest first."""
    query = (
        select(Notice)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(
            Notice.person_id == person_id,
            or_(Notice.read_at.is_(None), Incident.state == rules.State.OPEN),
        )
        .order_by(Notice.id.desc())
    )
    return list(session.scalars(query))


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
