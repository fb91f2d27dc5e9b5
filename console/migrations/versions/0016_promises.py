"""Promises: when they are asked about, and what was answered

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("still_times", "still_used"):
        op.add_column("broadcasts", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("broadcasts", sa.Column("still_seconds", sa.Integer))
    op.add_column("broadcasts", sa.Column("still_at", MOMENT))
    op.add_column("broadcasts", sa.Column("ask_at", MOMENT))
    # What is being sent when the program is renewed is asked about as well.
    op.execute(
        "UPDATE broadcasts SET ask_at = promise_at - interval '10 minutes' "
        "WHERE state IN ('waiting', 'running', 'paused')"
    )
    op.create_table(
        "promise_asks",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("broadcast_id", sa.BigInteger, nullable=False),
        sa.Column("promise_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_id", sa.BigInteger),
        sa.Column("missed_at", MOMENT),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"],
                                name=op.f("fk_promise_asks_broadcast_id_broadcasts")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["people.id"],
                                name=op.f("fk_promise_asks_answered_by_id_people")),
        sa.UniqueConstraint("broadcast_id", "promise_at",
                            name=op.f("uq_promise_asks_broadcast_id_promise_at")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_promise_asks_answered_by_id"), "promise_asks", ["answered_by_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("promise_asks")
    for name in ("ask_at", "still_at", "still_seconds", "still_used", "still_times"):
        op.drop_column("broadcasts", name)
