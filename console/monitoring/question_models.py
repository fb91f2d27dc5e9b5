"""Questions from the public: when they came, when they were to be answered, and how it went."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.monitoring.feed_models import FeedItem
from console.people.models import Person


class Question(Base):
    """An item of the inbox that is to have an answer (4-c). An item asked again is another one."""

    __tablename__ = "questions"
    __table_args__ = (
        Index(
            "uq_questions_open", "item_id", unique=True, postgresql_where=text("settled_at IS NULL")
        ),
        Index(
            "ix_questions_follow_up",
            "answered_by_id",
            postgresql_where=text("follow_up_on IS NOT NULL AND followed_up_at IS NULL"),
        ),
        Index("ix_questions_answered_at", "answered_at"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = ref("feed_items.id")
    received_at: Mapped[datetime]
    """When it was asked; asked again: when that was noticed."""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = ref("people.id", index=False)
    due_at: Mapped[datetime | None]
    """By the rules of the day it was opened; None: as soon as it can be."""
    handed_at: Mapped[datetime | None]
    handed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    handed_to_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """Whom it was last handed to."""
    reply: Mapped[str] = mapped_column(server_default="")
    """What the colleague says the answer is; it isn't given yet."""
    reply_at: Mapped[datetime | None]
    reply_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    settled_at: Mapped[datetime | None]
    """When it was written down that it needs nothing more; None: it is open."""
    answered_at: Mapped[datetime | None]
    """When the answer was given where the question stands."""
    answered_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    answer: Mapped[str] = mapped_column(server_default="")
    answer_link: Mapped[str] = mapped_column(server_default="")
    follow_up_on: Mapped[date | None]
    followed_up_at: Mapped[datetime | None]

    item: Mapped[FeedItem] = relationship(lazy="joined")
    reply_by: Mapped[Person | None] = relationship(foreign_keys=[reply_by_id], lazy="select")
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id], lazy="select")
