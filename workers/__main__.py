"""`python -m workers tick | work | site`: one process of the kind named."""

from __future__ import annotations

import sys

from console import db, live, logs
from console.accounts import secrets
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
    secrets.use(settings.keys)
    match arguments:
        case ["tick"]:
            from workers.ticker import Ticker

            Ticker(settings).run()
        case ["work"]:
            from workers.worker import run as work

            work(settings)
        case ["site"]:
            from workers.site import run as publish

            publish(settings)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
