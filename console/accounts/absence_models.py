"""When people are away, and who stands in for them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class Absence(Base):
    """Days in Sweden on which a person is away. Why they are is nobody's business here."""

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days_in_order"),)

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id")
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    """Included."""
    substitute_id: Mapped[int | None] = ref("people.id", nullable=True)
    """Who stands in on all accounts but those that name somebody else; None: nobody yet."""
    recorded_by_id: Mapped[int] = ref("people.id", index=False)
    recorded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    substitute: Mapped[Person | None] = relationship(foreign_keys=[substitute_id], lazy="joined")
    recorded_by: Mapped[Person] = relationship(foreign_keys=[recorded_by_id], lazy="joined")
    by_account: Mapped[list[AccountSubstitute]] = relationship(
        cascade="all, delete-orphan", order_by="AccountSubstitute.account_id", lazy="selectin"
    )


class AccountSubstitute(Base):
    """Who stands in on one account, in place of the absence's substitute."""

    __tablename__ = "absence_accounts"

    absence_id: Mapped[int] = ref("absences.id", primary_key=True, index=False)
    account_id: Mapped[int] = ref("accounts.id", primary_key=True)
    substitute_id: Mapped[int] = ref("people.id")

    substitute: Mapped[Person] = relationship(lazy="joined")
