"""The chain's rows. Entries are never changed; bodies can be masked or disposed of under a rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, ref


class Entry(Base):
    """One link of the chain. `n` counts from 1 without gaps."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        Index("ix_timeline_entries_incident_n", "incident_id", "n"),
        # A few among many: each case shows its own.
        Index(
            "ix_timeline_entries_moderation",
            "n",
            postgresql_where=text("tag LIKE 'moderation:%'"),
        ),
        # The newest alone is asked for.
        Index("ix_timeline_entries_backup", "n", postgresql_where=text("tag = 'backup:made'")),
    )

    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    tag: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    prev: Mapped[bytes]
    body_digest: Mapped[bytes]
    entry_hash: Mapped[bytes]


class Body(Base):
    """What an entry says: the salt and the canonical JSON, byte for byte as it was digested."""

    __tablename__ = "timeline_bodies"

    n: Mapped[int] = ref("timeline_entries.n", primary_key=True, index=False)
    salt: Mapped[bytes]
    canonical: Mapped[str | None]
    masked_at: Mapped[datetime | None]
    masked_reason: Mapped[str | None]


class Personal(Base):
    """A field of personal text, kept beside the body that holds only its salted digest."""

    __tablename__ = "timeline_personal"

    n: Mapped[int] = ref("timeline_entries.n", primary_key=True, index=False)
    field: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    content: Mapped[str | None]
    masked_at: Mapped[datetime | None]
    masked_reason: Mapped[str | None]


class Head(Base):
    """The one row that serialises appends."""

    __tablename__ = "timeline_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    n: Mapped[int] = mapped_column(BigInteger)
    entry_hash: Mapped[bytes]


class SignedHead(Base):
    """A signature over count and hash, and when it reached the second place."""

    __tablename__ = "timeline_signed_heads"

    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_hash: Mapped[bytes]
    signature: Mapped[bytes]
    signed_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
