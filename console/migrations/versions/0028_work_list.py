"""Since when an account is in its state, reports that are owed, and Monday's mail

Revision ID: 0028
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("accounts", sa.Column("state_since", MOMENT, nullable=True))
    op.alter_column("account_endings", "by_id", existing_type=sa.BigInteger(), nullable=True)
    # Ended in the register before it came here: whether there is a report nobody has said. A
    # proposal that came to nothing has a plan's row, and owes none.
    op.execute(
        "INSERT INTO account_endings (account_id, at, reason, snapshot, report)"
        " SELECT id, created_at, '', '', '' FROM accounts"
        " WHERE state = 'ended' AND id NOT IN (SELECT account_id FROM account_endings)"
        " AND id NOT IN (SELECT account_id FROM account_plans)"
    )
    op.create_table(
        "monday_mails",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.Column("content", sa.Text(), nullable=False, server_default=""),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("mail_state", sa.Text(), nullable=False),
        sa.Column("mail_at", MOMENT, nullable=True),
        sa.Column("mail_detail", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_monday_mails_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monday_mails")),
        sa.UniqueConstraint("person_id", "week", name=op.f("uq_monday_mails_person_id_week")),
    )
    op.create_index(
        "ix_monday_mails_open",
        "monday_mails",
        ["mail_state"],
        postgresql_where=sa.text("mail_state IN ('queued', 'started')"),
    )


def downgrade() -> None:
    op.drop_table("monday_mails")
    op.execute("DELETE FROM account_endings WHERE by_id IS NULL")
    op.alter_column("account_endings", "by_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("accounts", "state_since")
