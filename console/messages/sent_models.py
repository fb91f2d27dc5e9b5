"""What was sent, kept to be found by its words (4.5-b)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from console import listing
from console.db import Base, Id, ref


class SentText(Base):
    """A text of a message as it was put in the outbox, once in each wording: without the round's
    own line, whatever the accounts and however often it went out."""

    __tablename__ = "sent_texts"
    __table_args__ = (
        UniqueConstraint("message_id", "language", "content_hash"),
        Index(
            "ix_sent_texts_terms",
            "terms",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index("ix_sent_texts_at", "at"),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = ref("messages.id", index=False)
    language: Mapped[str]
    title: Mapped[str]
    content: Mapped[str]
    content_hash: Mapped[str]
    """SHA-256 of `content` in hex: what tells wordings apart."""
    at: Mapped[datetime]
    """When it was first put in the outbox."""
    terms: Mapped[str] = listing.terms("title", "content")
