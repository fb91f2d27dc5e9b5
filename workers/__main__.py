"""`python -m workers tick | work | site | feeds | export NUMBER TOKEN`: one process of the kind
named."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from functools import partial

from console.garbage import held_back

with held_back():
    from console import create_addresses, db, live, logs, sealing
    from console.config import Settings
    from console.errors import ConsoleError


def program(arguments: list[str]) -> Callable[[Settings], None] | None:
    """What these arguments name; None: nothing. Only that is imported."""
    match arguments:
        case ["tick"]:
            from workers.ticker import run as tick

            return tick
        case ["work"]:
            from workers.worker import run as work

            return partial(work, make_app=create_addresses)
        case ["site"]:
            from workers.site import run as publish

            return publish
        case ["feeds"]:
            from workers.feeds import run as read

            return read
        case ["export", number, token]:
            from workers.exporting import run as export

            return partial(
                export,
                make_app=create_addresses,
                export_id=int(number),
                token=uuid.UUID(token),
            )
    return None


def main(arguments: list[str]) -> int:
    """Connect and run until told to stop. Returns the exit code."""
    with held_back():
        run = program(arguments)
    if run is None:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        settings = Settings.from_env()
        if settings.database_url is None or settings.redis_url is None:
            raise ConsoleError("DATABASE_URL and REDIS_URL are needed; `budkavle up` sets them.")
    except ConsoleError as error:
        print(error, file=sys.stderr)
        return 2
    logs.set_up()
    db.connect(settings.database_url)
    live.connect(settings.redis_url)
    sealing.use(settings.keys)
    run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
