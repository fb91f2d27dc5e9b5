"""Answers that people who are asked may give, and the frozen versions that were approved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.people.models import Person


class Answer(Base):
    """A question and its answer, as they are being written."""

    __tablename__ = "answers"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id")
    state: Mapped[str]
    """draft | waiting | returned | approved | withdrawn"""
    question: Mapped[str]
    content: Mapped[str]
    question_en: Mapped[str] = mapped_column(server_default="")
    content_en: Mapped[str] = mapped_column(server_default="")
    revision: Mapped[int] = mapped_column(server_default="1")
    """Counts saves, so that two writers can't overwrite each other unseen."""
    author_id: Mapped[int] = ref("people.id")
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = ref("people.id")
    hands: Mapped[list[int]] = mapped_column(server_default="[]")
    """Ids of everybody who has written or saved it: none of them approves it."""

    incident: Mapped[Incident] = relationship(lazy="joined")
    author: Mapped[Person] = relationship(foreign_keys=[author_id], lazy="joined")


class AnswerVersion(Base):
    """What was submitted, frozen: canonical JSON (RFC 8785) and its SHA-256 in hex."""

    __tablename__ = "answer_versions"
    __table_args__ = (
        UniqueConstraint("answer_id", "number"),
        Index(
            "uq_answer_versions_one_current",
            "answer_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'approved')"),
        ),
    )

    id: Mapped[Id]
    answer_id: Mapped[int] = ref("answers.id")
    number: Mapped[int]
    canonical: Mapped[str]
    content_hash: Mapped[str]
    state: Mapped[str]
    """waiting | approved | returned | void"""
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = ref("people.id")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = ref("people.id", nullable=True)
    reason: Mapped[str | None]

    answer: Mapped[Answer] = relationship(lazy="joined")
