"""A small installation whose parts can be killed: real processes, a sink that counts."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from sqlalchemy import func, select

from console import db
from console.cli import children
from console.cli.rehearsal import awake
from console.cli.supervisor import Supervisor
from console.config import Settings
from console.messages.models import Attempt, Delivery, Round
from tests.sink import Sink
from tests.stage import Stage

SECRET = {"secret": "a secret of sixteen characters"}


@dataclass
class Rig:
    settings: Settings
    sink: Sink
    supervisor: Supervisor
    stage: Stage = field(init=False)

    def accounts(self, number: int, *, honours: bool) -> None:
        """Open a live event with so many accounts on the sink."""
        self.sink.honours = honours
        self.stage = Stage(
            self.settings,
            accounts=number,
            exercise=False,
            kind="webhook",
            account_settings={"url": self.sink.url + "/{place}", "honours_key": honours},
            secret=SECRET,
        )

    def kill(self, name: str, sign: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.supervisor.pids[name], sign)

    def workers(self) -> list[str]:
        return [name for name in self.supervisor.pids if name.startswith("worker")]

    def states(self) -> Counter[str]:
        """How many posts beside the website's are in which state."""
        with db.unit_of_work() as session:
            return Counter(session.scalars(select(Delivery.state).where(~Delivery.leading)))

    def started(self) -> int:
        """How many posts have ever started, beside the website's."""
        with db.unit_of_work() as session:
            return session.scalars(
                select(func.count(func.distinct(Attempt.delivery_id)))
                .join(Delivery, Delivery.id == Attempt.delivery_id)
                .where(~Delivery.leading)
            ).one()

    def rounds(self) -> Counter[str]:
        with db.unit_of_work() as session:
            return Counter(session.scalars(select(Round.state)))

    def until(self, true: Callable[[], Any], seconds: float = 30, *, tend: bool = True) -> None:
        """Wait for it, starting again what has died meanwhile (as the supervisor would)."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"it never came: {self.states()}, {self.rounds()}")
            if tend:
                self.supervisor.tend()
            time.sleep(0.05)

    def settled(self, number: int) -> Callable[[], bool]:
        """True once `number` posts have ended, one way or other."""
        over = ("sent", "unknown", "refused", "expired", "stopped")
        return lambda: sum(n for state, n in self.states().items() if state in over) == number

    @contextmanager
    def no_start(self) -> Iterator[None]:
        """Meanwhile posts can be claimed, but their start can't be committed."""
        url = (self.settings.database_url or "").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE")
            yield
            connection.rollback()


@contextmanager
def rig(settings: Settings, *, workers: int = 2) -> Iterator[Rig]:
    """Ticker, workers and site process against the test's own database."""
    with Sink() as sink:
        hosts = (*settings.allow_hosts, sink.url.removeprefix("http://"))
        settings = replace(settings, workers=workers, allow_hosts=hosts)
        supervisor = Supervisor(settings.home, environment(settings))
        supervisor.start([children.site(), children.ticker(), *children.workers(settings)])
        try:
            awake.wait(workers, supervisor.tend)
            yield Rig(settings, sink, supervisor)
        finally:
            for name in list(supervisor.pids):
                os.kill(supervisor.pids[name], signal.SIGCONT)
            supervisor.stop()


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "BUDKAVLE_HOME": str(settings.home),
        "BUDKAVLE_WORKERS": str(settings.workers),
        "BUDKAVLE_ALLOW_HOSTS": " ".join(settings.allow_hosts),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
    }
