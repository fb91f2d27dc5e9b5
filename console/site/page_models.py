"""Pages of the public site as they were served, kept when they were written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, Id, ref


class SitePage(Base):
    """An event's page in one language, byte for byte. The timeline holds its SHA-256
    (`site:pages:served`), so that nobody can change it afterwards unseen."""

    __tablename__ = "site_pages"
    __table_args__ = (Index("ix_site_pages_shown", "incident_id", "language", "id"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id", index=False)
    language: Mapped[str]
    at: Mapped[datetime]
    """When it was served from."""
    generation: Mapped[int] = mapped_column(BigInteger)
    """The timeline's count when its picture was taken."""
    shown_hash: Mapped[str]
    """SHA-256 in hex of what it tells, apart from what frames it: what a change is known by."""
    content: Mapped[str]
    sha256: Mapped[str]
    """Of the bytes, in hex."""
