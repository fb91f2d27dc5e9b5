"""Ordinary posts: messages of no event, their accounts, holds and suggestions

Revision ID: 0027
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OF_EVENTS = {
    "messages": "(incident_id IS NULL) = (type = 'post')",
    "broadcasts": "incident_id IS NOT NULL OR NOT repeating AND NOT exercise"
    " AND interval_seconds IS NULL AND promise_at IS NULL",
    "rounds": "incident_id IS NOT NULL OR n = 1 AND grace_at IS NULL",
    "deliveries": "incident_id IS NOT NULL OR NOT exercise AND NOT \"leading\" AND act = 'post'"
    " AND kind NOT IN ('pretend', 'website')",
}
"""Table → what a row without an event must be."""


def upgrade() -> None:
    for table, holds in OF_EVENTS.items():
        op.alter_column(table, "incident_id", nullable=True)
        op.create_check_constraint(op.f(f"ck_{table}_event"), table, holds)
    op.create_table(
        "post_accounts",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_post_accounts_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_post_accounts_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("message_id", "account_id", name=op.f("pk_post_accounts")),
    )
    op.create_index(op.f("ix_post_accounts_account_id"), "post_accounts", ["account_id"])
    op.create_table(
        "post_holds",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("choice", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_post_holds_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_post_holds_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_post_holds_incident_id_incidents")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["people.id"], name=op.f("fk_post_holds_settled_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_holds")),
    )
    for column in ("message_id", "account_id", "incident_id"):
        op.create_index(op.f(f"ix_post_holds_{column}"), "post_holds", [column])
    op.create_index(
        "uq_post_holds_open",
        "post_holds",
        ["message_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "post_suggestions",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("accounts", sa.Text(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.BigInteger(), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_post_suggestions_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_post_suggestions_incident_id_incidents"),
        ),
        sa.ForeignKeyConstraint(
            ["handed_by_id"], ["people.id"], name=op.f("fk_post_suggestions_handed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["people.id"], name=op.f("fk_post_suggestions_read_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"],
            ["people.id"],
            name=op.f("fk_post_suggestions_dismissed_by_id_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_suggestions")),
        sa.UniqueConstraint(
            "message_id", "incident_id", name=op.f("uq_post_suggestions_message_id_incident_id")
        ),
    )
    for column in ("message_id", "incident_id"):
        op.create_index(op.f(f"ix_post_suggestions_{column}"), "post_suggestions", [column])


def downgrade() -> None:
    # What has been sent is a public record and has no place in the older tables.
    op.drop_table("post_suggestions")
    op.drop_table("post_holds")
    op.drop_table("post_accounts")
    for table in OF_EVENTS:
        op.drop_constraint(op.f(f"ck_{table}_event"), table)
        op.alter_column(table, "incident_id", nullable=False)
