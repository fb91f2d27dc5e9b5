"""Waiting until the processes of a stack have shown that they live."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import text

from console import clock, db
from console.cli.services import CannotStart

PATIENCE = 60.0


def wait(workers: int, tend: Callable[[], None]) -> None:
    """Return when a ticker, a site process and so many workers have written a heartbeat.

    Args:
        tend: called while waiting; starts again what has died.

    Raises:
        CannotStart: they don't come.
    """
    wanted = {"ticker": 1, "site": 1, "worker": workers}
    until = clock.elapsed() + PATIENCE
    while clock.elapsed() < until:
        with db.unit_of_work() as session:
            alive = dict(
                session.execute(
                    text("SELECT kind, count(*) FROM heartbeats GROUP BY kind")
                ).tuples().all()
            )
        if all(alive.get(kind, 0) >= number for kind, number in wanted.items()):
            return
        tend()
        time.sleep(0.05)
    raise CannotStart("Ticker, workers or site process don't start; the lines above say why.")
