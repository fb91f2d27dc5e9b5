"""What was last seen of the municipality's own start page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, ref


class StartPage(Base):
    """One row per website account that names a start page, from the first look."""

    __tablename__ = "start_pages"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False, autoincrement=False)
    address: Mapped[str]
    """What was looked at; another address begins anew."""
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When the page last came whole."""
    next_at: Mapped[datetime] = mapped_column(index=True)
    fault: Mapped[str] = mapped_column(server_default="")
    """Why the last look gave no page: no_connection | no_answer | address | status | busy |
    partial; empty: it gave one."""
    detail: Mapped[str] = mapped_column(server_default="")
    fault_since: Mapped[datetime | None]
    included: Mapped[bool] = mapped_column(server_default="false")
    """The fragment is there, also in calm."""
    by_script: Mapped[bool] = mapped_column(server_default="false")
    """It is fetched by a script, which nobody here can see run."""
    etag: Mapped[str] = mapped_column(server_default="")
    modified: Mapped[str] = mapped_column(server_default="")
    """What to ask "has it changed since?" with."""
    judged: Mapped[str] = mapped_column(server_default="")
    """Digest of what the page was to show then: only while it is the same does "not changed" mean
    anything."""
    left_over: Mapped[str] = mapped_column(server_default="")
    """Name of an event that is over and still stands there."""
    left_since: Mapped[datetime | None]
    left_told_at: Mapped[datetime | None]
