"""Who has looked at which account, and what each week came to (4-f)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class AccountCheck(Base):
    """A person has gone through an account's posts and comments."""

    __tablename__ = "account_checks"
    __table_args__ = (Index("ix_account_checks_account_id_at", "account_id", "at"),)

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    how: Mapped[str]
    """check_rules.How"""
    note: Mapped[str] = mapped_column(server_default="")
    """What was seen, if anybody said."""

    by: Mapped[Person] = relationship(lazy="joined")


class CheckWeek(Base):
    """What was asked of an account in a week, and how it went: written while the week lasts and
    settled when it is over, so that later rules never rewrite it."""

    __tablename__ = "check_weeks"
    __table_args__ = (
        Index("ix_check_weeks_open", "monday", postgresql_where=text("state = 'open'")),
        Index("ix_check_weeks_missed", "monday", postgresql_where=text("state = 'missed'")),
    )

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    monday: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    times: Mapped[int]
    period: Mapped[str]
    """week | workday"""
    state: Mapped[str]
    """check_rules.WeekState"""
    made: Mapped[int] = mapped_column(server_default="0")
    asked: Mapped[int] = mapped_column(server_default="0")
    """check_rules.Progress, once it is settled."""

    account: Mapped[Account] = relationship(lazy="raise")
