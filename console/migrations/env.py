"""Alembic's entry: runs the revisions in one transaction on the engine it was handed."""

from alembic import context
from sqlalchemy import text

from console.models import Base

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=lambda name, kind, parents: (kind, name) != ("table", "clock_skew"),
    )
    with context.begin_transaction():
        # Two programs starting at once must not both migrate.
        connection.execute(text("SELECT pg_advisory_xact_lock(7236411)"))
        context.run_migrations()
    connection.commit()
