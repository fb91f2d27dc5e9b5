"""The guideline's versions, reviews and directives; pledges, readings and training

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "trainings",
    "guideline_readings",
    "guideline_pledges",
    "guideline_directives",
    "guideline_reviews",
    "guideline_versions",
)


def to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}_{target}")
    )


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def words(name: str, *, may_lack: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, server_default="" if may_lack else None, nullable=False)


def day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def own_id(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    column = sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False)
    return column, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    versions = "guideline_versions"
    op.create_table(
        versions,
        *own_id(versions),
        sa.Column("number", sa.Integer, nullable=False),
        *(words("title"), words("address"), day("applies_from"), words("size")),
        *(words("change"), words("reason"), moment("recorded_at"), number("by_id", nullable=True)),
        *(words("decided_by", may_lack=True), day("decided_on", nullable=True)),
        *(words("decision", may_lack=True), moment("settled_at", nullable=True)),
        *(moment("withdrawn_at", nullable=True), words("withdrawn_reason", may_lack=True)),
        to(versions, "by_id", "people"),
        sa.UniqueConstraint("number", name=op.f("uq_guideline_versions_number")),
    )
    reviews = "guideline_reviews"
    op.create_table(
        reviews,
        *own_id(reviews),
        *(number("version_id"), day("due_on"), day("held_on"), words("outcome"), words("note")),
        *(moment("recorded_at"), number("by_id", nullable=True)),
        to(reviews, "version_id", versions),
        to(reviews, "by_id", "people"),
    )
    directives = "guideline_directives"
    op.create_table(
        directives,
        *own_id(directives),
        *(words("sender"), day("received_on"), words("subject"), words("address", may_lack=True)),
        *(moment("recorded_at"), number("by_id"), moment("settled_at", nullable=True)),
        *(number("settled_by_id", nullable=True), number("version_id", nullable=True)),
        words("reason", may_lack=True),
        to(directives, "by_id", "people"),
        to(directives, "settled_by_id", "people"),
        to(directives, "version_id", versions),
    )
    for table in ("guideline_pledges", "guideline_readings"):
        op.create_table(
            table,
            *(number("version_id"), number("person_id"), moment("at")),
            sa.PrimaryKeyConstraint("version_id", "person_id", name=op.f(f"pk_{table}")),
            to(table, "version_id", versions),
            to(table, "person_id", "people"),
        )
        op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    op.create_table(
        "trainings",
        *own_id("trainings"),
        *(number("person_id"), words("content"), day("held_on"), moment("recorded_at")),
        *(number("by_id", nullable=True), moment("removed_at", nullable=True)),
        to("trainings", "person_id", "people"),
        to("trainings", "by_id", "people"),
    )
    op.create_index(
        "ix_trainings_kept",
        "trainings",
        ["person_id"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
