"""Versions of the policy profile; the newest is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, Id, ref


class ProfileVersion(Base):
    __tablename__ = "policy_versions"

    id: Mapped[Id]
    key: Mapped[str]
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True)
    reason: Mapped[str] = mapped_column(server_default="")
    """Why; "" for changes from before it was asked for."""


class LiveUse(Base):
    """Evidence for one condition of live use: what was seen, when, by whom."""

    __tablename__ = "live_use_evidence"

    id: Mapped[Id]
    condition: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True)
