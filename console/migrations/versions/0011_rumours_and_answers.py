"""Rumours, and approved answers

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("question_en", sa.Text(), server_default="", nullable=False),
        sa.Column("content_en", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=False),
        *_refs("answers", incident_id="incidents", author_id="people", saved_by_id="people"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    _index("answers", "incident_id", "author_id", "saved_by_id")
    op.create_table(
        "answer_versions",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *_refs(
            "answer_versions",
            answer_id="answers",
            submitted_by_id="people",
            settled_by_id="people",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answer_versions"),
        sa.UniqueConstraint("answer_id", "number", name="uq_answer_versions_answer_id_number"),
    )
    _index("answer_versions", "answer_id", "submitted_by_id", "settled_by_id")
    op.create_index(
        "uq_answer_versions_one_current",
        "answer_versions",
        ["answer_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'approved')"),
    )
    op.create_table(
        "rumours",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen_where", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Text(), server_default="", nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_by_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("truth", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_reason", sa.Text(), server_default="", nullable=False),
        *_refs(
            "rumours",
            incident_id="incidents",
            logged_by_id="people",
            owner_id="people",
            message_id="messages",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rumours"),
    )
    _index("rumours", "incident_id", "logged_by_id", "owner_id")
    op.create_index(
        "ix_rumours_to_answer",
        "rumours",
        ["message_id"],
        postgresql_where=sa.text("state IN ('true', 'false') AND message_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("rumours")
    op.drop_table("answer_versions")
    op.drop_table("answers")


def _refs(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")
        for column, target in columns.items()
    ]


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
