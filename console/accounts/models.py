"""The register of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console import listing
from console.db import Base, Id, ref
from console.people.models import Person


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (Index("uq_accounts_platform_handle", "platform", "handle", unique=True),)

    id: Mapped[Id]
    name: Mapped[str]
    short_name: Mapped[str]
    """At most 18 characters: what boards show."""
    platform: Mapped[str]
    """Key in channels.platforms."""
    handle: Mapped[str]
    address: Mapped[str] = mapped_column(server_default="")
    """Web address where the public finds the account."""
    operation: Mapped[str] = mapped_column(server_default="")
    committee: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    """Channel kind in channels.registry."""
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    secret: Mapped[bytes | None]
    """Secret settings, encrypted with a key outside the database."""
    public: Mapped[bool] = mapped_column(server_default="true")
    official: Mapped[bool] = mapped_column(server_default="false")
    """An official website channel: leads every round (2.3-a)."""
    languages: Mapped[list[str]] = mapped_column(server_default='["sv"]')
    repeat_rule: Mapped[str]
    """every | key_moments"""
    card: Mapped[bool] = mapped_column(server_default="false")
    """Posts carry a text card; where there is no post without a picture, they do anyway."""
    state: Mapped[str]
    state_since: Mapped[datetime | None]
    """When it came into its state; None: it has been in it all the time."""
    position: Mapped[int] = mapped_column(server_default="0")
    """Fixed place on boards: accounts never move."""
    created_at: Mapped[datetime]
    name_key: Mapped[str] = listing.stored("name")
    """For Swedish order."""
    committee_key: Mapped[str] = listing.stored("committee")
    searched: Mapped[str] = listing.stored("name", "short_name", "handle", "operation", "committee")

    administrators: Mapped[list[AccountAdministrator]] = relationship(
        cascade="all, delete-orphan", order_by="AccountAdministrator.position", lazy="selectin"
    )
    deviations: Mapped[list[AccountDeviation]] = relationship(
        cascade="all, delete-orphan", order_by="AccountDeviation.id", lazy="selectin"
    )

    @property
    def since(self) -> datetime:
        """When it came into its state."""
        return self.state_since or self.created_at


class AccountAdministrator(Base):
    __tablename__ = "account_administrators"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    person_id: Mapped[int] = ref("people.id", primary_key=True)
    position: Mapped[int]

    person: Mapped[Person] = relationship(lazy="joined")


class AccountDeviation(Base):
    """Something about the account that isn't as the guideline asks."""

    __tablename__ = "account_deviations"

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    content: Mapped[str]
    noted_at: Mapped[datetime]
    mended_at: Mapped[datetime | None]
