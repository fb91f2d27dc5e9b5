"""Looking at accounts, the weeks that looks are counted in, sources that are read, and their items

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_FOLDED = (
    "lower(translate(title || ' ' || content || ' ' || author, "
    "'ÅÄÖåäöÆæØøÉéÈèËëÜüÁáÀàÑñ', '{|}{|}||}}eeeeeeyyaaaann'))"
)


def upgrade() -> None:
    op.create_table(
        "account_checks",
        _id(),
        _ref("account_id"),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_account_checks"),
        _key("account_checks", "account_id", "accounts"),
        _key("account_checks", "by_id", "people"),
    )
    op.create_index("ix_account_checks_account_id_at", "account_checks", ["account_id", "at"])
    op.create_table(
        "check_weeks",
        _ref("account_id"),
        sa.Column("monday", sa.Date, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("account_id", "monday", name="pk_check_weeks"),
        _key("check_weeks", "account_id", "accounts"),
    )
    for state in ("open", "missed"):
        op.create_index(
            f"ix_check_weeks_{state}",
            "check_weeks",
            ["monday"],
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.create_table(
        "feed_sources",
        _id(),
        _ref("account_id", nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("asked_address", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("only", JSONB, nullable=False, server_default="[]"),
        sa.Column("test", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("added_at", MOMENT, nullable=False),
        _ref("added_by_id"),
        sa.Column("stopped_at", MOMENT),
        sa.Column("etag", sa.Text, nullable=False, server_default=""),
        sa.Column("last_modified", sa.Text, nullable=False, server_default=""),
        sa.Column("calm_at", MOMENT, nullable=False),
        sa.Column("busy_at", MOMENT, nullable=False),
        sa.Column("tried_at", MOMENT),
        sa.Column("read_at", MOMENT),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("trouble", sa.Text, nullable=False, server_default=""),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("trouble_since", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_feed_sources"),
        _key("feed_sources", "account_id", "accounts"),
        _key("feed_sources", "added_by_id", "people"),
    )
    op.create_index("ix_feed_sources_account_id", "feed_sources", ["account_id"])
    followed = sa.text("stopped_at IS NULL")
    op.create_index(
        "uq_feed_sources_followed",
        "feed_sources",
        ["asked_address"],
        unique=True,
        postgresql_where=followed,
    )
    for mode in ("calm", "busy"):
        op.create_index(
            f"ix_feed_sources_{mode}", "feed_sources", [f"{mode}_at"], postgresql_where=followed
        )
    op.create_table(
        "feed_items",
        _id(),
        _ref("source_id", nullable=True),
        _ref("account_id", nullable=True),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False, server_default=""),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("content", sa.Text, nullable=False, server_default=""),
        sa.Column("author", sa.Text, nullable=False, server_default=""),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("at", MOMENT),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.Column("sort_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT),
        sa.Column("alert", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("test", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("watched", JSONB, nullable=False, server_default="[]"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        _ref("by_id", nullable=True),
        _ref("forwarded_to_id", nullable=True),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("ground", sa.Text, nullable=False, server_default=""),
        _ref("rumour_id", nullable=True),
        sa.Column(
            "searched", sa.Text(collation="C"), sa.Computed(_FOLDED, persisted=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feed_items"),
        _key("feed_items", "source_id", "feed_sources"),
        _key("feed_items", "account_id", "accounts"),
        _key("feed_items", "by_id", "people"),
        _key("feed_items", "forwarded_to_id", "people"),
        _key("feed_items", "rumour_id", "rumours"),
    )
    op.create_index(
        "uq_feed_items_source_id_guid", "feed_items", ["source_id", "guid"], unique=True
    )
    op.create_index("ix_feed_items_source_id_link", "feed_items", ["source_id", "link"])
    op.create_index(
        "ix_feed_items_source_id_content_hash", "feed_items", ["source_id", "content_hash"]
    )
    op.create_index("ix_feed_items_forwarded_to_id", "feed_items", ["forwarded_to_id"])
    newest = [sa.text("sort_at DESC"), sa.text("id DESC")]
    op.create_index("ix_feed_items_newest", "feed_items", newest)
    op.create_index("ix_feed_items_account_newest", "feed_items", ["account_id", *newest])
    op.create_index(
        "ix_feed_items_open",
        "feed_items",
        newest,
        postgresql_where=sa.text("state IN ('new', 'question', 'forwarded')"),
    )


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False)


def _ref(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}"
    )
