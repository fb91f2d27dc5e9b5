"""Telling administrators: making notices, reading them, reminding."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account, AccountAdministrator
from console.errors import BadInput, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, Notice
from console.incidents.operations.common import (
    allow,
    hold_open,
    look_again,
    record_for,
)
from console.people.models import Person
from console.people.rules import Permission


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
    notice = queries.notice_for(session, notice_id, actor.id)
    look_again(session, notice, "read_at")
    if notice.read_at is not None:
        return notice
    if pending_posts and pending_posts not in list(rules.PendingPosts):
        raise BadInput(_("Välj Pausade, Nej eller Vet inte."), field="pending_posts")
    notice.read_at, notice.pending_posts = now, pending_posts
    incident = queries.by_id(session, notice.incident_id)
    facts = {"notice": notice.id, "kind": notice.kind, "pending_posts": pending_posts}
    record_for(session, "notice:read", incident, actor, now, **facts)
    live.announce(session, live.CALM)
    return notice


def remind(session: Session, actor: Person, incident: Incident, now: datetime) -> list[Notice]:
    """Queue the mail again for everybody who hasn't read that an account of theirs is locked.

    A mail on its way, or one that may have arrived, isn't queued again.

    Raises:
        NotAllowed; WrongState: closed, everybody has read, or nobody can be reminded by mail.
    """
    allow(actor, Permission.RELEASE_LOCK)
    hold_open(session, incident)
    unread = queries.unread_notices(session, incident.id)
    if not unread:
        raise WrongState(_("Alla har läst. Ingen behöver påminnas."))
    again = []
    for notice in unread:
        look_again(session, notice, "mail_state", "read_at")
        if notice.mail_state in rules.REMINDABLE and notice.read_at is None:
            notice.mail_state, notice.mail_at, notice.mail_detail = "queued", now, ""
            again.append(notice)
    if not again:
        raise WrongState(_("Det finns inget mejl att skicka igen. Ring dem som inte har läst."))
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
    """One notice per administrator, about all of the accounts that are theirs."""
    query = (
        select(AccountAdministrator.person_id, AccountAdministrator.account_id)
        .join(Person, Person.id == AccountAdministrator.person_id)
        .join(Account, Account.id == AccountAdministrator.account_id)
        .where(Account.id.in_([a.id for a in accounts]), Person.active)
        .order_by(Person.id, Account.position, Account.id)
    )
    theirs: dict[int, list[int]] = {}
    for person_id, account_id in session.execute(query):
        theirs.setdefault(person_id, []).append(account_id)
    notices = [
        Notice(
            incident_id=incident.id,
            kind=kind.value,
            about=about,
            person_id=person_id,
            accounts=",".join(map(str, ids)),
            made_at=now,
            mail_state="queued" if mail else "none",
            mail_at=now if mail else None,
        )
        for person_id, ids in theirs.items()
    ]
    session.add_all(notices)
    session.flush()
    if notices:
        made = [
            {"notice": n.id, "person": n.person_id, "accounts": theirs[n.person_id]}
            for n in notices
        ]
        record_for(session, "notice:made", incident, actor, now, kind=kind, notices=made)
        live.announce(session, live.CALM, live.WORK)
