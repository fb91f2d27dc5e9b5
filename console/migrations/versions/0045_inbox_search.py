"""The inbox found by inflected words, and narrowed by indexes

Revision ID: 0045
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TERMS = (
    "to_tsvector('swedish', translate(normalize(title || ' ' || content || ' ' || author, NFC), "
    "'ÅÄÖÆæØøÉéÈèÊêËëÁáÀàÂâÜüÚúÓóÔôÍíÎîÏïÇçÑñŠšŽž/.-_@+<>', 'åäöääööeeeeeeeeaaaaaauuuuooooiiiiiiccnnsszz        '))"
)
_FOLDED = (
    "lower(translate(title || ' ' || content || ' ' || author, "
    "'ÅÄÖåäöÆæØøÉéÈèËëÜüÁáÀàÑñ', '{|}{|}||}}eeeeeeyyaaaann'))"
)
NEWEST = [sa.text("sort_at DESC"), sa.text("id DESC")]
OPEN = "state IN ('new', 'question', 'forwarded')"
WATCHED = "watched <> '[]'::jsonb"
INDEXES = (
    ("source_newest", ["source_id"], None),
    ("watched", [], WATCHED),
    ("alerts", [], "alert"),
    ("account_open", ["account_id"], OPEN),
    ("account_watched", ["account_id"], WATCHED),
    ("account_alerts", ["account_id"], "alert"),
    ("written", ["by_id"], "account_id IS NULL AND source_id IS NULL"),
)


def upgrade() -> None:
    op.drop_column("feed_items", "searched")
    op.add_column(
        "feed_items",
        sa.Column("terms", TSVECTOR, sa.Computed(_TERMS, persisted=True), nullable=False),
    )
    op.create_index(
        "ix_feed_items_terms",
        "feed_items",
        ["terms"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    for name, columns, where in INDEXES:
        op.create_index(
            f"ix_feed_items_{name}",
            "feed_items",
            [*columns, *NEWEST],
            postgresql_where=None if where is None else sa.text(where),
        )


def downgrade() -> None:
    for name, _columns, _where in INDEXES:
        op.drop_index(f"ix_feed_items_{name}", "feed_items")
    op.drop_index("ix_feed_items_terms", "feed_items")
    op.drop_column("feed_items", "terms")
    op.add_column(
        "feed_items",
        sa.Column(
            "searched", sa.Text(collation="C"), sa.Computed(_FOLDED, persisted=True), nullable=False
        ),
    )
