"""Snapshots of accounts, and what is handed over to archive and registry

Revision ID: 0048
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("pdf_digest", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_snapshots_account_id", "snapshots", ["account_id"])
    op.create_table(
        "snapshot_tasks",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "about"),
    )
    op.create_index("ix_snapshot_tasks_snapshot_id", "snapshot_tasks", ["snapshot_id"])
    op.create_index(
        "ix_snapshot_tasks_open",
        "snapshot_tasks",
        ["account_id", "due_at"],
        postgresql_where=sa.text("snapshot_id IS NULL"),
    )
    op.create_table(
        "archive_reading",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "archive_deliveries",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("export_id", sa.BigInteger(), nullable=True),
        sa.Column("masked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.Column("received_by_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"]),
        sa.ForeignKeyConstraint(["export_id"], ["timeline_exports.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["received_by_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("snapshot_id", "account_id", "incident_id", "made_by_id"):
        op.create_index(f"ix_archive_deliveries_{column}", "archive_deliveries", [column])
    op.create_index(
        "ix_archive_deliveries_open",
        "archive_deliveries",
        ["to_id"],
        postgresql_where=sa.text("state <> 'received'"),
    )
    op.create_index(
        "ix_archive_deliveries_file",
        "archive_deliveries",
        ["expires_at"],
        postgresql_where=sa.text("file <> ''"),
    )
    op.create_table(
        "archive_links",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("mail_state", sa.Text(), nullable=False),
        sa.Column("mail_at", MOMENT, nullable=False),
        sa.Column("mail_detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["archive_deliveries.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_archive_links_delivery_id", "archive_links", ["delivery_id"])
    op.create_index(
        "uq_archive_links_token_digest", "archive_links", ["token_digest"], unique=True
    )
    op.create_index(
        "ix_archive_links_open_mail",
        "archive_links",
        ["mail_state"],
        postgresql_where=sa.text("mail_state IN ('queued', 'started')"),
    )
    op.create_index(
        "ix_timeline_entries_backup",
        "timeline_entries",
        ["n"],
        postgresql_where=sa.text("tag = 'backup:made'"),
    )


def downgrade() -> None:
    op.drop_index("ix_timeline_entries_backup", "timeline_entries")
    for table in (
        *("archive_links", "archive_deliveries", "archive_reading"),
        *("snapshot_tasks", "snapshots"),
    ):
        op.drop_table(table)
