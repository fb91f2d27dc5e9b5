"""The guideline's versions, reviews and directives; pledges, readings and training per person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.people.models import Person


class GuidelineVersion(Base):
    """One version of the municipality's own guideline, kept for ever (8-c). Its text stands where
    the municipality keeps it; here are its title, its address and what changed."""

    __tablename__ = "guideline_versions"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Id]
    number: Mapped[int]
    """From 1."""
    title: Mapped[str]
    address: Mapped[str]
    """Web address of the text."""
    applies_from: Mapped[date]
    size: Mapped[str]
    """rules.Size"""
    change: Mapped[str]
    """What is new, in the strategy department's words."""
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: the program, with the example."""
    decided_by: Mapped[str] = mapped_column(server_default="")
    """Of a major one: who decided, as the profile named them then."""
    decided_on: Mapped[date | None]
    decision: Mapped[str] = mapped_column(server_default="")
    """The decision's paragraph, e.g. "KS § 112"."""
    settled_at: Mapped[datetime | None]
    """When its decision was in place here; of a minor one when it was written down."""
    withdrawn_at: Mapped[datetime | None]
    """It never came to apply."""
    withdrawn_reason: Mapped[str] = mapped_column(server_default="")

    by: Mapped[Person | None] = relationship(lazy="joined")


class GuidelineReview(Base):
    """The guideline has been gone through (8-a)."""

    __tablename__ = "guideline_reviews"

    id: Mapped[Id]
    version_id: Mapped[int] = ref("guideline_versions.id", index=False)
    """The version that was gone through."""
    due_on: Mapped[date]
    held_on: Mapped[date]
    outcome: Mapped[str]
    """rules.Outcome"""
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)

    by: Mapped[Person | None] = relationship(lazy="joined")
    version: Mapped[GuidelineVersion] = relationship(lazy="joined")


class GuidelineDirective(Base):
    """Somebody outside has said something that the guideline must follow (8-b)."""

    __tablename__ = "guideline_directives"

    id: Mapped[Id]
    sender: Mapped[str]
    received_on: Mapped[date]
    subject: Mapped[str]
    address: Mapped[str] = mapped_column(server_default="")
    recorded_at: Mapped[datetime]
    by_id: Mapped[int] = ref("people.id", index=False)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    version_id: Mapped[int | None] = ref("guideline_versions.id", nullable=True, index=False)
    """What it led to; None: nothing (`reason`), or not settled."""
    reason: Mapped[str] = mapped_column(server_default="")

    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id], lazy="joined")
    version: Mapped[GuidelineVersion | None] = relationship(lazy="joined")


class GuidelinePledge(Base):
    """A person has said in their own name that they follow this version (3.2-d)."""

    __tablename__ = "guideline_pledges"

    version_id: Mapped[int] = ref("guideline_versions.id", primary_key=True, index=False)
    person_id: Mapped[int] = ref("people.id", primary_key=True)
    at: Mapped[datetime]

    version: Mapped[GuidelineVersion] = relationship(lazy="joined")


class GuidelineReading(Base):
    """A person has read this version (3.3-a)."""

    __tablename__ = "guideline_readings"

    version_id: Mapped[int] = ref("guideline_versions.id", primary_key=True, index=False)
    person_id: Mapped[int] = ref("people.id", primary_key=True)
    at: Mapped[datetime]

    version: Mapped[GuidelineVersion] = relationship(lazy="joined")


class Training(Base):
    """A person has been trained for running an account (3.3-b)."""

    __tablename__ = "trainings"
    __table_args__ = (
        Index("ix_trainings_kept", "person_id", postgresql_where=text("removed_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = ref("people.id", index=False)
    content: Mapped[str]
    held_on: Mapped[date]
    recorded_at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    removed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id], lazy="joined")
