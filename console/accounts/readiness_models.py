"""What an account's channel last said of itself, asked without publishing anything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, ref


class AccountReadiness(Base):
    """One row per account that a channel sends to, from the first time it is asked."""

    __tablename__ = "account_readiness"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False, autoincrement=False)
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When the platform last answered; later askings without an answer don't change it."""
    reason: Mapped[str] = mapped_column(server_default="")
    """A `channels.failures.Reason` of why a post would not go out; empty: it would."""
    detail: Mapped[str] = mapped_column(server_default="")
    called: Mapped[str] = mapped_column(server_default="")
    """What the platform calls the account that the key belongs to."""
    expires_at: Mapped[datetime | None]
    """When the key dies; None: never, or nobody knows."""
    left: Mapped[int | None]
    """Posts that the platform takes now; None: it doesn't say."""
    next_at: Mapped[datetime] = mapped_column(index=True)
