"""Events, which accounts they use, locks, notices and notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class Incident(Base):
    """An event (händelse), live or exercise; which of the two never changes."""

    __tablename__ = "incidents"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    area: Mapped[str] = mapped_column(server_default="")
    stage: Mapped[str]
    """staff (stabsläge) | board (krisledningsnämnden leder)"""
    stage_since: Mapped[datetime]
    reason: Mapped[str]
    exercise: Mapped[bool]
    state: Mapped[str]
    """open | closed"""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = ref("people.id")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    last_number: Mapped[int] = mapped_column(server_default="0")
    """The newest round's number; runs on through the event, missed rounds included."""
    paused_all_at: Mapped[datetime | None]
    """Set by Stoppa allt until somebody starts a broadcast anew."""

    opened_by: Mapped[Person] = relationship(foreign_keys=[opened_by_id], lazy="joined")
    choices: Mapped[list[IncidentAccount]] = relationship(
        cascade="all, delete-orphan", lazy="select"
    )


class IncidentAccount(Base):
    """The decision about one account in one event (7-d)."""

    __tablename__ = "incident_accounts"

    incident_id: Mapped[int] = ref("incidents.id", primary_key=True, index=False)
    account_id: Mapped[int] = ref("accounts.id", primary_key=True)
    use: Mapped[str]
    """publish | lock_only | leave"""
    reason: Mapped[str] = mapped_column(server_default="")

    account: Mapped[Account] = relationship(lazy="joined")


class Lock(Base):
    """An account locked by an event. Live locks are one per account; exercises touch themselves."""

    __tablename__ = "locks"
    __table_args__ = (
        Index(
            "uq_locks_live_account",
            "account_id",
            unique=True,
            postgresql_where=text("released_at IS NULL AND NOT exercise"),
        ),
        Index(
            "uq_locks_incident_account",
            "incident_id",
            "account_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    incident_id: Mapped[int] = ref("incidents.id")
    exercise: Mapped[bool] = mapped_column(Boolean)
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    release_reason: Mapped[str | None]


class Notice(Base):
    """A notice to one person about an event: the row is the outbox for its mail."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("incident_id", "kind", "person_id", "about"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    kind: Mapped[str]
    """locked | released | closed"""
    about: Mapped[str] = mapped_column(server_default="")
    """Sets repeated notices of a kind apart, e.g. the account released."""
    person_id: Mapped[int] = ref("people.id")
    accounts: Mapped[str]
    """Account ids the notice is about, comma-separated, in register order."""
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    pending_posts: Mapped[str] = mapped_column(server_default="")
    """What the reader answered about posts already scheduled in the platform's own app:
    paused | none | unknown; empty: not answered."""
    mail_state: Mapped[str]
    """queued | started | sent | failed | unknown | none (no mail set up)"""
    mail_at: Mapped[datetime | None]
    mail_detail: Mapped[str] = mapped_column(server_default="")

    person: Mapped[Person] = relationship(lazy="joined")


class Note(Base):
    """What somebody wrote in the event's log (Anteckna)."""

    __tablename__ = "incident_notes"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    """decision | call | vma | media | other"""
    happened_at: Mapped[datetime]
    written_at: Mapped[datetime]
    content: Mapped[str]

    author: Mapped[Person] = relationship(lazy="joined")
