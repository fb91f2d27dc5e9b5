"""`budkavle up`: the whole installation under one supervisor, until it is told to stop."""

from __future__ import annotations

import os
import select
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import click

from console import clock, logs
from console.cli import children
from console.cli.installation import Installation, running
from console.cli.services import CannotStart
from console.cli.services.process import adopt_orphans, reap_orphans
from console.config import Settings

READY_WITHIN = 60.0


@click.command("up")
@click.option("--example", is_flag=True, help="Fill an empty installation with example people.")
@click.option("--workers", type=click.IntRange(1, 64), help="Delivery workers (2).")
def command(example: bool, workers: int | None) -> None:
    """Start the whole installation and keep it running. Ctrl-C stops it."""
    logs.set_up()
    stopping = Stopping()
    settings = Settings.from_env()
    if workers:
        settings = replace(settings, workers=workers)
    adopt_orphans()
    ports = {"BUDKAVLE_PORT": settings.port, "BUDKAVLE_PUBLIC_PORT": settings.public_port}
    # What is broken off before the children run is begun anew at the next start.
    with suppress(KeyboardInterrupt), running(settings, ports=ports) as installation:
        settings = installation.settings
        greeting = _example(settings) if example else first_link(settings)
        stopping.breaks_off = False
        installation.supervisor.start(children.everything(settings))
        _wait_for_console(installation, stopping)
        if not stopping.asked:
            click.echo(_addresses(settings) + greeting)
        while not stopping.asked:
            installation.tend()
            reap_orphans(installation.own_pids)
            stopping.wait(0.25)
        click.echo("Stopping …")


class Stopping:
    """Hears SIGTERM, SIGINT and SIGHUP; wakes for them and for a child's end.

    While it `breaks_off`, the first of them raises KeyboardInterrupt where the program stands:
    making a database and its schema takes longer than whoever wants to stop should wait.
    """

    def __init__(self) -> None:
        self.asked = False
        self.breaks_off = True
        self._reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, self._ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _ask(self, *_: object) -> None:
        again, self.asked = self.asked, True
        if self.breaks_off and not again:
            raise KeyboardInterrupt

    def wait(self, seconds: float) -> None:
        if select.select([self._reading], [], [], seconds)[0]:
            os.read(self._reading, 4096)


def _wait_for_console(installation: Installation, stopping: Stopping) -> None:
    settings = installation.settings
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)
    address = f"http://[{host}]" if ":" in host else f"http://{host}"
    deadline = time.monotonic() + READY_WITHIN
    while not stopping.asked and not _answers(f"{address}:{settings.port}/healthz"):
        if time.monotonic() > deadline:
            raise CannotStart("The web console does not answer; the lines above say why.")
        installation.tend()
        stopping.wait(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True  # alive enough to say what isn't
    except OSError:
        return False


def _addresses(settings: Settings) -> str:
    return (
        "\nBudkavle is running.\n\n"
        f"  Console       {settings.console_url}\n"
        f"  Public site   {settings.public_url}\n"
        f"  Data          {settings.home}\n\n"
    )


def _example(settings: Settings) -> str:
    """Load the example once, and say where its people's logins are."""
    from console import example
    from console.db import unit_of_work

    def load(now: datetime) -> str:
        with unit_of_work() as session:
            logins = example.load(session, now, settings)
            if logins:
                example.write_logins(settings, logins)
        path = settings.home / example.LOGINS_FILE
        if not path.exists():
            return "The installation has people of its own already.\n"
        return f"The example people's logins (also in {path}):\n\n{path.read_text()}\n"

    return _in_database(settings, load)


def first_link(settings: Settings) -> str:
    """The one-time link for the first administrator, while nobody can log in; else ""."""
    from console.db import unit_of_work
    from console.people.operations import create_first_admin_link

    def make(now: datetime) -> str:
        with unit_of_work() as session:
            path = create_first_admin_link(session, now)
        if path is None:
            return ""
        return f"Make the first administrator here, once:\n\n  {settings.console_url}{path}\n"

    return _in_database(settings, make)


def _in_database(settings: Settings, do: Callable[[datetime], str]) -> str:
    from console import db

    db.connect(settings.database_url or "", pool_size=1)
    try:
        return do(clock.now())
    finally:
        db.disconnect()
