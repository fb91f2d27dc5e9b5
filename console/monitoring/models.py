"""Rumours: what is said about an event that somebody should look into."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.messages.models import Message
from console.people.models import Person


class Rumour(Base):
    """Something that is said. Its own words never leave the console."""

    __tablename__ = "rumours"
    __table_args__ = (
        Index(
            "ix_rumours_to_answer",
            "message_id",
            postgresql_where=text("state IN ('true', 'false') AND message_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    state: Mapped[str]
    """new | checking | true | false | answered | closed"""
    state_at: Mapped[datetime]
    content: Mapped[str]
    """What is said."""
    seen_where: Mapped[str]
    link: Mapped[str] = mapped_column(server_default="")
    seen_at: Mapped[datetime]
    seen_by: Mapped[str] = mapped_column(server_default="")
    """Who saw or heard it, if that isn't who logged it."""
    logged_at: Mapped[datetime]
    logged_by_id: Mapped[int] = ref("people.id")
    owner_id: Mapped[int | None] = ref("people.id", nullable=True)
    """Who in the information unit sees to it; none: nobody yet."""
    truth: Mapped[str] = mapped_column(server_default="")
    """What is true, as it is to be said first."""
    source: Mapped[str] = mapped_column(server_default="")
    """How we know."""
    message_id: Mapped[int | None] = ref("messages.id", nullable=True, index=False)
    """The message that answers it."""
    closed_reason: Mapped[str] = mapped_column(server_default="")

    incident: Mapped[Incident] = relationship(lazy="joined")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    logged_by: Mapped[Person] = relationship(foreign_keys=[logged_by_id], lazy="joined")
    message: Mapped[Message | None] = relationship(lazy="joined")
