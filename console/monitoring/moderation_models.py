"""Moderation of what others have written, and the evidence, which few may read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.monitoring.feed_models import FeedItem
from console.people.models import Person
from console.pictures.models import Image


class Moderation(Base):
    """One post's way from evidence to the word to its author. It holds nothing that the post says,
    nor who wrote it (4-i)."""

    __tablename__ = "moderations"
    __table_args__ = (
        Index(
            "uq_moderations_item",
            "item_id",
            unique=True,
            postgresql_where=text("state <> 'kept'"),
        ),
        Index(
            "ix_moderations_open",
            "account_id",
            postgresql_where=text("state NOT IN ('done', 'kept')"),
        ),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = ref("feed_items.id")
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True)
    state: Mapped[str]
    """moderation_rules.ModerationState"""
    state_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When somebody of ours first saw it: from here its time is measured (4-g)."""
    captured_at: Mapped[datetime]
    captured_by_id: Mapped[int] = ref("people.id", index=False)
    digest: Mapped[str]
    """SHA-256 of the evidence in hex, as `moderation_operations.digest_of` spells it."""
    ground: Mapped[str] = mapped_column(server_default="")
    """A key of the profile's grounds."""
    ground_text: Mapped[str] = mapped_column(server_default="")
    """What the rules called it on the day of the decision, in Swedish."""
    ground_en: Mapped[str] = mapped_column(server_default="")
    measure: Mapped[str] = mapped_column(server_default="")
    """moderation_rules.Measure"""
    reason: Mapped[str] = mapped_column(server_default="")
    """In general words."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    committee: Mapped[str] = mapped_column(server_default="")
    """That registers it (4.5-e); "": it isn't registered."""
    registry_number: Mapped[str] = mapped_column(server_default="")
    numbered_at: Mapped[datetime | None]
    numbered_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    hidden_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    told_how: Mapped[str] = mapped_column(server_default="")
    """moderation_rules.Told"""
    told_text: Mapped[str] = mapped_column(server_default="")
    told_at: Mapped[datetime | None]
    told_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    item: Mapped[FeedItem] = relationship(lazy="raise")
    account: Mapped[Account | None] = relationship(lazy="joined")
    captured_by: Mapped[Person] = relationship(foreign_keys=[captured_by_id], lazy="select")
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id], lazy="select")


class ModerationEvidence(Base):
    """What a moderated post said and who wrote it: read with READ_EVIDENCE, and by whoever is to
    decide until it is decided. Every look stands in the timeline."""

    __tablename__ = "moderation_evidence"

    moderation_id: Mapped[int] = ref("moderations.id", primary_key=True, index=False)
    title: Mapped[str]
    content: Mapped[str]
    author: Mapped[str]
    link: Mapped[str]
    published_at: Mapped[datetime | None]
    captured_at: Mapped[datetime]
    salt: Mapped[str]
    """In hex: without it nobody can try out what the digest is of."""
    image_id: Mapped[int | None] = ref("images.id", nullable=True, index=False)

    image: Mapped[Image | None] = relationship(lazy="select")
