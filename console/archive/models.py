"""What is pictured for the archive, and what is handed over to archive and registry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.mails import Mailed
from console.people.models import Person


class Snapshot(Base):
    """How an account looked, as a PDF/A with the picture inside (4.4-a)."""

    __tablename__ = "snapshots"

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    taken_at: Mapped[datetime]
    """When it looked like this."""
    added_at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    name: Mapped[str]
    """The account's, on the day."""
    address: Mapped[str]
    """The account's, on the day; "": it has none."""
    media_type: Mapped[str]
    """Of what is inside: image/jpeg | application/pdf"""
    digest: Mapped[str]
    """SHA-256 in hex of what is inside, as the sheet says."""
    pdf_digest: Mapped[str]
    """SHA-256 in hex of the whole."""
    size: Mapped[int]
    """Bytes of the whole."""
    pdf: Mapped[bytes] = mapped_column(deferred=True)

    account: Mapped[Account] = relationship(lazy="joined")
    by: Mapped[Person] = relationship(lazy="joined")


class SnapshotTask(Base):
    """An account is to be pictured. One picture settles all that its account has open."""

    __tablename__ = "snapshot_tasks"
    __table_args__ = (
        UniqueConstraint("account_id", "about"),
        Index(
            "ix_snapshot_tasks_open",
            "account_id",
            "due_at",
            postgresql_where=text("snapshot_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    reason: Mapped[str]
    """rules.Reason"""
    about: Mapped[str]
    """What asked, so that nothing asks twice: "day 2026-07-01", "entry 512"."""
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    snapshot_id: Mapped[int | None] = ref("snapshots.id", nullable=True)


class ArchiveReading(Base):
    """Up to which entry of the timeline changes have been looked for; one row."""

    __tablename__ = "archive_reading"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    n: Mapped[int] = mapped_column(BigInteger)


class ArchiveDelivery(Base):
    """A handing over to archive or registry: what, to whom, and the receipt that came back."""

    __tablename__ = "archive_deliveries"
    __table_args__ = (
        Index(
            "ix_archive_deliveries_open",
            "to_id",
            postgresql_where=text("state <> 'received'"),
        ),
        Index(
            "ix_archive_deliveries_file",
            "expires_at",
            postgresql_where=text("file <> ''"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    """rules.Kind"""
    snapshot_id: Mapped[int | None] = ref("snapshots.id", nullable=True)
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True)
    """Of a snapshot too."""
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
    export_id: Mapped[int | None] = ref("timeline_exports.id", nullable=True, index=False)
    """The export that an event's package is made from."""
    masked: Mapped[bool] = mapped_column(server_default="false")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = ref("people.id")
    to_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: nobody was archivist."""
    state: Mapped[str]
    """rules.DeliveryState"""
    begun_at: Mapped[datetime | None]
    """When somebody last began to pack it."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When a package's file is taken away."""
    file: Mapped[str] = mapped_column(server_default="")
    """A package's, in the archive's folder; "": there is none, or no longer."""
    name: Mapped[str] = mapped_column(server_default="")
    """What it is saved as."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes."""
    sha256: Mapped[str] = mapped_column(server_default="")
    received_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    number: Mapped[str] = mapped_column(server_default="")
    """The registry's, or the archive's."""

    snapshot: Mapped[Snapshot | None] = relationship(lazy="select")
    account: Mapped[Account | None] = relationship(lazy="joined")
    incident: Mapped[Incident | None] = relationship(lazy="joined")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], lazy="joined")
    to: Mapped[Person | None] = relationship(foreign_keys=[to_id], lazy="joined")
    received_by: Mapped[Person | None] = relationship(foreign_keys=[received_by_id], lazy="joined")


class ArchiveLink(Mailed, Base):
    """A mail with a link of one purpose: to fetch one delivery and give its receipt. The row is the
    mail's outbox; the secret is made when it leaves, and only its digest is stored."""

    __tablename__ = "archive_links"
    __table_args__ = (
        Index("uq_archive_links_token_digest", "token_digest", unique=True),
        Index(
            "ix_archive_links_open_mail",
            "mail_state",
            postgresql_where=text("mail_state IN ('queued', 'started')"),
        ),
    )

    delivery_id: Mapped[int] = ref("archive_deliveries.id")
    person_id: Mapped[int] = ref("people.id", index=False)
    token_digest: Mapped[bytes | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Another was sent in its stead."""
    mail_at: Mapped[datetime] = mapped_column(nullable=False)
    """Always known: a link is mailed from the start."""

    delivery: Mapped[ArchiveDelivery] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")
