"""Connecting accounts by the platforms' own login, and keeping their keys alive."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.db import Base, Id, ref


class PlatformApp(Base):
    """How a platform, or one Mastodon server, knows this installation."""

    __tablename__ = "platform_apps"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[Id]
    key: Mapped[str]
    """Of `channels.connecting.APPS`, or a Mastodon server's address."""
    client_id: Mapped[str]
    sealed: Mapped[bytes | None]
    """The app's secret, sealed; None: a public client."""
    redirect: Mapped[str] = mapped_column(server_default="")
    """Our address that a Mastodon server knows; of the others a person enters it there."""
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = ref("people.id", index=False, nullable=True)


class AccountConnection(Base):
    """One attempt to connect an account: from the press in the console until the browser is back.

    It belongs to one session and one account, lives ten minutes and is used once.
    """

    __tablename__ = "account_connections"
    __table_args__ = (UniqueConstraint("state_digest"),)

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id")
    person_id: Mapped[int] = ref("people.id", index=False)
    session_id: Mapped[int] = mapped_column(BigInteger)
    """Of the login it was begun in; the row of that may be gone."""
    kind: Mapped[str]
    state_digest: Mapped[bytes]
    """SHA-256 of what goes with the browser to the platform and back."""
    sealed: Mapped[bytes | None]
    """Verifier, app and settings, sealed; later the accounts to choose among, with their keys.
    Emptied when it is over."""
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    """When the browser came back with an answer."""
    outcome: Mapped[str] = mapped_column(server_default="")
    """"" while it is under way; choosing | connected, or a `channels.oauth.Fault`."""
    names: Mapped[list[str]] = mapped_column(server_default="[]")
    """Rights that are missing, or the account that the key belongs to."""
    detail: Mapped[str] = mapped_column(server_default="")
    """The platform's own words, for the curious."""


class AccountRenewal(Base):
    """When an account's key is to be renewed next, and by whom just now."""

    __tablename__ = "account_renewals"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False, autoincrement=False)
    seen_at: Mapped[datetime]
    """When this key came to us: where nobody knows its age."""
    next_at: Mapped[datetime] = mapped_column(index=True)
    renews: Mapped[bool] = mapped_column(server_default="false")
    """Whether this key can be renewed without a person."""
    claim: Mapped[uuid.UUID | None]
    """Whoever is asking the platform now."""
    lease_until: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """Since when it hasn't worked, though nobody has said that the key is dead."""
    dead_at: Mapped[datetime | None]
    """When the platform said that it can't be renewed any more."""
    detail: Mapped[str] = mapped_column(server_default="")
    """Why not, for the curious."""
