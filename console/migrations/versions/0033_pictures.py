"""Pictures that go out with posts; what a platform has been told before a post is published

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("key", name=op.f("uq_pictures_key")),
    )
    op.create_index(op.f("ix_pictures_digest"), "pictures", ["digest"])
    op.create_index(
        "ix_pictures_waiting",
        "pictures",
        ["not_before"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("deliveries", sa.Column("picture_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deliveries_picture_id_pictures"), "deliveries", "pictures", ["picture_id"], ["id"]
    )
    op.create_index(
        "ix_deliveries_card",
        "deliveries",
        ["picture_id"],
        postgresql_where=sa.text("picture_id IS NOT NULL"),
    )
    op.add_column(
        "deliveries", sa.Column("container", sa.Text(), server_default="", nullable=False)
    )
    op.create_table(
        "images",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("portrait_digest", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("portrait", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
        sa.UniqueConstraint("digest", name=op.f("uq_images_digest")),
    )
    op.create_table(
        "message_images",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("alt_en", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_images_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_message_images_image_id_images")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_images")),
        sa.UniqueConstraint(
            "message_id", "image_id", name=op.f("uq_message_images_message_id_image_id")
        ),
    )
    op.create_index(op.f("ix_message_images_image_id"), "message_images", ["image_id"])
    op.add_column(
        "accounts", sa.Column("card", sa.Boolean(), server_default="false", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("accounts", "card")
    op.drop_column("deliveries", "container")
    op.drop_index("ix_deliveries_card", "deliveries")
    op.drop_constraint(op.f("fk_deliveries_picture_id_pictures"), "deliveries", type_="foreignkey")
    op.drop_column("deliveries", "picture_id")
    op.drop_table("pictures")
    op.drop_table("message_images")
    op.drop_table("images")
