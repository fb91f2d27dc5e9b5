"""Platforms that the municipality has added, and its own assessments of platforms."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class AddedPlatform(Base):
    """A platform that the catalogue didn't have: for posts by hand only (2-a)."""

    __tablename__ = "added_platforms"

    key: Mapped[str] = mapped_column(primary_key=True)
    """channels.platforms.ADDED and its name."""
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)


class PlatformAssessment(Base):
    """Can we affect what visitors publish there? The newest of a platform counts (4.6-c)."""

    __tablename__ = "platform_assessments"

    id: Mapped[Id]
    platform: Mapped[str] = mapped_column(index=True)
    """Key in channels.platforms."""
    affects: Mapped[bool]
    reason: Mapped[str]
    decided_by: Mapped[str]
    """Who decided, as the municipality says it: a committee or an office."""
    decided_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    """Who wrote it here."""

    by: Mapped[Person] = relationship(lazy="joined")
