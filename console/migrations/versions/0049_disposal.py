"""Rules of disposal, and what was disposed of under them

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "disposal_rules",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("disposed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disposed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["ended_by_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "disposed_items",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["feed_sources.id"]),
        sa.PrimaryKeyConstraint("source_id", "digest"),
    )


def downgrade() -> None:
    op.drop_table("disposed_items")
    op.drop_table("disposal_rules")
