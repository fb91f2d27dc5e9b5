"""The migrations, run from the first to the last, make the very tables that the models describe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import console.models  # noqa: F401 - every table is known by then
from console.db import Base


def test_the_migrations_make_the_tables_that_the_models_describe(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _parents: (
                    kind != "table" or name not in ("clock_skew", "alembic_version")
                )
            },
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []
