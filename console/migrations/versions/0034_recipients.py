"""Recipients of e-mail and SMS accounts: named ones, and citizens who have asked for it

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recipient_keys",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_keys")),
    )
    op.create_table(
        "recipient_lists",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lapsed", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recipient_lists_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_recipient_lists")),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("mark_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("leave_digest", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), server_default="sv", nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("ask_digest", sa.LargeBinary(), nullable=True),
        sa.Column("ask_until", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("letter", sa.Text(), server_default="", nullable=False),
        sa.Column("letter_state", sa.Text(), server_default="", nullable=False),
        sa.Column("letter_at", MOMENT, nullable=True),
        sa.Column("letter_detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recipients_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["people.id"], name=op.f("fk_recipients_added_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint(
            "account_id", "mark_digest", name=op.f("uq_recipients_account_id_mark_digest")
        ),
        sa.UniqueConstraint("leave_digest", name=op.f("uq_recipients_leave_digest")),
        sa.UniqueConstraint("ask_digest", name=op.f("uq_recipients_ask_digest")),
    )
    op.create_index(
        "ix_recipients_letter_state",
        "recipients",
        ["letter_state"],
        postgresql_where=sa.text("letter_state <> ''"),
    )
    op.create_table(
        "recipient_tries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_tries")),
    )
    op.create_index("ix_recipient_tries_key_digest_at", "recipient_tries", ["key_digest", "at"])
    op.create_table(
        "recipient_sends",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("post_key", sa.Text(), nullable=False),
        sa.Column("mark_digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_sends")),
        sa.UniqueConstraint(
            "post_key", "mark_digest", name=op.f("uq_recipient_sends_post_key_mark_digest")
        ),
    )
    op.create_index(op.f("ix_recipient_sends_at"), "recipient_sends", ["at"])


def downgrade() -> None:
    for table in (
        "recipient_sends",
        "recipient_tries",
        "recipients",
        "recipient_lists",
        "recipient_keys",
    ):
        op.drop_table(table)
