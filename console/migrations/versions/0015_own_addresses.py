"""People's own addresses, personal links to notices, reminders

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "own_addresses",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("test_state", sa.Text, nullable=False),
        sa.Column("test_at", MOMENT, nullable=False),
        sa.Column("test_detail", sa.Text, nullable=False, server_default=""),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("works_since", MOMENT),
        sa.Column("failed_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_own_addresses_person_id_people"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_own_addresses"),
    )
    op.create_index("ix_own_addresses_person_id", "own_addresses", ["person_id"])
    op.create_table(
        "notice_sends",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.BigInteger, nullable=False),
        sa.Column("address_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_notice_sends_notice_id_notices"
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["own_addresses.id"], name="fk_notice_sends_address_id_own_addresses"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_sends"),
        sa.UniqueConstraint("notice_id", "address_id", name="uq_notice_sends_notice_id_address_id"),
    )
    op.create_index("ix_notice_sends_address_id", "notice_sends", ["address_id"])
    op.create_index(
        "ix_notice_sends_open",
        "notice_sends",
        ["state"],
        postgresql_where=sa.text("state IN ('queued', 'started')"),
    )
    op.create_table(
        "notice_links",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.BigInteger, nullable=False),
        sa.Column("token_digest", sa.LargeBinary, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name="fk_notice_links_notice_id_notices"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_links"),
        sa.UniqueConstraint("token_digest", name="uq_notice_links_token_digest"),
    )
    op.create_index("ix_notice_links_notice_id", "notice_links", ["notice_id"])
    op.add_column("notices", sa.Column("reminders", sa.Integer, nullable=False, server_default="0"))
    for name in ("stepped_at", "reminded_at", "passed_on_at", "can_from"):
        op.add_column("notices", sa.Column(name, MOMENT))


def downgrade() -> None:
    for name in ("can_from", "passed_on_at", "reminded_at", "stepped_at", "reminders"):
        op.drop_column("notices", name)
    op.drop_table("notice_links")
    op.drop_table("notice_sends")
    op.drop_table("own_addresses")
