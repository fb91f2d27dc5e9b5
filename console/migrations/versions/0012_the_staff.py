"""first-hour ticks, shift handovers, exercises broken off

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'incidents',
        sa.Column('broken_off', sa.Boolean(), server_default='false', nullable=False),
    )
    op.create_table(
        'first_hour_ticks',
        sa.Column('id', sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column('incident_id', sa.BigInteger(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by_id', sa.BigInteger(), nullable=False),
        sa.Column('note', sa.Text(), server_default='', nullable=False),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_by_id', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['incident_id'], ['incidents.id'], name=op.f('fk_first_hour_ticks_incident_id_incidents')
        ),
        sa.ForeignKeyConstraint(
            ['by_id'], ['people.id'], name=op.f('fk_first_hour_ticks_by_id_people')
        ),
        sa.ForeignKeyConstraint(
            ['undone_by_id'], ['people.id'], name=op.f('fk_first_hour_ticks_undone_by_id_people')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_first_hour_ticks')),
    )
    op.create_index(
        op.f('ix_first_hour_ticks_incident_id'), 'first_hour_ticks', ['incident_id'], unique=False
    )
    op.create_index(
        'uq_first_hour_ticks_key',
        'first_hour_ticks',
        ['incident_id', 'key'],
        unique=True,
        postgresql_where=sa.text('undone_at IS NULL'),
    )
    op.create_table(
        'handovers',
        sa.Column('id', sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column('incident_id', sa.BigInteger(), nullable=False),
        sa.Column('role', sa.Text(), nullable=False),
        sa.Column('giver_id', sa.BigInteger(), nullable=False),
        sa.Column('receiver_id', sa.BigInteger(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('giver_signed', sa.Boolean(), nullable=False),
        sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('canonical', sa.Text(), nullable=False),
        sa.Column('content_hash', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['incident_id'], ['incidents.id'], name=op.f('fk_handovers_incident_id_incidents')
        ),
        sa.ForeignKeyConstraint(
            ['giver_id'], ['people.id'], name=op.f('fk_handovers_giver_id_people')
        ),
        sa.ForeignKeyConstraint(
            ['receiver_id'], ['people.id'], name=op.f('fk_handovers_receiver_id_people')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers')),
    )
    op.create_index(op.f('ix_handovers_incident_id'), 'handovers', ['incident_id'], unique=False)
    op.create_index(op.f('ix_handovers_receiver_id'), 'handovers', ['receiver_id'], unique=False)
    op.create_index(
        'uq_handovers_offered',
        'handovers',
        ['incident_id', 'role'],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
    )


def downgrade() -> None:
    op.drop_table('handovers')
    op.drop_table('first_hour_ticks')
    op.drop_column('incidents', 'broken_off')
