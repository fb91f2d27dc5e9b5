"""Questions, what an item is sent on as, and pictures of items

Revision ID: 0040
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.alter_column("account_notices", "account_id", nullable=True)
    op.add_column("feed_items", sa.Column("seen_at", MOMENT))
    op.execute("UPDATE feed_items SET seen_at = state_at WHERE by_id IS NOT NULL")
    op.add_column(
        "feed_items", sa.Column("sent_as", sa.Text, nullable=False, server_default="")
    )
    op.execute("UPDATE feed_items SET sent_as = 'question' WHERE state = 'forwarded'")
    op.add_column("feed_items", sa.Column("image_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_feed_items_image_id_images", "feed_items", "images", ["image_id"], ["id"]
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by_id", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("handed_at", MOMENT),
        sa.Column("handed_by_id", sa.BigInteger),
        sa.Column("handed_to_id", sa.BigInteger),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.Column("reply_at", MOMENT),
        sa.Column("reply_by_id", sa.BigInteger),
        sa.Column("settled_at", MOMENT),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_id", sa.BigInteger),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("answer_link", sa.Text, nullable=False, server_default=""),
        sa.Column("follow_up_on", sa.Date),
        sa.Column("followed_up_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        _key("item_id", "feed_items"),
        *(
            _key(f"{name}_by_id", "people") for name in ("opened", "handed", "reply", "answered")
        ),
        _key("handed_to_id", "people"),
    )
    op.create_index("ix_questions_item_id", "questions", ["item_id"])
    op.create_index("ix_questions_answered_at", "questions", ["answered_at"])
    op.create_index(
        "uq_questions_open",
        "questions",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "ix_questions_follow_up",
        "questions",
        ["answered_by_id"],
        postgresql_where=sa.text("follow_up_on IS NOT NULL AND followed_up_at IS NULL"),
    )
    # Whoever has been asked keeps the question, counted from when it came.
    op.execute(
        "INSERT INTO questions (item_id, received_at, opened_at, opened_by_id, handed_at,"
        " handed_by_id, handed_to_id)"
        " SELECT id, sort_at, state_at, by_id, CASE WHEN state = 'forwarded' THEN state_at END,"
        " CASE WHEN state = 'forwarded' THEN by_id END, forwarded_to_id FROM feed_items"
        " WHERE state IN ('question', 'forwarded') AND by_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("questions")
    for name in ("image_id", "sent_as", "seen_at"):
        op.drop_column("feed_items", name)


def _key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_questions_{column}_{target}"
    )
