"""Files shown before they are put into the register; names as they are sorted and found

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


FROM, TO = "ÅÄÖåäöÆæØøÉéÈèËëÜüÁáÀàÑñ", "{|}{|}||}}eeeeeeyyaaaann"
"""As console.listing folds them at this revision."""
FOLDED = (
    ("accounts", "name_key", ("name",)),
    ("accounts", "committee_key", ("committee",)),
    ("accounts", "searched", ("name", "short_name", "handle", "operation", "committee")),
    ("people", "name_key", ("name",)),
    ("people", "searched", ("name", "email", "title", "phone")),
)


def upgrade() -> None:
    for table, column, parts in FOLDED:
        whole = " || ' ' || ".join(parts)
        folded = f"lower(translate({whole}, '{FROM}', '{TO}'))"
        kept = sa.Column(
            column, sa.Text(collation="C"), sa.Computed(folded, persisted=True), nullable=False
        )
        op.add_column(table, kept)
    op.create_table(
        "register_imports",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_register_imports_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_imports")),
    )
    op.create_index(op.f("ix_register_imports_by_id"), "register_imports", ["by_id"])


def downgrade() -> None:
    op.drop_table("register_imports")
    for table, column, _parts in FOLDED:
        op.drop_column(table, column)
