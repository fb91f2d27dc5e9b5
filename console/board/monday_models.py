"""Monday's mail: what waits for one person, once a week."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class MondayMail(Base):
    """One person's week has been looked at: the row is the mark, and its mail's outbox."""

    __tablename__ = "monday_mails"
    __table_args__ = (
        UniqueConstraint("person_id", "week"),
        Index(
            "ix_monday_mails_open",
            "mail_state",
            postgresql_where=text("mail_state IN ('queued', 'started')"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id", index=False)
    week: Mapped[str]
    """2026-W24"""
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    content: Mapped[str] = mapped_column(server_default="")
    """With its links; "": nothing waited."""
    made_at: Mapped[datetime]
    mail_state: Mapped[str]
    """none (nothing waited) | queued | started | sent | failed | unknown"""
    mail_at: Mapped[datetime | None]
    mail_detail: Mapped[str] = mapped_column(server_default="")

    person: Mapped[Person] = relationship(lazy="joined")
