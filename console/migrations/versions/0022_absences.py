"""When people are away, and who stands in for them

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def to_person(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_{table}_{name}_people"))


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("substitute_id", sa.BigInteger, nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absences_days_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        to_person("absences", "person_id"),
        to_person("absences", "substitute_id"),
        to_person("absences", "recorded_by_id"),
    )
    for column in ("person_id", "last_day", "substitute_id"):
        op.create_index(op.f(f"ix_absences_{column}"), "absences", [column])
    op.create_table(
        "absence_accounts",
        sa.Column("absence_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("substitute_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("absence_id", "account_id", name=op.f("pk_absence_accounts")),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["absences.id"], name=op.f("fk_absence_accounts_absence_id_absences")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_absence_accounts_account_id_accounts")
        ),
        to_person("absence_accounts", "substitute_id"),
    )
    for column in ("account_id", "substitute_id"):
        op.create_index(op.f(f"ix_absence_accounts_{column}"), "absence_accounts", [column])


def downgrade() -> None:
    for name in ("absence_accounts", "absences"):
        op.drop_table(name)
