"""One PostgreSQL and one Valkey for the run; a fresh database and home for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import pytest_socket
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url

from console import clock, create_app, db, live, migrations
from console.config import Settings
from console.people.models import Person
from console.web import logins
from tests.cast import Cast
from tests.cast import client_for as browser
from tests.services import Running, running_services


def pytest_runtest_setup() -> None:
    """The network is closed, loopback and Unix sockets excepted."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def services() -> Iterator[Running]:
    """Servers that live as long as the run."""
    with running_services() as running:
        yield running


@pytest.fixture(scope="session")
def schema(services: Running) -> str:
    """Name of a migrated database that the tests use one after another."""
    name = "tests"
    _admin(services, f"CREATE DATABASE {name} OWNER budkavle")
    migrations.upgrade(db.connect(services.database(name)))
    db.disconnect()
    return name


@pytest.fixture
def database_url(services: Running, schema: str) -> str:
    """The database, emptied: quicker by far than one of its own for each test."""
    url = services.database(schema, superuser=True).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = connection.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchone()
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE")
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
def move_clock(services: Running, database_url: str) -> Callable[[timedelta], None]:
    """Sets the database's clock off by so much; this process's follows at once."""

    def move(skew: timedelta) -> None:
        name = make_url(database_url).database or ""
        url = services.database(name, superuser=True).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM clock_skew")
            connection.execute("INSERT INTO clock_skew VALUES (%s)", [skew])
        clock.forget_sample()

    return move


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


@pytest.fixture
def database(settings: Settings) -> Iterator[Settings]:
    """This process connected to a fresh database and Valkey."""
    db.connect(settings.database_url or "")
    live.connect(settings.redis_url or "")
    yield settings
    live.disconnect()
    db.disconnect()
    clock.forget_sample()


@pytest.fixture
def app(database: Settings) -> Flask:
    """The whole web console on a fresh database. Forms are accepted without a token."""
    logins.forget()
    app = create_app(database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


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
