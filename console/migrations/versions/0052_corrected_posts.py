"""An ordinary post is corrected where it stands

Revision ID: 0052
Revises: 0051
"""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_ORDINARY = (
    "incident_id IS NOT NULL OR NOT exercise AND NOT \"leading\"{}"
    " AND kind NOT IN ('pretend', 'website')"
)


def upgrade() -> None:
    _check(_ORDINARY.format(""))


def downgrade() -> None:
    _check(_ORDINARY.format(" AND act = 'post'"))


def _check(condition: str) -> None:
    op.drop_constraint(op.f("ck_deliveries_event"), "deliveries", type_="check")
    op.create_check_constraint(op.f("ck_deliveries_event"), "deliveries", condition)
