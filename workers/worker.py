"""A delivery worker's process: RQ's SimpleWorker, which lets the job end in order on SIGTERM."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any

from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from console import clock, db
from console.config import Settings
from console.logs import get_logger
from workers import fanout, queue
from workers.heartbeat import BEAT_SECONDS, beat

log = get_logger("worker")
_settings: Settings | None = None


def name() -> str:
    return f"worker-{socket.gethostname()}-{os.getpid()}"


def settings() -> Settings:
    """This process's settings, read when it started."""
    if _settings is None:
        raise RuntimeError("the worker has not been set up")
    return _settings


class Deliverer(SimpleWorker):
    """Stops claiming at the first signal; the job then has five seconds to end."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        fanout.STOPPING.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own


def set_up(given: Settings) -> None:
    global _settings
    _settings = given


def run(given: Settings) -> None:
    """Work until told to stop."""
    set_up(given)
    threading.Thread(target=_beat, daemon=True).start()
    one = queue.queue()
    Deliverer([one], name=name(), connection=one.connection, serializer=JSONSerializer).work(
        logging_level="WARNING"
    )


def _beat() -> None:
    """Write down that this process lives: our own sign, since RQ's says nothing during a job."""
    while True:
        try:
            with db.unit_of_work() as session:
                beat(session, name(), "worker", clock.now())
        except SQLAlchemyError as error:
            log.warning("heartbeat_not_written", error=type(error).__name__)
        time.sleep(BEAT_SECONDS)
