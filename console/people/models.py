"""People, their roles, sessions and one-time links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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


class OneTimeLink(Base):
    __tablename__ = "one_time_links"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]
    person_id: Mapped[int | None] = ref("people.id", nullable=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginFailure(Base):
    """A failed attempt, counted per e-mail address and per network address."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_key_at", "key", "at"),)

    id: Mapped[Id]
    key: Mapped[str]
    at: Mapped[datetime]
