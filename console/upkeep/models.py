"""How an account is looked after: profile checks, logging out, senders, consents, attacks."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console import listing
from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class ProfileCheck(Base):
    """Somebody has looked at an account's profile, item by item (4.1, 4.2)."""

    __tablename__ = "profile_checks"

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    evidence: Mapped[str]
    """A note, or the address of a picture."""
    logo: Mapped[str] = mapped_column(server_default="")
    """The approved logo of that day: what the account's was compared with."""

    by: Mapped[Person] = relationship(lazy="joined")


class ProfileItem(Base):
    """What was found about one item; the one that isn't replaced counts."""

    __tablename__ = "profile_items"
    __table_args__ = (
        Index(
            "uq_profile_items_counts",
            "account_id",
            "item",
            unique=True,
            postgresql_where=text("NOT replaced"),
        ),
        Index(
            "ix_profile_items_missing",
            "account_id",
            postgresql_where=text("NOT replaced AND found = 'missing'"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    check_id: Mapped[int] = ref("profile_checks.id")
    """The check it was found in, or that it mends."""
    item: Mapped[str]
    """rules.Item"""
    found: Mapped[str]
    """rules.Found"""
    note: Mapped[str] = mapped_column(server_default="")
    """Why it doesn't apply, or what else there is to say."""
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    replaced: Mapped[bool] = mapped_column(server_default="false")


class LogoutConfirmation(Base):
    """An administrator has said that they log out and share no login (5-c)."""

    __tablename__ = "logout_confirmations"
    __table_args__ = (
        Index("ix_logout_confirmations_account_id_person_id", "account_id", "person_id"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    person_id: Mapped[int] = ref("people.id")
    at: Mapped[datetime]


class AccountHabits(Base):
    """Is there dialogue on the account, and who is its sender? (2-b, 4-b)"""

    __tablename__ = "account_habits"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    comments_open: Mapped[bool]
    answers_given: Mapped[bool]
    sender: Mapped[str]
    """rules.Sender, never PRIVATE"""
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)

    by: Mapped[Person] = relationship(lazy="joined")


class PhotoConsent(Base):
    """A picture of people who can be recognised, and whether they agree (4.6-d)."""

    __tablename__ = "photo_consents"

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    photo: Mapped[str]
    """Which picture: its address, or so that colleagues find it."""
    who: Mapped[str] = mapped_column(server_default="")
    """As little of a name as is needed; emptied once the picture is down."""
    scope: Mapped[str] = mapped_column(server_default="")
    """What they agreed to."""
    given_on: Mapped[date | None]
    """None: the picture is out, or about to be, without consent."""
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = ref("people.id", index=False)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    down_at: Mapped[datetime | None]
    """When the picture was taken down."""
    down_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    searched: Mapped[str] = listing.stored("who", "photo", "scope")

    account: Mapped[Account] = relationship(lazy="joined")


class SecurityReport(Base):
    """A phishing attempt against an account, or an app that was added to it (5-a)."""

    __tablename__ = "security_reports"
    __table_args__ = (
        Index(
            "ix_security_reports_open", "account_id", postgresql_where=text("settled_at IS NULL")
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    trouble: Mapped[str]
    """rules.Trouble"""
    what: Mapped[str]
    happened_on: Mapped[date]
    """In Sweden."""
    done: Mapped[str] = mapped_column(server_default="")
    """What was done about it."""
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    account: Mapped[Account] = relationship(lazy="joined")
    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")
