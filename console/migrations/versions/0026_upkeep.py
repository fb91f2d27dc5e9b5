"""Platforms added and assessed; profile checks, log-out habits, photo consents, attacks

Revision ID: 0026
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
_FOLDED = (
    "lower(translate(who || ' ' || photo || ' ' || scope, "
    "'ÅÄÖåäöÆæØøÉéÈèËëÜüÁáÀàÑñ', '{|}{|}||}}eeeeeeyyaaaann'))"
)


def upgrade() -> None:
    op.create_table(
        "added_platforms",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        _ref("added_by_id", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_added_platforms"),
        _key("added_platforms", "added_by_id", "people"),
    )
    op.create_table(
        "platform_assessments",
        _id(),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("affects", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_assessments"),
        _key("platform_assessments", "by_id", "people"),
    )
    op.create_index("ix_platform_assessments_platform", "platform_assessments", ["platform"])
    op.create_table(
        "profile_checks",
        _id(),
        _ref("account_id"),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("logo", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_profile_checks"),
        _key("profile_checks", "account_id", "accounts"),
        _key("profile_checks", "by_id", "people"),
    )
    op.create_index("ix_profile_checks_account_id", "profile_checks", ["account_id"])
    op.create_table(
        "profile_items",
        _id(),
        _ref("account_id"),
        _ref("check_id"),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.Column("replaced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_profile_items"),
        _key("profile_items", "account_id", "accounts"),
        _key("profile_items", "check_id", "profile_checks"),
        _key("profile_items", "by_id", "people"),
    )
    op.create_index("ix_profile_items_check_id", "profile_items", ["check_id"])
    op.create_index(
        "uq_profile_items_counts",
        "profile_items",
        ["account_id", "item"],
        unique=True,
        postgresql_where=sa.text("NOT replaced"),
    )
    op.create_index(
        "ix_profile_items_missing",
        "profile_items",
        ["account_id"],
        postgresql_where=sa.text("NOT replaced AND found = 'missing'"),
    )
    op.create_table(
        "logout_confirmations",
        _id(),
        _ref("account_id"),
        _ref("person_id"),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_logout_confirmations"),
        _key("logout_confirmations", "account_id", "accounts"),
        _key("logout_confirmations", "person_id", "people"),
    )
    op.create_index(
        "ix_logout_confirmations_account_id_person_id",
        "logout_confirmations",
        ["account_id", "person_id"],
    )
    op.create_index("ix_logout_confirmations_person_id", "logout_confirmations", ["person_id"])
    op.create_table(
        "account_habits",
        _ref("account_id"),
        sa.Column("comments_open", sa.Boolean, nullable=False),
        sa.Column("answers_given", sa.Boolean, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_habits"),
        _key("account_habits", "account_id", "accounts"),
        _key("account_habits", "by_id", "people"),
    )
    op.create_table(
        "photo_consents",
        _id(),
        _ref("account_id"),
        sa.Column("photo", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False, server_default=""),
        sa.Column("scope", sa.Text, nullable=False, server_default=""),
        sa.Column("given_on", sa.Date),
        sa.Column("recorded_at", MOMENT, nullable=False),
        _ref("recorded_by_id"),
        sa.Column("withdrawn_at", MOMENT),
        _ref("withdrawn_by_id", nullable=True),
        sa.Column("down_at", MOMENT),
        _ref("down_by_id", nullable=True),
        sa.Column(
            "searched",
            sa.Text(collation="C"),
            sa.Computed(_FOLDED, persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_photo_consents"),
        _key("photo_consents", "account_id", "accounts"),
        _key("photo_consents", "recorded_by_id", "people"),
        _key("photo_consents", "withdrawn_by_id", "people"),
        _key("photo_consents", "down_by_id", "people"),
    )
    op.create_index("ix_photo_consents_account_id", "photo_consents", ["account_id"])
    op.create_table(
        "security_reports",
        _id(),
        _ref("account_id"),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("done", sa.Text, nullable=False, server_default=""),
        sa.Column("at", MOMENT, nullable=False),
        _ref("by_id"),
        sa.Column("settled_at", MOMENT),
        _ref("settled_by_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_security_reports"),
        _key("security_reports", "account_id", "accounts"),
        _key("security_reports", "by_id", "people"),
        _key("security_reports", "settled_by_id", "people"),
    )
    op.create_index("ix_security_reports_account_id", "security_reports", ["account_id"])
    op.create_index(
        "ix_security_reports_open",
        "security_reports",
        ["account_id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def downgrade() -> None:
    for table in (
        *("security_reports", "photo_consents", "account_habits", "logout_confirmations"),
        *("profile_items", "profile_checks", "platform_assessments", "added_platforms"),
    ):
        op.drop_table(table)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False)


def _ref(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")
