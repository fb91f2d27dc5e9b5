"""Everybody who has had a hand in an answer

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("hands", JSONB(), nullable=False, server_default="[]"))
    op.execute("UPDATE answers SET hands = jsonb_build_array(author_id, saved_by_id)")


def downgrade() -> None:
    op.drop_column("answers", "hands")
