"""The schema's history. `upgrade()` and `check()` are all the rest of the program needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from console.errors import WrongState


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def newest() -> str:
    """The revision of this program's schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return str(ScriptDirectory.from_config(config).get_current_head())


def revision(engine: Engine) -> str | None:
    """The revision that the database says it has; None: none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(engine: Engine) -> bool:
    """True if the database has this program's schema, False if it can be upgraded to it.

    Raises:
        WrongState: the database belongs to another version of the program.
    """
    script = ScriptDirectory.from_config(_config(engine))
    current = revision(engine)
    if current is None:
        return False
    known = {revision.revision for revision in script.walk_revisions()}
    if current not in known:
        raise WrongState(
            f"The database has schema version {current}, which this version of Budkavle doesn't "
            "know. Install the version that made it, or restore a backup."
        )
    return current == script.get_current_head()


def upgrade(engine: Engine) -> None:
    """Bring the database to this program's schema. Safe to call at every start.

    Raises:
        WrongState: as `check`.
    """
    if not check(engine):
        command.upgrade(_config(engine), "head")
