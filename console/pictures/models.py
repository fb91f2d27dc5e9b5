"""Pictures that go out with posts: what cards are drawn from, and the bytes of all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, Id


class Picture(Base):
    """A text card. The same card is one row, however many posts carry it."""

    __tablename__ = "pictures"
    __table_args__ = (
        Index("ix_pictures_waiting", "not_before", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    """Of what it is drawn from (`rules.key_of`)."""
    content: Mapped[dict[str, Any]]
    """What it is drawn from (`rules.content_of`)."""
    alt: Mapped[str]
    """All that stands on it, in the post's language."""
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    state: Mapped[str]
    """waiting | drawn | failed"""
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    """When its posts wait for it no longer."""
    not_before: Mapped[datetime]
    """When it is drawn, or tried again."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    settled_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(index=True)
    """SHA-256 of the bytes in hex: its name where the world can fetch it."""
    data: Mapped[bytes | None] = mapped_column(deferred=True)


class Image(Base):
    """A picture that somebody has uploaded, made anew (`reencoding`)."""

    __tablename__ = "images"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of `data` in hex: what is approved."""
    width: Mapped[int]
    height: Mapped[int]
    portrait_digest: Mapped[str]
    added_at: Mapped[datetime]
    data: Mapped[bytes] = mapped_column(deferred=True)
    """JPEG, as `portrait`."""
    portrait: Mapped[bytes] = mapped_column(deferred=True)
    """The same on a sheet of 1080 × 1350."""
