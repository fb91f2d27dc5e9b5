"""`python -m workers tick | work | site | feeds | export NUMBER TOKEN`: one process of the kind
named."""

from __future__ import annotations

import sys
import uuid

from console import db, live, logs, sealing
from console.config import Settings
from console.errors import ConsoleError


def main(arguments: list[str]) -> int:
    """Connect and run until told to stop. Returns the exit code."""
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
    match arguments:
        case ["tick"]:
            from workers.ticker import Ticker

            Ticker(settings).run()
        case ["work"]:
            from console import create_addresses
            from workers.worker import run as work

            work(settings, create_addresses)
        case ["site"]:
            from workers.site import run as publish

            publish(settings)
        case ["feeds"]:
            from workers.feeds import run as read

            read(settings)
        case ["export", number, token]:
            from console import create_addresses
            from workers.exporting import run as export

            export(settings, create_addresses, int(number), uuid.UUID(token))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
