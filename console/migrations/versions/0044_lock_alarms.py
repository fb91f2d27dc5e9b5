"""Posts around the lock, and what became of the console's own

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEYS = {
    "incident_id": "incidents",
    "account_id": "accounts",
    "item_id": "feed_items",
    "said_by_id": "people",
    "settled_by_id": "people",
}


def upgrade() -> None:
    op.add_column("feed_items", sa.Column("delivery_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_feed_items_delivery_id_deliveries",
        "feed_items",
        "deliveries",
        ["delivery_id"],
        ["id"],
    )
    op.add_column("feed_items", sa.Column("own_hash", sa.Text, nullable=False, server_default=""))
    op.add_column("feed_items", sa.Column("missing_since", MOMENT))
    op.create_index(
        "ix_feed_items_not_ours",
        "feed_items",
        ["account_id", "sort_at"],
        postgresql_where=sa.text("delivery_id IS NULL AND source_id IS NOT NULL"),
    )
    op.create_index(
        "ix_feed_items_ours",
        "feed_items",
        ["delivery_id"],
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.create_table(
        "lock_alarms",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sure", sa.Boolean, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("said_at", MOMENT),
        sa.Column("said_by_id", sa.BigInteger),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by_id", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_lock_alarms"),
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=f"fk_lock_alarms_{name}_{to}")
            for name, to in KEYS.items()
        ),
    )
    for name in ("incident_id", "account_id", "item_id"):
        op.create_index(f"ix_lock_alarms_{name}", "lock_alarms", [name])
    op.create_index(
        "uq_lock_alarms_open",
        "lock_alarms",
        ["item_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state <> 'settled'"),
    )
    op.create_index(
        "ix_lock_alarms_open",
        "lock_alarms",
        ["incident_id"],
        postgresql_where=sa.text("state <> 'settled'"),
    )


def downgrade() -> None:
    op.drop_table("lock_alarms")
    for name in ("missing_since", "own_hash", "delivery_id"):
        op.drop_column("feed_items", name)
