"""The embedded PostgreSQL: own initdb, passwords for everybody, a Unix socket only.

Socket only, no TCP: there is no port to be taken, and nobody outside the socket's 0700 folder can
even try a password.
"""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from console.cli.services import owner
from console.cli.services.binaries import postgres_folder
from console.cli.services.errors import CannotStart
from console.cli.services.keys import secret, write_private
from console.cli.services.process import end, end_group, running_in, send, spawn, wait_until

NAME = "budkavle"
"""Of the database and of the role that owns it."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "150",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
"""For a small machine. Durability keeps its defaults: fsync, full_page_writes and
synchronous_commit are on."""

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server for one home.

    Args:
        home: folder of the installation; the database lies in home/postgres.
        durable: False only for tests, whose data may be lost.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.data = home / "postgres"
        self.keys = home / "keys"
        self.log = home / "logs" / "postgres.log"
        self.settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._user = owner.service_user()
        self._socket = Path()

    @property
    def url(self) -> str:
        """SQLAlchemy address as the role that owns the database."""
        password, folder = secret(self.keys, "postgres-app"), quote(str(self._socket), safe="")
        return f"postgresql+psycopg://{NAME}:{quote(password)}@/{NAME}?host={folder}"

    def prepare(self) -> None:
        """Make the folders and, the first time, the database cluster; end a leftover server."""
        self.end_leftovers()
        name = hashlib.sha256(bytes(self.data)).hexdigest()[:12]
        self._socket = owner.short_socket_folder(f"budkavle-{name}", self._user)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        owner.private_folder(self.data, self._user)
        owner.open_the_way(self.data, self._user)
        # After a reboot or in a container the number in a stale file may belong to anybody.
        for stale in (self.data / "postmaster.pid", *self._socket.iterdir()):
            stale.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """End every server process that a killed run left behind in this database folder."""
        for sign, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
            for pid in running_in(self.data, "postgres"):
                send(pid, sign)
            if wait_until(lambda: not list(running_in(self.data, "postgres")), seconds):
                return
        raise CannotStart(
            f"A PostgreSQL of an earlier run still holds {self.data} and does not end."
        )

    def launch(self) -> None:
        """Start the server without waiting for it."""
        program = self._program("postgres", int((self.data / "PG_VERSION").read_text()))
        argv: list[str | Path] = [program, "-D", self.data, "-k", self._socket]
        for name, value in self.settings.items():
            argv += ["-c", f"{name}={value}"]
        with self.log.open("ab") as output:
            self.process = spawn(
                argv,
                death_signal=signal.SIGINT,  # a "fast" shutdown: clean, without waiting for clients
                cwd=self.data,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                user=self._user,
                output=output,
            )

    def wait_ready(self, seconds: float = 120) -> None:
        """Wait until it answers (a recovery may take a while), then see to role and database.

        Raises:
            CannotStart: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self._superuser() as connection:
                    self._see_to_database(connection)
                return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise CannotStart(
                        f"The passwords in {self.keys} are not those of {self.data}."
                    ) from None
                if self.process is None or self.process.poll() is not None:
                    raise CannotStart(f"PostgreSQL ended at once; {self.log} says why.") from None
                if time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL does not answer; see {self.log}.") from None
                time.sleep(0.03)

    def stop(self, seconds: float = 6) -> None:
        """End it cleanly. Killed after `seconds`, it recovers from its log at the next start."""
        if self.process is not None:
            end(self.process, signal.SIGINT, seconds)
            wait_until(lambda: not list(running_in(self.data, "postgres")), 2)
            owner.remove_folder(self._socket)

    def _initdb(self) -> None:
        making = self.data.with_name("postgres.new")
        owner.remove_folder(making)
        owner.private_folder(making, self._user)
        owner.open_the_way(making, self._user)
        password_file = making.with_name("postgres.password")
        write_private(password_file, secret(self.keys, "postgres-superuser"))
        if self._user:
            owner.give(password_file, self._user)
        program = self._program("initdb")
        owner.open_the_way(program, self._user)
        argv: list[str | Path] = [
            *(program, "--pgdata", making, "--username", "postgres", "--encoding", "UTF8"),
            # PostgreSQL's own C.UTF-8: upper and lower case of å, ä, ö without ICU, and the
            # same order on every machine (Swedish order comes from a stored sort key).
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--auth", "scram-sha-256", "--pwfile", password_file, "--no-instructions"),
        ]
        try:
            with self.log.open("ab") as output:
                initdb = spawn(
                    argv if self.durable else [*argv, "--no-sync"],
                    death_signal=signal.SIGTERM,
                    cwd=making,
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                    user=self._user,
                    output=output,
                )
            try:
                made = initdb.wait()
            finally:
                end_group(initdb)  # broken off: the next start makes all of it anew
        finally:
            password_file.unlink()
        if made != 0:
            raise CannotStart(f"The database could not be made; {self.log} says why.")
        making.rename(self.data)

    def _program(self, name: str, major: int | None = None) -> Path:
        program = postgres_folder(major) / name
        owner.open_the_way(program, self._user)
        owner.check_readable(program, self._user)
        return program

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket),
            user="postgres",
            dbname="postgres",
            password=secret(self.keys, "postgres-superuser"),
            autocommit=True,
            connect_timeout=5,
        )

    def _see_to_database(self, connection: psycopg.Connection) -> None:
        role, password = sql.Identifier(NAME), sql.Literal(secret(self.keys, "postgres-app"))
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(role))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
