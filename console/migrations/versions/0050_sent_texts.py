"""What was sent is found by its words and handed out, and the site's pages are kept

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_TERMS = (
    "to_tsvector('swedish', translate(normalize(title || ' ' || content, NFC), "
    "'ÅÄÖÆæØøÉéÈèÊêËëÁáÀàÂâÜüÚúÓóÔôÍíÎîÏïÇçÑñŠšŽž/.-_@+<>', "
    "'åäöääööeeeeeeeeaaaaaauuuuooooiiiiiiccnnsszz        '))"
)


def upgrade() -> None:
    op.create_table(
        "sent_texts",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("terms", TSVECTOR, sa.Computed(_TERMS, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sent_texts"),
        sa.UniqueConstraint(
            "message_id",
            "language",
            "content_hash",
            name="uq_sent_texts_message_id_language_content_hash",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_sent_texts_message_id_messages"
        ),
    )
    # What went out before there was a search.
    op.execute(
        """
        INSERT INTO sent_texts (message_id, language, title, content, content_hash, at)
        SELECT message_id, language, min(title), content,
               encode(sha256(convert_to(content, 'UTF8')), 'hex'), min(at)
        FROM (
            SELECT d.message_id, d.language, d.title, r.at,
                   btrim(CASE WHEN d.marker = '' THEN d.content
                              ELSE regexp_replace(replace(d.content, d.marker, ''), ' {2,}', ' ', 'g')
                              END, E' \\t\\r\\n') AS content
            FROM deliveries d JOIN rounds r ON r.id = d.round_id
        ) AS said
        GROUP BY message_id, language, content
        ORDER BY min(at), message_id, language
        """
    )
    op.create_index(
        "ix_sent_texts_terms",
        "sent_texts",
        ["terms"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index("ix_sent_texts_at", "sent_texts", ["at"])
    op.create_table(
        "handouts",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("masked", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handouts"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_handouts_message_id_messages"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name="fk_handouts_by_id_people"),
    )
    op.create_index("ix_handouts_message_id", "handouts", ["message_id"])
    op.create_table(
        "site_pages",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("shown_hash", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_pages"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_site_pages_incident_id_incidents"
        ),
    )
    op.create_index("ix_site_pages_shown", "site_pages", ["incident_id", "language", "id"])


def downgrade() -> None:
    op.drop_table("site_pages")
    op.drop_table("handouts")
    op.drop_table("sent_texts")
