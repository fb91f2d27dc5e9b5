"""When a pacing key's bucket is full again

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pacing", sa.Column("full_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("pacing", "full_at")
