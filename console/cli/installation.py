"""One home, running: its lock, its services, its schema and its children."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from console.cli.database import check_redis, migrate
from console.cli.lock import home_lock
from console.cli.services import CannotStart, Services
from console.cli.supervisor import Supervisor, end_leftovers
from console.config import Settings
from console.logs import get_logger

TEND_SERVICES_EVERY = 1.0
"""Seconds between two tries to start a service that died."""

log = get_logger("installation")


class Installation:
    """What `up` and `rehearse` stand on. Made by `running()`.

    `settings` holds the addresses of database and Redis, whoever runs those; a child gets them,
    with everything else, by its environment.
    """

    def __init__(self, settings: Settings, services: Services) -> None:
        self.settings = settings
        self.services = services
        self.supervisor = Supervisor(
            settings.home, {**os.environ, **settings.as_env(), "PYTHONUNBUFFERED": "1"}
        )
        self._services_looked_at = 0.0

    @property
    def own_pids(self) -> set[int]:
        """Process numbers of services and children."""
        return {*self.services.pids.values(), *self.supervisor.pids.values()}

    def tend(self) -> None:
        """Start again what has died, services first. Call it often; it seldom blocks."""
        now = time.monotonic()
        if now - self._services_looked_at >= TEND_SERVICES_EVERY:
            self._services_looked_at = now
            try:
                for name in self.services.revive():
                    log.warning("service_died_and_was_started_again", service=name)
            except CannotStart as error:
                log.error("service_not_started_again", reason=str(error))
        self.supervisor.tend()


@contextlib.contextmanager
def running(
    settings: Settings, *, ports: Mapping[str, int] | None = None
) -> Iterator[Installation]:
    """Start the ground: lock, leftovers ended, ports free, services, newest schema.

    Args:
        settings: as read; home's embedded services are started where no address is given.
        ports: variable → port: those the caller's children will listen on at settings.bind.

    Raises:
        CannotStart: one sentence about what must be put right.
    """
    with home_lock(settings.home):
        home = settings.home.resolve()
        end_leftovers(home)
        services = Services(
            home, postgres=settings.database_url is None, valkey=settings.redis_url is None
        )
        services.end_leftovers()
        check_ports(settings.bind, ports or {})
        if settings.redis_url:
            check_redis(settings.redis_url)
        if settings.database_url:
            migrate(settings.database_url)
        database_url, redis_url = services.start()
        try:
            settings = replace(
                settings,
                home=home,
                database_url=database_url or settings.database_url,
                redis_url=redis_url or settings.redis_url,
            )
            if database_url:
                migrate(database_url)
            installation = Installation(settings, services)
            try:
                yield installation
            finally:
                installation.supervisor.stop()
        finally:
            services.stop()


def check_ports(bind: str, ports: Mapping[str, int]) -> None:
    """Raises CannotStart: a port is taken (or named twice), or the address isn't ours.

    Args:
        ports: variable that sets it → port.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with contextlib.ExitStack() as open_together:
        for name, port in ports.items():
            probe = open_together.enter_context(socket.socket(family))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind, port))
                probe.listen()
            except OSError as error:
                # What no port would help is the address's.
                unknown = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
                raise CannotStart(
                    f"Port {port} at {bind} can't be used: {error.strerror} "
                    f"(see {'BUDKAVLE_BIND' if unknown else name})."
                ) from None
