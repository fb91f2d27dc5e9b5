"""An account's action plan: what is being written, what was frozen for signing, and the marks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from console.accounts.models import Account
from console.db import Base, Id, ref
from console.people.models import Person


class AccountPlan(Base):
    """The plan as it is being written, with what came before it: start notice and checklist."""

    __tablename__ = "account_plans"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    proposed_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: the account was in the register before it had a plan."""
    proposed_at: Mapped[datetime | None]
    inquiry: Mapped[str] = mapped_column(server_default="")
    """What somebody asks the strategy department before beginning (6-b); "": nothing."""
    inquiry_answer: Mapped[str] = mapped_column(server_default="")
    inquiry_fits: Mapped[bool | None]
    inquiry_answered_at: Mapped[datetime | None]
    inquiry_answered_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    checklist: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """question → {"answer", "note"}; see plan_rules.CHECKLIST"""
    checklist_at: Mapped[datetime | None]
    """When it was complete."""
    content: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """plan_rules.Content"""
    edits: Mapped[int] = mapped_column(server_default="0")
    """Rises at each save: who saves on an older one is told."""
    hands: Mapped[list[int]] = mapped_column(server_default="[]")
    """People who have saved since a plan was last signed."""
    saved_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id], lazy="joined")


class PlanVersion(Base):
    """A plan as it was frozen for signing. Its marks are on its hash, and on nothing else."""

    __tablename__ = "plan_versions"
    __table_args__ = (
        UniqueConstraint("account_id", "number"),
        Index(
            "uq_plan_versions_waiting",
            "account_id",
            unique=True,
            postgresql_where=text("signed_at IS NULL AND voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = ref("accounts.id", index=False)
    number: Mapped[int]
    """From 1, within the account."""
    canonical: Mapped[str]
    content_hash: Mapped[str]
    """SHA-256 of `canonical`, hex."""
    content: Mapped[dict[str, Any]]
    form: Mapped[str]
    """The form's id and version (B1-l)."""
    policy: Mapped[str]
    """Key of the policy profile that it was written under (1-a)."""
    hands: Mapped[list[int]]
    """Everybody who saved it: none of them decides on it."""
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = ref("people.id", index=False)
    signed_at: Mapped[datetime | None]
    """When the last mark was given."""
    voided_at: Mapped[datetime | None]
    voided_by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    voided_reason: Mapped[str] = mapped_column(server_default="")
    """In the words of who sent it back; "": see `voided_changes`."""
    voided_changes: Mapped[list[str]] = mapped_column(server_default="[]")
    """plan_rules.FIELD_LABELS that an edit changed."""

    account: Mapped[Account] = relationship(lazy="joined")
    submitted_by: Mapped[Person] = relationship(foreign_keys=[submitted_by_id], lazy="joined")
    voided_by: Mapped[Person | None] = relationship(foreign_keys=[voided_by_id], lazy="joined")
    marks: Mapped[list[PlanMark]] = relationship(order_by="PlanMark.id", lazy="selectin")


class PlanMark(Base):
    """A signature, or that somebody has been heard (B1-i, B1-j, B1-k)."""

    __tablename__ = "plan_marks"
    __table_args__ = (UniqueConstraint("version_id", "role"),)

    id: Mapped[Id]
    version_id: Mapped[int] = ref("plan_versions.id", index=False)
    role: Mapped[str]
    """people.rules.Role"""
    kind: Mapped[str]
    """console.policy.values.DECISION | CONSULTATION"""
    person_id: Mapped[int] = ref("people.id")
    name: Mapped[str]
    """In print, as it was on the day."""
    title: Mapped[str]
    place: Mapped[str]
    comment: Mapped[str] = mapped_column(server_default="")
    given_at: Mapped[datetime]


class AccountEnding(Base):
    """The end notice (2.1-c). Of an account that came into the register ended it is empty, and its
    report is owed until somebody hands it in."""

    __tablename__ = "account_endings"

    account_id: Mapped[int] = ref("accounts.id", primary_key=True, index=False)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = ref("people.id", nullable=True, index=False)
    """None: the program brought it in."""
    reason: Mapped[str]
    snapshot: Mapped[str]
    """Where the last picture of the account is kept."""
    report: Mapped[str]
    """"": it is owed."""

    by: Mapped[Person | None] = relationship(lazy="joined")
