"""The embedded services keep their data, their secrets and nobody else's ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from console.cli.services import CannotStart, Services
from console.cli.services.process import running_in, start_time, wait_until

CHILD = """
import sys, time
from pathlib import Path
from console.cli.services import Services
services = Services(Path(sys.argv[1]), durable=False)
print(*services.start(), *services.pids.values(), flush=True)
time.sleep(120)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.gettempdir(), f"bk-services-{os.getpid()}")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def query(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def command_lines() -> Iterator[bytes]:
    """What anybody on this machine can read of every process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield path.read_bytes()


def started(home: Path, *, durable: bool = False) -> tuple[Services, str, str]:
    services = Services(home, durable=durable)
    database_url, redis_url = services.start()
    assert database_url
    assert redis_url
    return services, database_url, redis_url


def test_data_survives_a_stop_and_a_start(home: Path) -> None:
    services, database_url, redis_url = started(home)
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept (what text)")
        connection.execute("INSERT INTO kept VALUES ('Vattnet i Torsby ska kokas')")
    services.stop()
    assert not list(running_in(home / "postgres", "postgres"))
    services, again, redis_again = started(home)
    try:
        assert (again, redis_again) == (database_url, redis_url)
        assert query(again, "SELECT what FROM kept") == "Vattnet i Torsby ska kokas"
    finally:
        services.stop()


def test_only_passwords_open_the_services_and_only_their_owner_can_read_them(home: Path) -> None:
    services, database_url, redis_url = started(home)
    try:
        folder = database_url.rpartition("host=")[2].replace("%2F", "/")
        assert len(os.fsencode(folder)) <= 90
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        for user in ("postgres", "budkavle"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=folder, user=user, dbname="budkavle")
        port = int(redis_url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        shown = b"".join(command_lines())
        for key in (home / "keys").iterdir():
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
            assert key.read_text().encode() not in shown
    finally:
        services.stop()


def test_the_application_role_owns_its_database_but_is_no_superuser(home: Path) -> None:
    services, url, _ = started(home)
    try:
        assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert query(url, "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_database "
                     "WHERE datname = current_database()") == "budkavle"  # fmt: skip
        assert query(url, "SELECT lower('ÅÄÖ')") == "åäö"
        assert query(url, "SHOW server_encoding") == "UTF8"
        assert query(url, "SHOW listen_addresses") == ""
    finally:
        services.stop()


def test_the_database_is_durable_unless_a_test_says_otherwise(home: Path) -> None:
    services = Services(home, valkey=False)
    url, nothing = services.start()
    try:
        assert url
        assert nothing is None
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert query(url, f"SHOW {setting}") == "on"
    finally:
        services.stop()


def test_a_restart_of_postgres_keeps_address_and_data(home: Path) -> None:
    services, url, _ = started(home)
    try:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
        before = services.pids["postgres"]
        services.restart_postgres()
        assert services.pids["postgres"] != before
        assert query(url, "SELECT n FROM kept") == 42
    finally:
        services.stop()


def test_the_services_end_with_the_process_that_started_them(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        url, _, *pids = child.stdout.readline().split()
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
        child.kill()
    assert wait_until(lambda: not any(start_time(int(p)) for p in pids), 8)
    assert "database system is shut down" in (home / "logs" / "postgres.log").read_text()


def test_a_leftover_that_did_not_end_is_ended_and_its_data_kept(home: Path) -> None:
    services, url, _ = started(home)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    old = services.pids
    again, url, _ = started(home)  # as if the first had been lost sight of
    try:
        for process in (services.postgres, services.valkey):
            assert process
            assert process.process
            process.process.wait(1)
        assert not set(old.values()) & set(again.pids.values())
        assert query(url, "SELECT n FROM kept") == 42
    finally:
        again.stop()


def test_a_crashed_postgres_is_started_afresh_in_spite_of_its_stale_files(home: Path) -> None:
    services, url, _ = started(home, durable=True)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    os.kill(services.pids["postgres"], signal.SIGKILL)
    assert services.postgres
    assert services.postgres.process
    services.postgres.process.wait(5)
    pid_file = home / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")  # a reused number
    services.restart_postgres()
    try:
        assert query(url, "SELECT n FROM kept") == 42
    finally:
        services.stop()


def test_valkey_takes_another_port_when_its_own_is_taken(home: Path) -> None:
    services, _, redis_url = started(home)
    services.stop()
    port = int(redis_url.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        services, _, other_url = started(home)
        services.stop()
    assert other_url != redis_url


def test_what_valkey_holds_survives_a_restart(home: Path) -> None:
    services = Services(home, postgres=False)
    _, url = services.start()
    assert url
    redis.Redis.from_url(url).set("kept", "ja")
    services.stop()
    services = Services(home, postgres=False)
    _, url = services.start()
    try:
        assert url
        assert redis.Redis.from_url(url).get("kept") == b"ja"
    finally:
        services.stop()


def test_a_home_that_is_a_file_is_refused_in_one_sentence(home: Path) -> None:
    home.write_text("")
    with pytest.raises(CannotStart, match=str(home)):
        Services(home).start()
    home.unlink()
