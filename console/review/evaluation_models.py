"""The evaluation (utvärdering) of an event: what was seen, what was learnt, what is to be done."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.people.models import Person


class Evaluation(Base):
    """One for each event that somebody has begun to evaluate."""

    __tablename__ = "evaluations"

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("incidents.id", unique=True, index=False)
    begun_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    summary: Mapped[str] = mapped_column(server_default="")
    """What was learnt, in short; written as it is closed."""

    incident: Mapped[Incident] = relationship(lazy="joined")
    closed_by: Mapped[Person | None] = relationship(lazy="joined")


class Remark(Base):
    """An observation, a lesson, or a comment on one of them. Never changed: who thinks otherwise
    comments."""

    __tablename__ = "evaluation_remarks"

    id: Mapped[Id]
    evaluation_id: Mapped[int] = ref("evaluations.id")
    kind: Mapped[str]
    """evaluation_rules.Kind"""
    about_id: Mapped[int | None] = ref("evaluation_remarks.id", nullable=True)
    """Of comments what they are about; of lessons the observation that they come from, if one."""
    at: Mapped[datetime | None]
    """Of observations: the point in time that they are about."""
    entry: Mapped[int | None] = mapped_column(BigInteger)
    """Of observations: the timeline's entry, where it was one."""
    content: Mapped[str]
    author_id: Mapped[int] = ref("people.id", index=False)
    written_at: Mapped[datetime]

    author: Mapped[Person] = relationship(lazy="joined")


class Measure(Base):
    """What somebody is to do by a day, and what came of it."""

    __tablename__ = "evaluation_measures"
    __table_args__ = (
        Index(
            "ix_evaluation_measures_open",
            "owner_id",
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    evaluation_id: Mapped[int] = ref("evaluations.id")
    lesson_id: Mapped[int | None] = ref("evaluation_remarks.id", nullable=True, index=False)
    content: Mapped[str]
    owner_id: Mapped[int] = ref("people.id", index=False)
    due: Mapped[date]
    """The last day, in Sweden."""
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int] = ref("people.id", index=False)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    outcome: Mapped[str] = mapped_column(server_default="")
    """What was done, in words."""

    evaluation: Mapped[Evaluation] = relationship(lazy="joined")
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="joined")
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id], lazy="joined")
