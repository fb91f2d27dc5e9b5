"""Who is on duty, the event's roster, and calls to approvers

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def person(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def to_person(table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_{table}_{name}_people"))


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        person("person_id"),
        moment("since"),
        moment("until", nullable=True),
        person("given_by_id"),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        to_person("duty", "person_id"),
        to_person("duty", "given_by_id"),
    )
    op.create_index(op.f("ix_duty_person_id"), "duty", ["person_id"])
    op.create_index(
        "uq_duty_one_holder",
        "duty",
        ["role"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "duty_places",
        sa.Column("role", sa.Text, nullable=False),
        person("person_id"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("role", "person_id", name=op.f("pk_duty_places")),
        to_person("duty_places", "person_id"),
    )
    op.create_index(op.f("ix_duty_places_person_id"), "duty_places", ["person_id"])
    op.create_table(
        "roster_places",
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        person("person_id", nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        moment("set_at"),
        person("set_by_id"),
        sa.PrimaryKeyConstraint("incident_id", "place", name=op.f("pk_roster_places")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_roster_places_incident_id_incidents")
        ),
        to_person("roster_places", "person_id"),
        to_person("roster_places", "set_by_id"),
    )
    op.create_index(op.f("ix_roster_places_person_id"), "roster_places", ["person_id"])
    op.create_table(
        "approver_calls",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("version_id", sa.BigInteger, nullable=False),
        person("person_id"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("everybody", sa.Boolean, nullable=False, server_default="false"),
        moment("called_at"),
        moment("answered_at", nullable=True),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approver_calls")),
        sa.UniqueConstraint(
            "version_id", "person_id", name=op.f("uq_approver_calls_version_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_approver_calls_version_id_versions")
        ),
        to_person("approver_calls", "person_id"),
    )
    op.create_index(op.f("ix_approver_calls_version_id"), "approver_calls", ["version_id"])
    op.create_index(op.f("ix_approver_calls_person_id"), "approver_calls", ["person_id"])


def downgrade() -> None:
    for name in ("approver_calls", "roster_places", "duty_places", "duty"):
        op.drop_table(name)
