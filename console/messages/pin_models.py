"""Posts that stand first on their accounts, for as long as their message applies."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.messages.models import Delivery


class PostPin(Base):
    """A post that is to stand first on its account, or no longer is. It is no part of the post's
    own sending: whatever becomes of it, the delivery is as it was."""

    __tablename__ = "post_pins"
    __table_args__ = (
        UniqueConstraint("delivery_id"),
        Index(
            "ix_post_pins_next",
            "next_at",
            postgresql_where=text("state IN ('queued', 'started')"),
        ),
        Index("ix_post_pins_wanted", "account_id", postgresql_where=text("wanted")),
    )

    id: Mapped[Id]
    delivery_id: Mapped[int] = ref("deliveries.id", index=False)
    account_id: Mapped[int] = ref("accounts.id")
    exercise: Mapped[bool]
    wanted: Mapped[bool]
    """To stand first; False: to stand there no more."""
    state: Mapped[str]
    """queued | started | done | refused | unknown | by_hand"""
    maybe_first: Mapped[bool] = mapped_column(server_default="false")
    """An attempt has pinned it, or may have, and none has lifted it since."""
    reason: Mapped[str] = mapped_column(server_default="")
    before: Mapped[str] = mapped_column(server_default="")
    """What stood first before (channels.contract.Pin)."""
    token: Mapped[uuid.UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    """Since it was last wanted so."""
    next_at: Mapped[datetime | None]
    """When to try, or to try again; of a started one, when its attempt is taken for abandoned."""
    settled_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    delivery: Mapped[Delivery] = relationship(lazy="joined")
