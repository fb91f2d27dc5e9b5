"""Telling those who look after accounts: making notices, reading them, reminding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from console import live
from console.accounts import charge, coverage
from console.accounts.models import Account
from console.errors import BadInput, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, Lock, Notice
from console.incidents.operations.common import (
    allow,
    hold_open,
    look_again,
    one_at_a_time,
    record_for,
)
from console.incidents.operations.reaching import queue_again, to_own_addresses
from console.mails import queued
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record


def acknowledge(
    session: Session, actor: Person, notice_id: int, now: datetime, pending_posts: str = ""
) -> Notice:
    """*Jag har läst*: the first time counts, later ones change nothing.

    Args:
        pending_posts: a `rules.PendingPosts` value, or empty: not answered.

    Raises:
        NotAllowed; NotFound: not the actor's own notice; BadInput: no such answer.
    """
    allow(actor, Permission.READ_NOTICE)
    return read(session, queries.notice_for(session, notice_id, actor.id), now, pending_posts)


def acknowledge_by_link(
    session: Session, notice: Notice, now: datetime, pending_posts: str = ""
) -> Notice:
    """*Jag har läst* from a personal link (`links.notice_of`): as `acknowledge`."""
    return read(session, notice, now, pending_posts, by_link=True)


def read(
    session: Session,
    notice: Notice,
    now: datetime,
    pending_posts: str,
    *,
    by_link: bool = False,
) -> Notice:
    """Write down that a notice's own person has read it.

    Raises:
        BadInput: no such answer.
    """
    look_again(session, notice, "read_at")
    if notice.read_at is not None:
        return notice
    _check_answer(pending_posts, may_be_empty=True)
    notice.read_at, notice.pending_posts = now, pending_posts
    incident = queries.by_id(session, notice.incident_id)
    facts = {"notice": notice.id, "kind": notice.kind, "pending_posts": pending_posts}
    if by_link:
        facts["by"] = "link"
    record_for(session, "notice:read", incident, notice.person, now, **facts)
    live.announce(session, live.CALM)
    return notice


def answer_again(session: Session, notice: Notice, answer: str, now: datetime) -> Notice:
    """The reader's newer answer about posts scheduled in the platform's own app.

    Args:
        notice: the reader's own, by login or by personal link.

    Raises:
        BadInput: field `pending_posts`; WrongState: not read yet, or nothing is locked any more.
    """
    _check_answer(answer, may_be_empty=False)
    look_again(session, notice, "read_at", "pending_posts")
    if notice.read_at is None:
        raise WrongState(_("Tryck först på Jag har läst."))
    if queries.released_at(session, notice) is not None:
        raise WrongState(_("Kontot är upplåst. Svaret behövs inte längre."))
    if notice.pending_posts != answer:
        before, notice.pending_posts = notice.pending_posts, answer
        incident = queries.by_id(session, notice.incident_id)
        facts = {"notice": notice.id, "before": before, "pending_posts": answer}
        record_for(session, "notice:answer:changed", incident, notice.person, now, **facts)
    return notice


def _check_answer(answer: str, *, may_be_empty: bool) -> None:
    if answer not in list(rules.PendingPosts) and not (may_be_empty and not answer):
        raise BadInput(_("Välj Pausade, Nej eller Vet inte."), field="pending_posts")


def remind(session: Session, actor: Person, incident: Incident, now: datetime) -> list[Notice]:
    """Send again to everybody who hasn't read that an account of theirs is locked.

    What is on its way, or may have arrived, isn't queued again.

    Raises:
        NotAllowed; WrongState: closed, everybody has read, or there is nothing to send again.
    """
    allow(actor, Permission.RELEASE_LOCK)
    hold_open(session, incident)
    unread = queries.unread_notices(session, incident.id, now)
    if not unread:
        raise WrongState(_("Alla har läst. Ingen behöver påminnas."))
    again = queue_again(session, unread, now)
    if not again:
        raise WrongState(_("Det finns inget att skicka igen. Ring dem som inte har läst."))
    facts = {"notices": [{"notice": n.id, "person": n.person_id} for n in again]}
    record_for(session, "notice:reminded", incident, actor, now, **facts)
    live.announce(session, live.WORK)
    return again


def notify(
    session: Session,
    actor: Person,
    incident: Incident,
    kind: rules.NoticeKind,
    about: str,
    accounts: list[Account],
    now: datetime,
    mail: bool,
) -> None:
    """One notice for each who looks after some of them today, about all that are theirs."""
    who = charge.of(coverage.today(now), [a.id for a in accounts], with_any_role=True)
    query = (
        select(who.c.person_id, who.c.account_id)
        .join(Account, Account.id == who.c.account_id)
        .order_by(who.c.person_id, Account.position, Account.id)
    )
    theirs: dict[int, list[int]] = {}
    for person_id, account_id in session.execute(query):
        theirs.setdefault(person_id, []).append(account_id)
    _make(session, incident, kind, about, theirs, now, mail, actor.id)


def notify_newcomers(session: Session, now: datetime, *, mail: bool) -> int:
    """Tell whoever has become administrator of an account that was locked already, or has begun
    to stand in for one: they know of no lock, and may write in the platform's own app. Any number
    of tickers may call it.

    Returns:
        How many notices were made.
    """
    who = queries.in_charge_of_held(now)
    told = (
        select(Notice.id)
        .where(
            Notice.incident_id == Lock.incident_id,
            Notice.kind == rules.NoticeKind.LOCKED,
            Notice.person_id == who.c.person_id,
            Notice.made_at >= Lock.since,
            cast(Lock.account_id, Text) == func.any(func.string_to_array(Notice.accounts, ",")),
        )
        .exists()
    )
    query = (
        select(Lock, who.c.person_id)
        .join(who, who.c.account_id == Lock.account_id)
        .where(Lock.released_at.is_(None), ~told)
        .order_by(Lock.id, who.c.position, who.c.person_id)
    )
    rows = session.execute(query).all()
    if rows:
        # Another ticker may have told them, or the lock been released: the second look knows.
        one_at_a_time(session)
        rows = session.execute(query).all()
    for lock, person_id in rows:
        incident = queries.by_id(session, lock.incident_id)
        theirs = {person_id: [lock.account_id]}
        _make(
            session, incident, rules.NoticeKind.LOCKED, f"lock:{lock.id}", theirs, now, mail, None
        )
    return len(rows)


def _make(
    session: Session,
    incident: Incident,
    kind: rules.NoticeKind,
    about: str,
    theirs: Mapping[int, list[int]],
    now: datetime,
    mail: bool,
    actor_id: int | None,
) -> None:
    """
    Args:
        theirs: person id → the accounts that their notice is about.
    """
    notices = [
        Notice(
            incident_id=incident.id,
            kind=kind.value,
            about=about,
            person_id=person_id,
            accounts=",".join(map(str, ids)),
            made_at=now,
            **queued(mail, now),
        )
        for person_id, ids in theirs.items()
    ]
    session.add_all(notices)
    session.flush()
    if notices:
        to_own_addresses(session, [n.id for n in notices], now)
        made = [
            {"notice": n.id, "person": n.person_id, "accounts": theirs[n.person_id]}
            for n in notices
        ]
        body = {"kind": kind, "notices": made}
        record(
            session, "notice:made", body=body, now=now, incident_id=incident.id, person_id=actor_id
        )
        live.announce(session, live.incident_topic(incident.id), live.CALM, live.WORK)
