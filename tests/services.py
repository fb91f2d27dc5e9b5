"""One PostgreSQL and one Valkey for a whole test run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.cli.services import Services


@contextmanager
def running_services() -> Iterator[tuple[str, str]]:
    """Start both in a throwaway home, without waiting for the disk.

    Yields:
        database_url, redis_url
    """
    with tempfile.TemporaryDirectory(prefix="budkavle-test-") as home:
        services = Services(Path(home), durable=False)
        database_url, redis_url = services.start()
        assert database_url is not None
        assert redis_url is not None
        try:
            yield database_url, redis_url
        finally:
            services.stop()
