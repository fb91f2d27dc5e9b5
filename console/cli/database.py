"""The database before the program uses it: reachable, ours, and at the newest schema."""

from __future__ import annotations

import redis
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError

from console import migrations
from console.cli.services import CannotStart


def migrate(database_url: str) -> None:
    """Bring the database to the newest schema.

    Raises:
        CannotStart: it can't be reached, or is another program's.
        WrongState: it was made by another version of Budkavle.
    """
    engine = create_engine(database_url, connect_args={"connect_timeout": 5})
    try:
        tables = inspect(engine).get_table_names()
        if tables and "alembic_version" not in tables:
            raise CannotStart(
                f"The database holds tables that are not Budkavle's ({tables[0]} …): give it one "
                "of its own."
            )
        if len(tables) > 1 and migrations.revision(engine) is None:
            raise CannotStart(
                "The database holds a restore that was broken off: empty it, and restore again."
            )
        migrations.upgrade(engine)
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        raise CannotStart(f"The database {where} can't be reached: {reason}") from None
    finally:
        engine.dispose()


def check_redis(redis_url: str) -> None:
    """Raises CannotStart: REDIS_URL names nothing that answers."""
    try:
        with redis.Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        host = redis_url.rpartition("@")[2]
        raise CannotStart(f"REDIS_URL ({host}) can't be reached: {error}") from None
