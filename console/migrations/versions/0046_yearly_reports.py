"""Yearly reports of accounts: story, figures, delivery and evaluation

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PEOPLE = ("opened_by_id", "saved_by_id", "sent_by_id", "evaluated_by_id")


def upgrade() -> None:
    op.create_table(
        "yearly_reports",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("story", sa.Text(), nullable=False, server_default=""),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("saved_at", MOMENT, nullable=True),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("content", JSONB(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False, server_default=""),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=True),
        sa.Column("goal", sa.Text(), nullable=False, server_default=""),
        sa.Column("step", sa.Text(), nullable=False, server_default=""),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("evaluated_at", MOMENT, nullable=True),
        sa.Column("evaluated_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        *(sa.ForeignKeyConstraint([name], ["people.id"]) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "year"),
    )
    op.create_index(
        "ix_yearly_reports_open",
        "yearly_reports",
        ["due_on"],
        postgresql_where=sa.text("sent_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("yearly_reports")
