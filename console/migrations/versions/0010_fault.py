"""Fel ute: marks, edits of posts that are out, and removals with their evidence

Revision ID: 0010
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

UNIQUE_POST = "uq_deliveries_round_id_account_id_language"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("act", sa.Text(), server_default="post", nullable=False))
    op.add_column("deliveries", sa.Column("edits_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("struck", postgresql.JSONB(), server_default="[]", nullable=False),
    )
    op.create_foreign_key(
        "fk_deliveries_edits_id_deliveries", "deliveries", "deliveries", ["edits_id"], ["id"]
    )
    op.create_index("ix_deliveries_edits_id", "deliveries", ["edits_id"])
    op.drop_constraint(UNIQUE_POST, "deliveries")
    op.create_index(
        "uq_deliveries_one_post",
        "deliveries",
        ["round_id", "account_id", "language"],
        unique=True,
        postgresql_where=sa.text("act = 'post'"),
    )
    op.create_index(
        "uq_deliveries_one_edit",
        "deliveries",
        ["message_id", "edits_id"],
        unique=True,
        postgresql_where=sa.text("edits_id IS NOT NULL"),
    )
    op.create_table(
        "fault_marks",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("correction_id", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pressed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.Column("under_way", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_fault_marks_{column}_{table}"
            )
            for column, table in (
                ("incident_id", "incidents"),
                ("message_id", "messages"),
                ("correction_id", "messages"),
                ("pressed_by_id", "people"),
                ("withdrawn_by_id", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fault_marks"),
    )
    for column in ("incident_id", "message_id", "pressed_by_id"):
        op.create_index(f"ix_fault_marks_{column}", "fault_marks", [column])
    op.create_index("ix_fault_marks_correction_id", "fault_marks", ["correction_id"], unique=True)
    op.create_index(
        "uq_fault_marks_open",
        "fault_marks",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "removals",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_removals_{column}_{table}")
            for column, table in (
                ("incident_id", "incidents"),
                ("message_id", "messages"),
                ("asked_by_id", "people"),
                ("decided_by_id", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_removals"),
    )
    for column in ("incident_id", "message_id", "asked_by_id"):
        op.create_index(f"ix_removals_{column}", "removals", [column])
    op.create_table(
        "removal_posts",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("removal_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_removal_posts_{column}_{table}"
            )
            for column, table in (
                ("removal_id", "removals"),
                ("delivery_id", "deliveries"),
                ("confirmed_by_id", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_removal_posts"),
    )
    op.create_index("ix_removal_posts_removal_id", "removal_posts", ["removal_id"])
    op.create_index(
        "uq_removal_posts_delivery",
        "removal_posts",
        ["delivery_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'declined'"),
    )
    op.create_index(
        "ix_removal_posts_next",
        "removal_posts",
        ["next_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def downgrade() -> None:
    op.drop_table("removal_posts")
    op.drop_table("removals")
    op.drop_table("fault_marks")
    op.execute("DELETE FROM attempts WHERE delivery_id IN "
               "(SELECT id FROM deliveries WHERE act <> 'post')")  # fmt: skip
    op.execute("DELETE FROM deliveries WHERE act <> 'post'")
    op.drop_index("uq_deliveries_one_edit", "deliveries")
    op.drop_index("uq_deliveries_one_post", "deliveries")
    op.create_unique_constraint(UNIQUE_POST, "deliveries", ["round_id", "account_id", "language"])
    op.drop_column("deliveries", "struck")
    op.drop_column("deliveries", "edits_id")
    op.drop_column("deliveries", "act")
