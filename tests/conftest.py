"""One PostgreSQL and one Valkey for the run; a fresh database and home for each test."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import hypothesis
import psycopg
import pytest
import pytest_socket
import redis
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, make_url, text

from console import clock, create_app, db, live, migrations
from console.config import Settings
from console.people import passwords
from console.people.models import Person
from console.web import logins
from console.web.app import use
from tests.cast import Cast
from tests.cast import client_for as browser
from tests.services import Running, running_services

hypothesis.settings.register_profile(
    "budkavle", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("budkavle")  # how busy the machine is proves nothing


def pytest_runtest_setup() -> None:
    """The network is closed, loopback and Unix sockets excepted."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def services() -> Iterator[Running]:
    """Servers that live as long as the run."""
    with running_services() as running:
        yield running


SCHEMA = "tests"
"""The database that the tests use one after another."""
LONGEST = ("rehearsal", "cli", "faults", "journeys")
"""Folders whose files take minutes: begun first, so that no process ends alone with one; those
where rounds come at their own pace before those whose browsers take both processors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(LONGEST)))


EMPTY = """
CREATE FUNCTION empty_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    filled boolean;
BEGIN
    FOR name IN
        SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %s', name); END IF;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""


@pytest.fixture(scope="session", autouse=True)
def quick_digests() -> Iterator[None]:
    """In this process passwords are digested quickly: no test here asks how long that takes, and it
    was a third of the time of those that log in. What the program itself uses is seen wherever it
    runs by itself."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=16 * 1024, parallelism=1)
        patch.setattr(passwords, "_hasher", quick)
        yield


@pytest.fixture(scope="session")
def schema(services: Running) -> str:
    """Name of the database, migrated."""
    _admin(services, f"CREATE DATABASE {SCHEMA} OWNER budkavle")
    migrations.upgrade(db.connect(services.database(SCHEMA)))
    db.disconnect()
    url = services.database(SCHEMA, superuser=True).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(EMPTY)
    return SCHEMA


@pytest.fixture(scope="session")
def emptier(services: Running, schema: str) -> Iterator[Engine]:
    """A superuser's connection to the tests' database, without triggers and references."""
    engine = create_engine(
        services.database(schema, superuser=True),
        isolation_level="AUTOCOMMIT",
        connect_args={"options": "-c session_replication_role=replica"},
        pool_pre_ping=True,  # some tests end every connection there is
    )
    yield engine
    engine.dispose()


KEEP_THE_TIME = ("test_promise_table.py", "test_figures_browser.py")
"""These set the clock themselves, or compare it with this process's own."""


@pytest.fixture
def daytime(request: pytest.FixtureRequest) -> timedelta:
    """What the database's clock is put forward by: late in the evening to the next morning, for the
    folders whose texts say a promise past midnight otherwise."""
    hour = datetime.now(ZoneInfo("Europe/Stockholm")).hour
    told = request.path.parent.name in ("messages", "review")
    forward = hour >= 20 and told and request.path.name not in KEEP_THE_TIME
    return timedelta(hours=12 if forward else 0)


@pytest.fixture
def database_url(services: Running, schema: str, emptier: Engine, daytime: timedelta) -> str:
    """The database, emptied: quicker by far than one of its own for each test, or a TRUNCATE of
    every table, few of which hold a row. Whatever a test left in the middle of something is ended.
    """
    with emptier.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
        )
        connection.execute(text("SELECT empty_all()"))
        if daytime:
            connection.execute(text("INSERT INTO clock_skew VALUES (:skew)"), {"skew": daytime})
    return services.database(schema)


@pytest.fixture
def own_database_url(services: Running) -> Iterator[str]:
    """A migrated database that a test may wreck."""
    name = f"own_{uuid4().hex[:12]}"
    _admin(services, f"CREATE DATABASE {name} OWNER budkavle")
    engine = create_engine(services.database(name))
    migrations.upgrade(engine)
    engine.dispose()
    yield services.database(name)
    _admin(services, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(services: Running) -> Iterator[str]:
    """Valkey, emptied afterwards."""
    yield services.redis_url
    with redis.Redis.from_url(services.redis_url) as connection:
        connection.flushall()


@pytest.fixture
def move_clock(
    services: Running, database_url: str, daytime: timedelta
) -> Callable[[timedelta], None]:
    """Sets the database's clock off by so much; this process's follows at once."""

    def move(skew: timedelta) -> None:
        name = make_url(database_url).database or ""
        url = services.database(name, superuser=True).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM clock_skew")
            connection.execute("INSERT INTO clock_skew VALUES (%s)", [skew + daytime])
        clock.forget_sample()

    return move


@pytest.fixture
def morning(
    database: Settings, move_clock: Callable[[timedelta], None], daytime: timedelta
) -> None:
    """The next nine o'clock in Sweden: for what is said otherwise when midnight is near."""
    now = datetime.now(ZoneInfo("Europe/Stockholm"))
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    move_clock(nine + timedelta(days=nine <= now) - now - daytime)


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Iterator[Settings]:
    """Settings of an installation in a throwaway home."""
    with tempfile.TemporaryDirectory(prefix="budkavle-home-") as home:
        yield replace(
            Settings.from_env({"BUDKAVLE_HOME": home}),
            database_url=database_url,
            redis_url=redis_url,
            home=Path(home),
        )


@pytest.fixture(scope="session", autouse=True)
def statements_stay_compiled() -> Iterator[None]:
    """Connecting to the same database again gives the same engine, and to the tests' own the same
    connections: SQL is compiled once for an engine and planned by a server that has read the
    schema, and either takes longer than most tests."""

    @functools.cache
    def create(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.url.database == SCHEMA:
            engine.dispose = lambda close=True: None  # type: ignore[method-assign]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", create)
        yield


@pytest.fixture
def database(settings: Settings) -> Iterator[Settings]:
    """This process connected to a fresh database and Valkey."""
    db.connect(settings.database_url or "")
    live.connect(settings.redis_url or "")
    yield settings
    live.disconnect()
    db.disconnect()
    clock.forget_sample()


_shared: list[tuple[Flask, dict[str, object]]] = []
"""The application of this process's tests and its configuration, unless one made its own since."""


@pytest.fixture
def strict_app(database: Settings) -> Flask:
    """The whole web console on a fresh database; forms need their token.

    The same application for one test after another, because putting one together takes long; its
    configuration is new each time. A test that changes more than that takes `make_app`.
    """
    logins.forget()
    if not _shared:
        app = create_app(database)
        _shared.append((app, dict(app.config)))
    app, config = _shared[0]
    app.config.clear()
    app.config.update(config)
    use(app, database)
    app.testing = True
    return app


@pytest.fixture
def app(strict_app: Flask) -> Flask:
    """The same, but forms are accepted without a token."""
    strict_app.config["WTF_CSRF_ENABLED"] = False
    return strict_app


@pytest.fixture
def make_app(database: Settings) -> Iterator[Callable[..., Flask]]:
    """Puts together an application of the test's own, from settings that differ as told."""
    logins.forget()
    yield lambda **changes: create_app(replace(database, **changes))
    _shared.clear()  # sockets go to the newest application


@pytest.fixture
def cast(database: Settings) -> Cast:
    """One person of every role."""
    with db.unit_of_work() as session:
        return Cast.enter(session)


@pytest.fixture
def client_for(app: Flask) -> Callable[[Person | None], FlaskClient]:
    """Gives a browser in which a person is logged in (None: nobody)."""
    return lambda person: browser(app, person)


def _admin(services: Running, statement: str) -> None:
    url = services.superuser_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
