"""Posts that stand first on their accounts while their message applies

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Servers of Mastodon know our apps by the rights that they asked for, and pinning takes one
    # more: the next connecting asks for an app anew. Keys that were given keep working.
    op.execute("DELETE FROM platform_apps WHERE key LIKE 'https://%' OR key LIKE 'http://%'")
    op.add_column(
        "broadcasts", sa.Column("pins", sa.Boolean(), nullable=False, server_default="false")
    )
    op.create_table(
        "post_pins",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("maybe_first", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("before", sa.Text(), nullable=False, server_default=""),
        sa.Column("token", sa.UUID(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("delivery_id"),
    )
    op.create_index("ix_post_pins_account_id", "post_pins", ["account_id"])
    op.create_index(
        "ix_post_pins_next",
        "post_pins",
        ["next_at"],
        postgresql_where=sa.text("state IN ('queued', 'started')"),
    )
    op.create_index(
        "ix_post_pins_wanted", "post_pins", ["account_id"], postgresql_where=sa.text("wanted")
    )


def downgrade() -> None:
    op.drop_table("post_pins")
    op.drop_column("broadcasts", "pins")
