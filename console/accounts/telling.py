"""Notices about an account outside any event, and their mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account, AccountAdministrator
from console.errors import NotFound
from console.mails import Outbox, queued
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.timeline.operations import record


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
            **queued(mail, now),
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


def _settled(session: Session, notice: AccountNotice, now: datetime) -> None:
    body = {"account": notice.account_id, "notice": notice.id, "detail": notice.mail_detail}
    record(session, f"account:mail:{notice.mail_state}", body=body, now=now)


MAILS = Outbox(
    AccountNotice, AccountNotice.person, lambda notice: f"account-notice-{notice.id}", _settled
)
