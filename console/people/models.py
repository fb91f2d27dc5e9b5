"""People, their roles, sessions and one-time links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console import listing
from console.db import Base, Id, ref


class Person(Base):
    """One person, one login (5-d)."""

    __tablename__ = "people"

    id: Mapped[Id]
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="sv")
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    example: Mapped[bool] = mapped_column(server_default="false")
    """Made by `up --example` or a rehearsal: can't exist where live use is on."""
    created_at: Mapped[datetime]
    name_key: Mapped[str] = listing.stored("name")
    """For Swedish order."""
    searched: Mapped[str] = listing.stored("name", "email", "title", "phone")

    role_rows: Mapped[list[PersonRole]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    __table_args__ = (Index("uq_people_email_lower", text("lower(email)"), unique=True),)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(row.role for row in self.role_rows)


class PersonRole(Base):
    __tablename__ = "person_roles"

    person_id: Mapped[int] = ref("people.id", primary_key=True, index=False)
    role: Mapped[str] = mapped_column(primary_key=True)


class LoginSession(Base):
    """A session on the server; the browser holds only the secret whose digest this is."""

    __tablename__ = "login_sessions"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[int] = ref("people.id")
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    proved_at: Mapped[datetime | None]
    """When a code of the second factor was last given in it."""


class SecondFactor(Base):
    """A person's app: asked for once it is confirmed."""

    __tablename__ = "second_factors"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id", unique=True, index=False)
    sealed: Mapped[bytes]
    """{"key"}: base32."""
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The newest step whose code has been used: no code counts twice."""


class RecoveryCode(Base):
    """A code on paper, for when the phone is lost: counts once."""

    __tablename__ = "recovery_codes"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id")
    code_digest: Mapped[bytes]
    used_at: Mapped[datetime | None]


class OneTimeLink(Base):
    __tablename__ = "one_time_links"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]
    person_id: Mapped[int | None] = ref("people.id", nullable=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Duty(Base):
    """Who has had the duty (jour) of a role, and when: the row without an end is the holder's."""

    __tablename__ = "duty"
    __table_args__ = (
        Index("uq_duty_one_holder", "role", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    role: Mapped[str]
    person_id: Mapped[int] = ref("people.id")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    """When somebody else is to take over. The duty never falls by itself: it is handed over."""
    given_by_id: Mapped[int] = ref("people.id", index=False)
    ended_at: Mapped[datetime | None]


class DutyPlace(Base):
    """A place on a role's call list: whom to ring next when who has the duty doesn't answer."""

    __tablename__ = "duty_places"

    role: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = ref("people.id", primary_key=True)
    position: Mapped[int]
    """From 1."""


class OwnAddress(Base):
    """Where else a person wants notices (SMS, Teams, ntfy …): the row is its test's outbox."""

    __tablename__ = "own_addresses"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id")
    kind: Mapped[str]
    """address_kinds.AddressKind"""
    name: Mapped[str]
    """What it is called in the console: "ntfy, ntfy.sh". No secret."""
    sealed: Mapped[bytes | None]
    """{"target", "code"}: the address and the code of the newest test. None: removed."""
    made_at: Mapped[datetime]
    test_state: Mapped[str]
    """queued | started | sent | failed | unknown"""
    test_at: Mapped[datetime]
    test_detail: Mapped[str] = mapped_column(server_default="")
    tries: Mapped[int] = mapped_column(server_default="0")
    """Wrong codes given since the newest test."""
    works_since: Mapped[datetime | None]
    """When its code was given back: before that nothing is sent to it, or relied on."""
    failed_at: Mapped[datetime | None]
    """When the newest message to it failed; None: it didn't."""
    removed_at: Mapped[datetime | None]


class LoginFailure(Base):
    """A failed attempt, counted per e-mail address and per network address."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_key_at", "key", "at"),)

    id: Mapped[Id]
    key: Mapped[str]
    at: Mapped[datetime]


class RoleTour(Base):
    """A person has been shown the first minute of a role, or has skipped it."""

    __tablename__ = "role_tours"

    person_id: Mapped[int] = ref("people.id", primary_key=True, index=False)
    role: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
