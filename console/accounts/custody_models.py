"""Where an account's login details are kept, and who has had them (3-b, 3-d, 5-b)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.mails import Mailed
from console.people.models import Person


class CustodyEnvelope(Base):
    """One sealed envelope. A new one replaces it; the row stays, without what was in it."""

    __tablename__ = "custody_envelopes"
    __table_args__ = (
        Index(
            "uq_custody_envelopes_kept",
            "account_id",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    form: Mapped[str]
    """custody_rules.Form"""
    number: Mapped[str] = mapped_column(server_default="")
    """What is written on it, if it is of paper."""
    place: Mapped[str] = mapped_column(server_default="")
    """Where it lies, if it is of paper."""
    handed_in_by: Mapped[str] = mapped_column(server_default="")
    codes: Mapped[bool]
    """Recovery codes are in it."""
    content: Mapped[bytes | None]
    """Of a digital one: sealed with a key outside the database. None once replaced."""
    state: Mapped[str]
    """custody_rules.Seal"""
    sealed_at: Mapped[datetime]
    """Of a paper one: noon of the day that somebody says."""
    recorded_at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    """Who sealed the digital one, or received the one of paper."""

    account: Mapped[Account] = relationship(lazy="joined")
    by: Mapped[Person] = relationship(lazy="joined")


class CustodyUse(Base):
    """An opening, a drill or a loan: who had the login, why, who saw it, and until when."""

    __tablename__ = "custody_uses"
    __table_args__ = (
        Index(
            "uq_custody_uses_asked",
            "account_id",
            unique=True,
            postgresql_where=text("step = 'asked'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    envelope_id: Mapped[int | None] = ref("custody_envelopes.id", nullable=True, index=False)
    """None: the platform has no envelope, or none was there to lend."""
    kind: Mapped[str]
    """custody_rules.Kind"""
    step: Mapped[str]
    """custody_rules.Step"""
    reason: Mapped[str]
    by_id: Mapped[int] = ref("people.id", index=False)
    """Who opens, or lends."""
    at: Mapped[datetime]
    other_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """The witness, or the borrower."""
    confirmed_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    """When the opener was shown what is in a digital envelope: once."""
    changed_at: Mapped[datetime | None]
    """When somebody confirmed that the password was changed afterwards."""
    changed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")
    envelope: Mapped[CustodyEnvelope | None] = relationship(lazy="joined")
    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")
    other: Mapped[Person | None] = relationship(foreign_keys=[other_id], lazy="joined")


class PageAdministrator(Base):
    """Somebody who runs an account from their own login, as another person has verified."""

    __tablename__ = "page_administrators"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    person_id: Mapped[int] = ref("people.id", primary_key=True, index=False)
    verified_at: Mapped[datetime]
    verified_by_id: Mapped[int] = ref("people.id", index=False)


class AccountNotice(Mailed, Base):
    """A notice to one person about an account, outside any event: the row is its mail's outbox.

    What concerns none of ours (a question that stands on somebody else's page) has no account."""

    __tablename__ = "account_notices"
    __table_args__ = (
        UniqueConstraint("about", "person_id"),
        Index(
            "ix_account_notices_open",
            "mail_state",
            postgresql_where=text("mail_state IN ('queued', 'started')"),
        ),
    )

    account_id: Mapped[int | None] = ref("accounts.id", nullable=True)
    about: Mapped[str]
    """What it is about, e.g. "custody 12": with the person it makes the notice one."""
    person_id: Mapped[int] = ref("people.id")
    subject: Mapped[str]
    content: Mapped[str]
    path: Mapped[str]
    """Where to act, from the console's root."""
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")
