"""Moderation of what others have written, with its evidence apart

Revision ID: 0043
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PEOPLE = ("captured_by_id", "decided_by_id", "numbered_by_id", "told_by_id")


def upgrade() -> None:
    op.create_table(
        "moderations",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("captured_by_id", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        *map(_text, ("ground", "ground_text", "ground_en", "measure", "reason")),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by_id", sa.BigInteger),
        *map(_text, ("committee", "registry_number")),
        sa.Column("numbered_at", MOMENT),
        sa.Column("numbered_by_id", sa.BigInteger),
        sa.Column("hidden_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        *map(_text, ("told_how", "told_text")),
        sa.Column("told_at", MOMENT),
        sa.Column("told_by_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_moderations"),
        _key("moderations", "item_id", "feed_items"),
        _key("moderations", "account_id", "accounts"),
        *(_key("moderations", name, "people") for name in PEOPLE),
    )
    op.create_index("ix_moderations_item_id", "moderations", ["item_id"])
    op.create_index("ix_moderations_account_id", "moderations", ["account_id"])
    op.create_index(
        "uq_moderations_item",
        "moderations",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'kept'"),
    )
    op.create_index(
        "ix_moderations_open",
        "moderations",
        ["account_id"],
        postgresql_where=sa.text("state NOT IN ('done', 'kept')"),
    )
    op.create_table(
        "moderation_evidence",
        sa.Column("moderation_id", sa.BigInteger, nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("title", "content", "author", "link")),
        sa.Column("published_at", MOMENT),
        sa.Column("captured_at", MOMENT, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("image_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("moderation_id", name="pk_moderation_evidence"),
        _key("moderation_evidence", "moderation_id", "moderations"),
        _key("moderation_evidence", "image_id", "images"),
    )
    op.create_index(
        "ix_timeline_entries_moderation",
        "timeline_entries",
        ["n"],
        postgresql_where=sa.text("tag LIKE 'moderation:%'"),
    )
    # What was only noted as moderated has no evidence: it can be taken through moderation anew.
    op.execute("UPDATE feed_items SET state = 'no_action' WHERE state = 'moderated'")
    op.drop_column("feed_items", "ground")


def downgrade() -> None:
    op.add_column("feed_items", sa.Column("ground", sa.Text, nullable=False, server_default=""))
    op.drop_index("ix_timeline_entries_moderation", "timeline_entries")
    op.drop_table("moderation_evidence")
    op.drop_table("moderations")


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}"
    )
