"""The embedded services: one PostgreSQL and one Valkey that live and die with this process.

Use from the main thread: the services end when the thread that started them ends.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from console.cli.services.errors import CannotStart
from console.cli.services.postgres import Postgres
from console.cli.services.valkey import Valkey

__all__ = ["CannotStart", "Services"]


class Services:
    """PostgreSQL and Valkey with their data under `home`.

    Args:
        home: folder of the installation (made if it's missing).
        postgres: False where DATABASE_URL names another server.
        valkey: False where REDIS_URL names another server.
        durable: False only for tests: faster, and data may be lost with the machine.
    """

    def __init__(
        self, home: Path, *, postgres: bool = True, valkey: bool = True, durable: bool = True
    ) -> None:
        self.home = home.resolve()
        self.postgres = Postgres(self.home, durable=durable) if postgres else None
        self.valkey = Valkey(self.home, durable=durable) if valkey else None

    def start(self) -> tuple[str | None, str | None]:
        """Start both and wait until both answer.

        Returns:
            database_url, redis_url; None for one that isn't ours.

        Raises:
            CannotStart: one of them can't be started.
        """
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("logs", "run", "keys"):
                (self.home / name).mkdir(mode=0o700, exist_ok=True)
            for service in self._services:
                service.prepare()
                service.launch()
            for service in self._services:
                service.wait_ready()
        except OSError as error:
            self.stop()
            raise CannotStart(f"{error.filename}: {error.strerror}.") from error
        except BaseException:
            self.stop()
            raise
        return (
            self.postgres.url if self.postgres else None,
            self.valkey.url if self.valkey else None,
        )

    def stop(self) -> None:
        """End both, the database last."""
        for service in reversed(self._services):
            service.stop()

    def end_leftovers(self) -> None:
        """End servers that a killed run left behind; `start()` does it too."""
        for service in self._services:
            service.end_leftovers()

    def revive(self) -> list[str]:
        """Start again, at the same address, those that have died; give their names.

        Raises:
            CannotStart: one can't be started now.
        """
        dead = [s for s in self._services if s.process is not None and s.process.poll() is not None]
        for service in dead:
            service.prepare()
            service.launch()
        return [type(s).__name__.lower() for s in dead]

    def restart_postgres(self) -> None:
        """End and start PostgreSQL; its address stays the same."""
        if self.postgres is None:
            raise RuntimeError("the database is not ours to restart")
        self.postgres.stop()
        self.postgres.prepare()
        self.postgres.launch()
        self.postgres.wait_ready()

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers of those started: {"postgres": …, "valkey": …}."""
        return {
            type(s).__name__.lower(): s.process.pid for s in self._services if s.process is not None
        }

    def __enter__(self) -> tuple[str | None, str | None]:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _services(self) -> list[Postgres | Valkey]:
        return [s for s in (self.postgres, self.valkey) if s is not None]
