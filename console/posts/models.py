"""What ordinary posts have beside the tables of messages: their accounts, holds and suggestions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.messages.models import Message
from console.people.models import Person


class PostAccount(Base):
    """An account that a post is written for."""

    __tablename__ = "post_accounts"

    message_id: Mapped[int] = ref("messages.id", primary_key=True, index=False)
    account_id: Mapped[int] = ref("accounts.id", primary_key=True)

    account: Mapped[Account] = relationship(lazy="joined")


class PostHold(Base):
    """A post that was kept from an account; it waits for its author to send anew or throw away."""

    __tablename__ = "post_holds"
    __table_args__ = (
        Index(
            "uq_post_holds_open",
            "message_id",
            "account_id",
            unique=True,
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = ref("messages.id")
    account_id: Mapped[int] = ref("accounts.id")
    reason: Mapped[str]
    """rules.Held"""
    incident_id: Mapped[int | None] = ref("incidents.id", nullable=True)
    """The event whose lock it was."""
    held_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    """When its author was written to."""
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    choice: Mapped[str] = mapped_column(server_default="")
    """anew | thrown | out (somebody has seen it there)"""

    account: Mapped[Account] = relationship(lazy="joined")
    incident: Mapped[Incident | None] = relationship(lazy="joined")
    message: Mapped[Message] = relationship(lazy="select")


class Suggestion(Base):
    """A text that its author handed to the information unit: read, and never sent by itself."""

    __tablename__ = "post_suggestions"
    __table_args__ = (UniqueConstraint("message_id", "incident_id"),)

    id: Mapped[Id]
    message_id: Mapped[int] = ref("messages.id")
    incident_id: Mapped[int] = ref("incidents.id")
    content: Mapped[str]
    """The text as it was handed over."""
    accounts: Mapped[str]
    """Names of the accounts it was written for."""
    handed_at: Mapped[datetime]
    handed_by_id: Mapped[int] = ref("people.id", index=False)
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    dismissed_at: Mapped[datetime | None]
    dismissed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    handed_by: Mapped[Person] = relationship(foreign_keys=[handed_by_id], lazy="joined")
    read_by: Mapped[Person | None] = relationship(foreign_keys=[read_by_id], lazy="joined")
    dismissed_by: Mapped[Person | None] = relationship(
        foreign_keys=[dismissed_by_id], lazy="joined"
    )
