"""Exercise plans, and what of one has happened in an exercise that was opened with it.

A run belongs to an exercise and never to a live event: the tables hold that themselves.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.incidents.models import Incident
from console.people.models import Person

_COMPLETE = (
    "(kind <> 'channel_down' OR account_id IS NOT NULL AND lasts IS NOT NULL)"
    " AND (kind <> 'absent' OR person_id IS NOT NULL AND lasts IS NOT NULL)"
)


class ExercisePlan(Base):
    """A scenario that is kept, and run as often as anybody likes."""

    __tablename__ = "exercise_plans"

    id: Mapped[Id]
    name: Mapped[str]
    scenario: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    """Counts changes, so that two writers can't overwrite each other unseen."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = ref("people.id", index=False)
    saved_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """No longer offered; what has been run stays."""

    made_by: Mapped[Person] = relationship(lazy="joined")
    injects: Mapped[list[PlannedInject]] = relationship(
        order_by="(PlannedInject.minute, PlannedInject.id)", lazy="select"
    )


class PlannedInject(Base):
    """An inject as it is planned."""

    __tablename__ = "planned_injects"
    __table_args__ = (CheckConstraint(_COMPLETE, name="complete"),)

    id: Mapped[Id]
    plan_id: Mapped[int] = ref("exercise_plans.id")
    minute: Mapped[int]
    """After the start."""
    kind: Mapped[str]
    """exercise_rules.InjectKind"""
    content: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    """Of a rumour: where it is seen."""
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True, index=False)
    person_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    lasts: Mapped[int | None]
    """Minutes, of kinds in exercise_rules.LASTING."""

    account: Mapped[Account | None] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship(lazy="joined")


class ExerciseRun(Base):
    """The plan that an exercise was opened with, as it was then."""

    __tablename__ = "exercise_runs"
    __table_args__ = (
        CheckConstraint("exercise", name="exercise"),
        ForeignKeyConstraint(["incident_id", "exercise"], ["incidents.id", "incidents.exercise"]),
    )

    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    exercise: Mapped[bool]
    """Always true, and by the key the same as the event's."""
    plan_id: Mapped[int] = ref("exercise_plans.id")
    name: Mapped[str]
    scenario: Mapped[str]
    revision: Mapped[int]
    attached_at: Mapped[datetime]
    attached_by_id: Mapped[int] = ref("people.id", index=False)

    incident: Mapped[Incident] = relationship(lazy="joined")
    injects: Mapped[list[Inject]] = relationship(order_by="(Inject.due_at, Inject.id)")


class Inject(Base):
    """An inject of a run: planned, and once happened."""

    __tablename__ = "injects"
    __table_args__ = (
        CheckConstraint(_COMPLETE, name="complete"),
        CheckConstraint("happened_at IS NOT NULL OR NOT late AND until IS NULL", name="happened"),
        Index("ix_injects_due", "due_at", postgresql_where=text("happened_at IS NULL")),
        Index(
            "ix_injects_down",
            "incident_id",
            "account_id",
            postgresql_where=text("kind = 'channel_down' AND until IS NOT NULL"),
        ),
        Index("ix_injects_item", "item_id", postgresql_where=text("item_id IS NOT NULL")),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = ref("exercise_runs.incident_id")
    minute: Mapped[int]
    due_at: Mapped[datetime]
    kind: Mapped[str]
    content: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int | None] = ref("accounts.id", nullable=True, index=False)
    person_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    lasts: Mapped[int | None]
    happened_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(server_default="false")
    until: Mapped[datetime | None]
    """When what lasts is over."""
    item_id: Mapped[int | None] = ref("feed_items.id", nullable=True, index=False)
    """Of a rumour that has appeared: the inbox's item."""

    account: Mapped[Account | None] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship(lazy="joined")
