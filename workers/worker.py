"""A delivery worker's process: RQ's SimpleWorker, whose jobs run apart and end in order."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from console import clock, db
from console.config import Settings
from console.logs import get_logger
from workers import apart, fanout, queue
from workers.heartbeat import BEAT_SECONDS, beat

log = get_logger("worker")
LAST_SECONDS = 25.0
"""At the end, for the answers and outcomes of what is under way; far less when told to stop."""
MakeApp = Callable[[Settings], Flask]
"""Makes what knows pages' addresses (`console.create_addresses`)."""
_settings: Settings | None = None
_make_app: MakeApp | None = None
_app: Flask | None = None


def name() -> str:
    return f"worker-{socket.gethostname()}-{os.getpid()}"


def settings() -> Settings:
    """This process's settings, read when it started."""
    if _settings is None:
        raise RuntimeError("the worker has not been set up")
    return _settings


def app() -> Flask:
    """This process's application for links and words, made when it is first asked for: most
    workers never write any."""
    global _app
    if _app is None:
        if _make_app is None:
            raise RuntimeError("the worker has not been told how to make links")
        _app = _make_app(settings())
    return _app


class Deliverer(SimpleWorker):
    """Stops claiming at the first signal; what is under way then has five seconds to end."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        fanout.STOPPING.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own


def set_up(given: Settings, make_app: MakeApp | None = None) -> None:
    global _settings, _make_app, _app
    _settings, _make_app, _app = given, make_app, None


def run(given: Settings, make_app: MakeApp) -> None:
    """Work until told to stop."""
    set_up(given, make_app)
    threading.Thread(target=_beat, daemon=True).start()
    importlib.import_module("workers.handing")  # not while the first message waits for it
    one = queue.queue()
    Deliverer([one], name=name(), connection=one.connection, serializer=JSONSerializer).work(
        logging_level="WARNING"
    )
    # Told to stop, or Redis was away for too long: what is under way ends in order all the same,
    # and being told again doesn't cut it short.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: fanout.STOPPING.set())
    apart.wait(LAST_SECONDS)


def _beat() -> None:
    """Write down that this process lives: our own sign, since RQ's says nothing during a job."""
    while True:
        try:
            with db.unit_of_work() as session:
                beat(session, name(), "worker", clock.now())
        except SQLAlchemyError as error:
            log.warning("heartbeat_not_written", error=type(error).__name__)
        time.sleep(BEAT_SECONDS)
