"""The council's decisions of what may be disposed of."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class DisposalRule(Base):
    """What may go, after how long, and by which decision (4.4-b). It is ended, never changed."""

    __tablename__ = "disposal_rules"

    id: Mapped[Id]
    matter: Mapped[str]
    """disposal_rules.Matter"""
    months: Mapped[int]
    """After so long in the state it ended in."""
    decision: Mapped[str]
    """Who decided, and the paragraph."""
    decided_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = ref("people.id", index=False)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    disposed: Mapped[int] = mapped_column(server_default="0")
    """So many have gone under it."""
    disposed_at: Mapped[datetime | None]
    """When some last did."""

    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], lazy="joined")
