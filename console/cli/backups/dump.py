"""pg_dump and pg_restore, from the wheel that PostgreSQL comes in.

Passwords go by environment: the process list shows none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from console.cli.services.binaries import postgres_folder
from console.errors import ConsoleError, WrongState

NO_VERSION = "alembic_version"
"""Its row is left out, and written as the last step of a restore: till then no console starts."""


class DumpFailed(ConsoleError):
    """pg_dump or pg_restore said no; the sentence says what it said."""


@dataclass(frozen=True)
class Picture:
    """The database as it was at one moment, held still."""

    snapshot: str
    schema: str
    at: datetime
    timeline_n: int
    timeline_hash: str


@contextmanager
def picture(database_url: str) -> Iterator[Picture]:
    """Hold a snapshot for pg_dump. Readers and writers notice nothing.

    Raises:
        WrongState: the database has no schema of ours yet.
        psycopg.Error: it can't be reached.
    """
    with psycopg.connect(**_options(database_url), connect_timeout=5) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        try:
            found = connection.execute(
                "SELECT pg_export_snapshot(), version_num, budkavle_now(), h.n, h.entry_hash"
                " FROM alembic_version LEFT JOIN timeline_head h ON true"
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            found = None
        if found is None:
            raise WrongState("The database holds nothing of Budkavle's to save.")
        snapshot, schema, at, n, entry_hash = found
        yield Picture(snapshot, schema, at.astimezone(UTC), n or 0, (entry_hash or b"").hex())


@contextmanager
def dumping(database_url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """What pg_dump writes, as it writes it.

    Raises:
        DumpFailed: at the end of the block, if it didn't end well.
    """
    arguments = [
        *("--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges"),
        *("--schema=public", f"--exclude-table-data=public.{NO_VERSION}"),
        *(f"--snapshot={snapshot}", "--lock-wait-timeout=30s"),
    ]
    with tempfile.TemporaryFile() as said:
        process = _start("pg_dump", database_url, arguments, said, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.stdout.close()  # if the block broke off, pg_dump ends at its next write
            code = process.wait()
        _check("pg_dump", code, said)


def restore(database_url: str, dump: IO[bytes]) -> None:
    """Put a dump into an empty database: all of it, or nothing.

    Raises:
        DumpFailed: it isn't one, or the database doesn't take it.
    """
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    # The schema is there already, and belongs to whoever made the database.
    arguments += ["--schema=public"]
    with tempfile.TemporaryFile() as said:
        process = _start("pg_restore", database_url, arguments, said, stdin=subprocess.PIPE)
        assert process.stdin is not None
        try:
            shutil.copyfileobj(dump, process.stdin, 1024 * 1024)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early; what it said says why
        finally:
            code = process.wait()
        _check("pg_restore", code, said)


def _options(database_url: str) -> dict[str, Any]:
    """psycopg's own words for where the database is."""
    dialect: Any = PGDialect_psycopg
    _none, options = dialect().create_connect_args(make_url(database_url))
    return dict(options)


def _start(
    name: str, database_url: str, arguments: list[str], said: IO[bytes], **pipes: int
) -> subprocess.Popen[bytes]:
    options = _options(database_url)
    if "sslpassword" in options:
        raise ConsoleError("DATABASE_URL holds sslpassword, which the process list would show.")
    password = options.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    kept = {key: os.environ[key] for key in ("HOME", "TMPDIR") if key in os.environ}
    kept |= {key: value for key, value in os.environ.items() if key.startswith("PG")}
    where = make_conninfo("", **options)
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [postgres_folder() / name, "--dbname", where, "--no-password", *arguments],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **kept, **secret},
        stderr=said,
        **pipes,  # type: ignore[call-overload]
    )
    return process


def _check(name: str, code: int, said: IO[bytes]) -> None:
    if code == 0:
        return
    said.seek(0)
    lines = said.read(4096).decode(errors="replace").strip().splitlines()
    raise DumpFailed(f"{name} failed: {lines[0] if lines else f'exit code {code}'}")
