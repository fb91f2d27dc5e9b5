"""Custody of login details, and notices about accounts outside events

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "custody_envelopes",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        _ref("account_id", nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False, server_default=""),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Column("handed_in_by", sa.Text, nullable=False, server_default=""),
        sa.Column("codes", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        _ref("by_id", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custody_envelopes"),
        _key("custody_envelopes", "account_id", "accounts"),
        _key("custody_envelopes", "by_id", "people"),
    )
    op.create_index("ix_custody_envelopes_account_id", "custody_envelopes", ["account_id"])
    op.create_index(
        "uq_custody_envelopes_kept",
        "custody_envelopes",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'replaced'"),
    )
    op.create_table(
        "custody_uses",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        _ref("account_id", nullable=False),
        _ref("envelope_id"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        _ref("by_id", nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _ref("other_id"),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("shown_at", MOMENT),
        sa.Column("changed_at", MOMENT),
        _ref("changed_by_id"),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_custody_uses"),
        _key("custody_uses", "account_id", "accounts"),
        _key("custody_uses", "envelope_id", "custody_envelopes"),
        _key("custody_uses", "by_id", "people"),
        _key("custody_uses", "other_id", "people"),
        _key("custody_uses", "changed_by_id", "people"),
    )
    op.create_index("ix_custody_uses_account_id", "custody_uses", ["account_id"])
    op.create_index(
        "uq_custody_uses_asked",
        "custody_uses",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("step = 'asked'"),
    )
    op.create_table(
        "page_administrators",
        _ref("account_id", nullable=False),
        _ref("person_id", nullable=False),
        sa.Column("verified_at", MOMENT, nullable=False),
        _ref("verified_by_id", nullable=False),
        sa.PrimaryKeyConstraint("account_id", "person_id", name="pk_page_administrators"),
        _key("page_administrators", "account_id", "accounts"),
        _key("page_administrators", "person_id", "people"),
        _key("page_administrators", "verified_by_id", "people"),
    )
    op.create_table(
        "account_notices",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        _ref("account_id", nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        _ref("person_id", nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.Column("mail_state", sa.Text, nullable=False),
        sa.Column("mail_at", MOMENT),
        sa.Column("mail_detail", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_account_notices"),
        sa.UniqueConstraint("about", "person_id", name="uq_account_notices_about_person_id"),
        _key("account_notices", "account_id", "accounts"),
        _key("account_notices", "person_id", "people"),
    )
    op.create_index("ix_account_notices_account_id", "account_notices", ["account_id"])
    op.create_index("ix_account_notices_person_id", "account_notices", ["person_id"])
    op.create_index(
        "ix_account_notices_open",
        "account_notices",
        ["mail_state"],
        postgresql_where=sa.text("mail_state IN ('queued', 'started')"),
    )


def downgrade() -> None:
    for table in ("account_notices", "page_administrators", "custody_uses", "custody_envelopes"):
        op.drop_table(table)


def _ref(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")
