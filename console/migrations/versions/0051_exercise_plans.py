"""Exercises follow a plan with injects

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COMPLETE = (
    "(kind <> 'channel_down' OR account_id IS NOT NULL AND lasts IS NOT NULL)"
    " AND (kind <> 'absent' OR person_id IS NOT NULL AND lasts IS NOT NULL)"
)


def key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    other, _dot, its = to.partition(".")
    return sa.ForeignKeyConstraint([column], [f"{other}.{its}"], name=f"fk_{table}_{column}_{other}")


def upgrade() -> None:
    op.create_unique_constraint("uq_incidents_id_exercise", "incidents", ["id", "exercise"])
    op.create_table(
        "exercise_plans",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.BigInteger, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_exercise_plans"),
        key("exercise_plans", "made_by_id", "people.id"),
    )
    op.create_table(
        "planned_injects",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.BigInteger, nullable=False),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Column("account_id", sa.BigInteger),
        sa.Column("person_id", sa.BigInteger),
        sa.Column("lasts", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_planned_injects"),
        sa.CheckConstraint(COMPLETE, name="complete"),
        key("planned_injects", "plan_id", "exercise_plans.id"),
        key("planned_injects", "account_id", "accounts.id"),
        key("planned_injects", "person_id", "people.id"),
    )
    op.create_index("ix_planned_injects_plan_id", "planned_injects", ["plan_id"])
    op.create_table(
        "exercise_runs",
        sa.Column("incident_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("plan_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("attached_at", MOMENT, nullable=False),
        sa.Column("attached_by_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_exercise_runs"),
        sa.CheckConstraint("exercise", name="exercise"),
        sa.ForeignKeyConstraint(
            ["incident_id", "exercise"],
            ["incidents.id", "incidents.exercise"],
            name="fk_exercise_runs_incident_id_incidents",
        ),
        key("exercise_runs", "plan_id", "exercise_plans.id"),
        key("exercise_runs", "attached_by_id", "people.id"),
    )
    op.create_index("ix_exercise_runs_plan_id", "exercise_runs", ["plan_id"])
    op.create_table(
        "injects",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Column("account_id", sa.BigInteger),
        sa.Column("person_id", sa.BigInteger),
        sa.Column("lasts", sa.Integer),
        sa.Column("happened_at", MOMENT),
        sa.Column("late", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("until", MOMENT),
        sa.Column("item_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_injects"),
        sa.CheckConstraint(COMPLETE, name="complete"),
        sa.CheckConstraint(
            "happened_at IS NOT NULL OR NOT late AND until IS NULL", name="happened"
        ),
        key("injects", "incident_id", "exercise_runs.incident_id"),
        key("injects", "account_id", "accounts.id"),
        key("injects", "person_id", "people.id"),
        key("injects", "item_id", "feed_items.id"),
    )
    op.create_index("ix_injects_incident_id", "injects", ["incident_id"])
    op.create_index(
        "ix_injects_due", "injects", ["due_at"], postgresql_where=sa.text("happened_at IS NULL")
    )
    op.create_index(
        "ix_injects_down",
        "injects",
        ["incident_id", "account_id"],
        postgresql_where=sa.text("kind = 'channel_down' AND until IS NOT NULL"),
    )
    op.create_index(
        "ix_injects_item", "injects", ["item_id"], postgresql_where=sa.text("item_id IS NOT NULL")
    )


def downgrade() -> None:
    for table in ("injects", "exercise_runs", "planned_injects", "exercise_plans"):
        op.drop_table(table)
    op.drop_constraint("uq_incidents_id_exercise", "incidents")
