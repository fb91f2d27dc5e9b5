"""What a message was begun from

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "messages", sa.Column("started", postgresql.JSONB, nullable=False, server_default="{}")
    )


def downgrade() -> None:
    op.drop_column("messages", "started")
