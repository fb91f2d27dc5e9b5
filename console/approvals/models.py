"""Approvals given: each bound to the hash of what was seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, Id, ref


class Approval(Base):
    """One person's yes to one content. It outlives the person's role."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "content_hash", "person_id"),)

    id: Mapped[Id]
    subject: Mapped[str]
    """What kind of thing: message_version, version_part, plan …"""
    subject_id: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str]
    """SHA-256, hex."""
    person_id: Mapped[int] = ref("people.id")
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
