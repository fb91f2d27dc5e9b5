"""Finding the servers of an installation that may be running already; ending a command tidily."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from console.cli.services import CannotStart
from console.cli.services.keys import secret
from console.cli.services.postgres import NAME
from console.config import Settings


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or the address of the embedded server that `up` runs in this home.

    Raises:
        CannotStart: no server runs there, or its files are another user's.
    """
    if settings.database_url:
        return settings.database_url
    try:
        # PostgreSQL's own note: pid, data folder, start, port, socket folder, …
        note = (settings.home / "postgres" / "postmaster.pid").read_text().splitlines()
        password = quote(secret(settings.keys, "postgres-app"))
    except (FileNotFoundError, NotADirectoryError):
        raise CannotStart(
            f"No database runs in {settings.home}. Start it with: budkavle up, or set DATABASE_URL."
        ) from None
    except PermissionError as error:
        raise CannotStart(f"{error.filename} belongs to another user.") from None
    if len(note) < 5:
        raise CannotStart(f"The database in {settings.home} is just starting. Try again.")
    return f"postgresql+psycopg://{NAME}:{password}@/{NAME}?host={quote(note[4], safe='')}"


def redis_url(settings: Settings) -> str:
    """REDIS_URL, or the address of the embedded Valkey that `up` runs in this home.

    Raises:
        CannotStart: none has run there.
    """
    if settings.redis_url:
        return settings.redis_url
    try:
        port = int((settings.home / "run" / "valkey-port").read_text())
    except (OSError, ValueError):
        raise CannotStart(f"No Valkey has run in {settings.home}.") from None
    return f"redis://:{secret(settings.keys, 'valkey')}@127.0.0.1:{port}/0"


@contextmanager
def tidily() -> Iterator[None]:
    """What would end the process where it stands, a timer that has run out or a connection that
    broke, leaves the block as an exception instead: it clears away what it has half made. What was
    told to be ignored (nohup) still is."""

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough, and clearing away takes a moment
        sys.exit(128 + number)

    mine = [
        one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL
    ]
    for one in mine:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, signal.SIG_DFL)
