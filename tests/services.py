"""One PostgreSQL and one Valkey for a whole test run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from console.cli.services import Services
from console.cli.services.keys import secret


@dataclass(frozen=True)
class Running:
    services: Services
    database_url: str
    """As the program connects: no superuser."""
    superuser_url: str
    """To make databases, and to move the database's clock."""
    redis_url: str

    def database(self, name: str, *, superuser: bool = False) -> str:
        """The address of the database `name`."""
        url = make_url(self.superuser_url if superuser else self.database_url)
        return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def running_services() -> Iterator[Running]:
    """Start both in a throwaway home, without waiting for the disk."""
    with tempfile.TemporaryDirectory(prefix="budkavle-test-") as home:
        services = Services(Path(home), durable=False)
        database_url, redis_url = services.start()
        assert database_url is not None
        assert redis_url is not None
        try:
            superuser = make_url(database_url).set(
                username="postgres", password=secret(Path(home) / "keys", "postgres-superuser")
            )
            yield Running(
                services,
                database_url,
                superuser.render_as_string(hide_password=False),
                redis_url,
            )
        finally:
            services.stop()
