"""Monday's mail: what waits for one person, once a week."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, ref
from console.mails import Mailed
from console.people.models import Person


class MondayMail(Mailed, Base):
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

    person_id: Mapped[int] = ref("people.id", index=False)
    week: Mapped[str]
    """2026-W24"""
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    content: Mapped[str] = mapped_column(server_default="")
    """With its links; "": nothing waited."""
    made_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="joined")
