"""Exports that somebody has asked for: the row is what the worker and the page agree on."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class TimelineExport(Base):
    """An event's timeline as one ZIP, made by a worker and removed after some days."""

    __tablename__ = "timeline_exports"
    __table_args__ = (
        Index(
            "uq_timeline_exports_open",
            "incident_id",
            "masked",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    masked: Mapped[bool]
    """Without personal data, for handing out."""
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = ref("people.id", index=False)
    state: Mapped[str]
    """rules.ExportState"""
    token: Mapped[uuid.UUID | None]
    """Of whoever writes it; the one before has lost it."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    seen_at: Mapped[datetime | None]
    """When whoever writes it last gave a sign."""
    done: Mapped[int] = mapped_column(server_default="0")
    """Steps done of `total`."""
    total: Mapped[int] = mapped_column(server_default="0")
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    """rules.Trouble: why it failed"""
    file: Mapped[str] = mapped_column(server_default="")
    """Its name in the exports' folder, once it is whole."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes."""
    sha256: Mapped[str] = mapped_column(server_default="")
    entries: Mapped[int] = mapped_column(server_default="0")

    asked_by: Mapped[Person] = relationship(lazy="joined")
