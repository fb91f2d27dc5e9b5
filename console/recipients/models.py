"""Recipients of an account that reaches people one by one: e-mail and SMS.

An address stands in `sealed` only, with a key outside the database. It is known again by its mark,
a keyed digest, so that nobody stands twice on a list and nobody who reads the table learns whom it
holds.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class RecipientKey(Base):
    """The key of the marks: one row, made when it is first needed."""

    __tablename__ = "recipient_keys"

    id: Mapped[Id]
    sealed: Mapped[bytes]
    """{"key"}: hex."""


class RecipientList(Base):
    """What an account's list is, beside its recipients. There is none before it is first needed."""

    __tablename__ = "recipient_lists"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    open: Mapped[bool] = mapped_column(server_default="false")
    """Citizens may sign up."""
    left: Mapped[int] = mapped_column(server_default="0")
    """Citizens who have left: all that is kept of them."""
    lapsed: Mapped[int] = mapped_column(server_default="0")
    """Citizens who didn't say again that they want the messages."""


class Recipient(Base):
    """One recipient; a citizen's row is gone when they leave."""

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("account_id", "mark_digest"),
        Index("ix_recipients_letter_state", "letter_state", postgresql_where="letter_state <> ''"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    kind: Mapped[str]
    """rules.Kind"""
    state: Mapped[str]
    """rules.State"""
    name: Mapped[str] = mapped_column(server_default="")
    """Of a partner or one of the staff. Of a citizen nothing but the address is asked."""
    why: Mapped[str] = mapped_column(server_default="")
    mark_digest: Mapped[bytes]
    """HMAC-SHA256 of the address, under the installation's key."""
    sealed: Mapped[bytes]
    """{"address"}, and of a citizen {"leave"}: the secret of the link that every message carries,
    and {"ask"}: the code or the link's secret that is waited for."""
    leave_digest: Mapped[bytes | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(server_default="sv")
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: by themselves."""
    since: Mapped[datetime | None]
    """Has been reached since then; None: not confirmed yet."""
    confirmed_at: Mapped[datetime | None]
    """When a citizen last said that they want it."""
    removed_at: Mapped[datetime | None]
    ask_digest: Mapped[bytes | None] = mapped_column(unique=True)
    """Of the link that is waited for; a telephone is sent a code instead."""
    ask_until: Mapped[datetime | None]
    """When an unanswered question ends, and the address goes."""
    tries: Mapped[int] = mapped_column(server_default="0")
    """Wrong codes."""
    letter: Mapped[str] = mapped_column(server_default="")
    """rules.Letter, or empty."""
    letter_state: Mapped[str] = mapped_column(server_default="")
    """queued | started | sent | failed | unknown"""
    letter_at: Mapped[datetime | None]
    letter_detail: Mapped[str] = mapped_column(server_default="")

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    added_by: Mapped[Person | None] = relationship(lazy="joined")


class RecipientTry(Base):
    """A sign-up or a code, counted per address, per network address and for the whole house."""

    __tablename__ = "recipient_tries"
    __table_args__ = (Index("ix_recipient_tries_key_digest_at", "key_digest", "at"),)

    id: Mapped[Id]
    key_digest: Mapped[bytes]
    at: Mapped[datetime]


class RecipientSend(Base):
    """What became of one post for one recipient: never two messages, however often it is tried."""

    __tablename__ = "recipient_sends"
    __table_args__ = (UniqueConstraint("post_key", "mark_digest"),)

    id: Mapped[Id]
    post_key: Mapped[str]
    """The delivery's idempotency key."""
    mark_digest: Mapped[bytes]
    state: Mapped[str]
    """channels.listed.Got"""
    at: Mapped[datetime] = mapped_column(index=True)
