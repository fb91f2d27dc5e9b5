"""What the municipality's own start page shows: start_pages, start_page_events

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default="false")


def upgrade() -> None:
    op.create_table(
        "start_pages",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=False),
        _text("fault"),
        _text("detail"),
        sa.Column("fault_since", MOMENT, nullable=True),
        _no("included"),
        _no("by_script"),
        _text("etag"),
        _text("modified"),
        _text("judged"),
        _text("left_over"),
        sa.Column("left_since", MOMENT, nullable=True),
        sa.Column("left_told_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_start_pages_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_start_pages")),
    )
    op.create_index(op.f("ix_start_pages_next_at"), "start_pages", ["next_at"])
    op.create_table(
        "start_page_events",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since_number", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("shown_number", sa.Integer(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("behind_since", MOMENT, nullable=True),
        sa.Column("alarmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_start_page_events_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
            name=op.f("fk_start_page_events_incident_id_incidents"),
        ),
        sa.PrimaryKeyConstraint("account_id", "incident_id", name=op.f("pk_start_page_events")),
    )
    op.create_index(
        op.f("ix_start_page_events_incident_id"), "start_page_events", ["incident_id"]
    )


def downgrade() -> None:
    op.drop_table("start_page_events")
    op.drop_table("start_pages")
