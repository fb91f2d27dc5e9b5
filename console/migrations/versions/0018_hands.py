"""Everybody who has had a hand in a text

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("hands", JSONB(), nullable=False, server_default="[]"))
    op.execute("UPDATE messages SET hands = jsonb_build_array(author_id, saved_by_id)")


def downgrade() -> None:
    op.drop_column("messages", "hands")
