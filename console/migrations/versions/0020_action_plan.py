"""The action plan: start notice, checklist, frozen versions, marks, and the end notice

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _person(name: str, table: str, *, nullable: bool = False) -> tuple[sa.Column, sa.Constraint]:
    key = sa.ForeignKeyConstraint([name], ["people.id"], name=f"fk_{table}_{name}_people")
    return sa.Column(name, sa.BigInteger(), nullable=nullable), key


def _account(table: str) -> tuple[sa.Column, sa.Constraint]:
    key = sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id_accounts"
    )
    return sa.Column("account_id", sa.BigInteger(), nullable=False), key


def upgrade() -> None:
    op.create_table(
        "account_plans",
        *_account("account_plans"),
        *_person("proposed_by_id", "account_plans", nullable=True),
        sa.Column("proposed_at", _MOMENT, nullable=True),
        sa.Column("inquiry", sa.Text(), server_default="", nullable=False),
        sa.Column("inquiry_answer", sa.Text(), server_default="", nullable=False),
        sa.Column("inquiry_fits", sa.Boolean(), nullable=True),
        sa.Column("inquiry_answered_at", _MOMENT, nullable=True),
        *_person("inquiry_answered_by_id", "account_plans", nullable=True),
        sa.Column("checklist", JSONB(), server_default="{}", nullable=False),
        sa.Column("checklist_at", _MOMENT, nullable=True),
        sa.Column("content", JSONB(), server_default="{}", nullable=False),
        sa.Column("edits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hands", JSONB(), server_default="[]", nullable=False),
        sa.Column("saved_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_plans"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        *_account("plan_versions"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("hands", JSONB(), nullable=False),
        sa.Column("submitted_at", _MOMENT, nullable=False),
        *_person("submitted_by_id", "plan_versions"),
        sa.Column("signed_at", _MOMENT, nullable=True),
        sa.Column("voided_at", _MOMENT, nullable=True),
        *_person("voided_by_id", "plan_versions", nullable=True),
        sa.Column("voided_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("voided_changes", JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_versions"),
        sa.UniqueConstraint("account_id", "number", name="uq_plan_versions_account_id_number"),
    )
    op.create_index(
        "uq_plan_versions_waiting",
        "plan_versions",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("signed_at IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "plan_marks",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_person("person_id", "plan_marks"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_marks"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_versions.id"], name="fk_plan_marks_version_id_plan_versions"
        ),
        sa.UniqueConstraint("version_id", "role", name="uq_plan_marks_version_id_role"),
    )
    op.create_index("ix_plan_marks_person_id", "plan_marks", ["person_id"])
    op.create_table(
        "account_endings",
        *_account("account_endings"),
        sa.Column("at", _MOMENT, nullable=False),
        *_person("by_id", "account_endings"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_endings"),
    )


def downgrade() -> None:
    op.drop_table("account_endings")
    op.drop_table("plan_marks")
    op.drop_table("plan_versions")
    op.drop_table("account_plans")
