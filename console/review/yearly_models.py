"""The yearly report of an account: what is told, what was counted, and what was decided (4.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class YearlyReport(Base):
    """One for each account and year."""

    __tablename__ = "yearly_reports"
    __table_args__ = (
        UniqueConstraint("account_id", "year"),
        Index("ix_yearly_reports_open", "due_on", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    year: Mapped[int]
    first: Mapped[date]
    last: Mapped[date]
    """The days that it tells of."""
    due_on: Mapped[date]
    """The last day, in Sweden; moves with the rules while it isn't sent."""
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: the program, on the first day of the year's window."""
    story: Mapped[str] = mapped_column(server_default="")
    followers: Mapped[int | None]
    """As somebody has read it on the platform; None: nobody has said."""
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    content: Mapped[dict[str, Any] | None]
    """What was frozen when it was sent; None: it isn't."""
    content_hash: Mapped[str] = mapped_column(server_default="")
    """SHA-256 of the canonical JSON of `content`."""
    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    goal: Mapped[str] = mapped_column(server_default="")
    """yearly_rules.Goal"""
    step: Mapped[str] = mapped_column(server_default="")
    """yearly_rules.Step"""
    reason: Mapped[str] = mapped_column(server_default="")
    evaluated_at: Mapped[datetime | None]
    evaluated_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    account: Mapped[Account] = relationship(lazy="joined")
    saved_by: Mapped[Person | None] = relationship(foreign_keys=[saved_by_id], lazy="select")
    sent_by: Mapped[Person | None] = relationship(foreign_keys=[sent_by_id], lazy="select")
    evaluated_by: Mapped[Person | None] = relationship(
        foreign_keys=[evaluated_by_id], lazy="select"
    )
