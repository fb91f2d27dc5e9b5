"""Notices about an account outside any event, and their mail: queued → started → sent, failed or
unknown.

The row is the outbox, as an event's notices are: *started* is committed before the mail server is
called, so that a mail that may have left is never sent a second time by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account, AccountAdministrator
from console.errors import NotFound
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.timeline.operations import record

LOST_AFTER = timedelta(seconds=60)
"""A start older than this has nobody waiting for its answer any more."""


def concerned(session: Session, account: Account) -> list[Person]:
    """The account's administrators and the strategy department, who have a login still."""
    administer = select(AccountAdministrator.person_id).where(
        AccountAdministrator.account_id == account.id
    )
    keep = select(PersonRole.person_id).where(PersonRole.role == Role.STRATEGY)
    query = select(Person).where(Person.active, or_(Person.id.in_(administer), Person.id.in_(keep)))
    return list(session.scalars(query.order_by(Person.id)))


def tell(
    session: Session,
    account: Account | None,
    about: str,
    people: Iterable[Person],
    now: datetime,
    *,
    subject: str,
    text: str,
    path: str,
    mail: bool,
    actor_id: int | None,
) -> list[AccountNotice]:
    """Write one notice to each of `people` about something new.

    Args:
        account: None: it concerns none of ours.
        about: what it is about, e.g. "custody 12"; told once.
        subject, text: Swedish, complete but for link and telephone number.
        mail: mail can be sent; without it the notice waits on the start page.
    """
    notices = [
        AccountNotice(
            account_id=None if account is None else account.id,
            about=about,
            person_id=person.id,
            subject=subject,
            content=text,
            path=path,
            made_at=now,
            mail_state="queued" if mail else "none",
            mail_at=now if mail else None,
        )
        for person in people
    ]
    session.add_all(notices)
    session.flush()
    record(
        session,
        "account:told",
        body={
            "account": None if account is None else account.id,
            "about": about,
            "notices": [{"notice": one.id, "person": one.person_id} for one in notices],
        },
        now=now,
        person_id=actor_id,
    )
    live.announce(session, live.CALM, live.WORK)
    return notices


def mine(session: Session, reader: Person, notice_id: int) -> AccountNotice:
    """
    Raises:
        NotFound: no such notice, or somebody else's.
    """
    notice = session.get(AccountNotice, notice_id)
    if notice is None or notice.person_id != reader.id:
        raise NotFound(_("Meddelandet finns inte."))
    return notice


def read(session: Session, actor: Person, notice_id: int, now: datetime) -> AccountNotice:
    """The reader says that they have read it; a second time changes nothing.

    Raises:
        NotFound: no such notice, or somebody else's.
    """
    notice = mine(session, actor, notice_id)
    session.refresh(notice, with_for_update={"of": AccountNotice})
    if notice.read_at is None:
        notice.read_at = now
        body = {"account": notice.account_id, "notice": notice.id}
        record(session, "account:notice:read", body=body, now=now, person_id=actor.id)
        live.announce(session, live.CALM)
    return notice


def unread(session: Session, person_id: int) -> Sequence[AccountNotice]:
    """What a person hasn't read yet, oldest first."""
    query = select(AccountNotice).where(
        AccountNotice.person_id == person_id, AccountNotice.read_at.is_(None)
    )
    return session.scalars(query.order_by(AccountNotice.id)).all()


def has_work(session: Session, now: datetime) -> bool:
    """Is there a mail to send, or one that was lost on the way?"""
    lost = (AccountNotice.mail_state == "started") & (AccountNotice.mail_at < now - LOST_AFTER)
    wanted = (AccountNotice.mail_state == "queued") | lost
    return bool(session.scalar(select(exists().where(wanted))))


def claim(session: Session, now: datetime, limit: int) -> list[tuple[AccountNotice, str]]:
    """Mark up to `limit` queued mails as started; each with its key, the same for every copy."""
    query = (
        select(AccountNotice)
        .where(AccountNotice.mail_state == "queued")
        .order_by(AccountNotice.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=AccountNotice)
    )
    claimed = []
    for notice in session.scalars(query).all():
        claimed.append((notice, f"account-notice-{notice.id}"))
        notice.mail_state, notice.mail_at = "started", now
    return claimed


def settle(session: Session, notice_id: int, outcome: str, detail: str, now: datetime) -> None:
    """Write what became of a started mail: "sent", "failed" or "unknown".

    A late answer also settles what was given up as unknown; anything else is left as it is.
    """
    query = (
        select(AccountNotice).where(AccountNotice.id == notice_id).with_for_update(of=AccountNotice)
    )
    notice = session.scalars(query).one()
    if notice.mail_state not in ("started", "unknown"):
        return
    notice.mail_state, notice.mail_at, notice.mail_detail = outcome, now, detail
    body = {"account": notice.account_id, "notice": notice.id, "detail": detail}
    record(session, f"account:mail:{outcome}", body=body, now=now)


def give_up_on_lost(session: Session, now: datetime) -> int:
    """Starts that nobody answers for become unknown. Returns how many."""
    query = select(AccountNotice.id).where(
        AccountNotice.mail_state == "started", AccountNotice.mail_at < now - LOST_AFTER
    )
    lost = list(session.scalars(query.order_by(AccountNotice.id)))
    for notice_id in lost:
        settle(session, notice_id, "unknown", "no_answer", now)
    return len(lost)
