"""Alarms of what stands on locked accounts, and what people said of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.monitoring.feed_models import FeedItem
from console.people.models import Person


class LockAlarm(Base):
    """A post that the console hasn't sent, or one of its own that was changed or is gone."""

    __tablename__ = "lock_alarms"
    __table_args__ = (
        Index(
            "uq_lock_alarms_open",
            "item_id",
            "kind",
            unique=True,
            postgresql_where=text("state <> 'settled'"),
        ),
        Index("ix_lock_alarms_open", "incident_id", postgresql_where=text("state <> 'settled'")),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    account_id: Mapped[int] = ref("accounts.id")
    item_id: Mapped[int] = ref("feed_items.id")
    kind: Mapped[str]
    """lock_rules.AlarmKind"""
    sure: Mapped[bool]
    """Not at all like anything of ours that may be on its way."""
    raised_at: Mapped[datetime]
    state: Mapped[str]
    """lock_rules.AlarmState"""
    said_at: Mapped[datetime | None]
    """When a person said that it isn't ours."""
    said_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None of a settled one: the console has seen it for itself."""
    outcome: Mapped[str] = mapped_column(server_default="")
    """lock_rules.Outcome"""

    incident: Mapped[Incident] = relationship(lazy="joined")
    account: Mapped[Account] = relationship(lazy="joined")
    item: Mapped[FeedItem] = relationship(lazy="joined")
    said_by: Mapped[Person | None] = relationship(foreign_keys=[said_by_id], lazy="joined")
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id], lazy="joined")
