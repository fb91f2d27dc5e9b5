"""When a post without an answer is looked for on the platform, and how often it has been

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "deliveries", sa.Column("looks", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "deliveries", sa.Column("missed", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index(
        "ix_deliveries_look",
        "deliveries",
        ["look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_look", "deliveries")
    for name in ("missed", "looks", "look_at"):
        op.drop_column("deliveries", name)
