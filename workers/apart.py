"""Jobs beside each other in one process, each in a thread: the process takes its next job at once,
so that a platform that hangs in one job never keeps another from being begun."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from console import clock
from console.logs import get_logger

log = get_logger("apart")

SENDING = "deliver"
"""The job that may run several times in one process, each for another part of a round."""
_running: set[tuple[str, tuple[int, ...], threading.Thread]] = set()
_changing = threading.Lock()


def start(name: str, job: Callable[..., Any], *args: int) -> None:
    """Begin the job in a thread of its own, unless one that does the same is running: that looks
    for more itself, and the ticker hands it out again while there is work."""

    def work() -> None:
        try:
            job(*args)
        except Exception:
            log.error("job_failed", job=name, exc_info=True)
        finally:
            with _changing:
                _running.discard((name, args, thread))

    thread = threading.Thread(target=work, name=name, daemon=True)
    with _changing:
        if any(one == name and (name != SENDING or of == args) for one, of, _thread in _running):
            return
        # Not before it runs: what could not be begun is begun when it is handed out again.
        thread.start()
        _running.add((name, args, thread))


def wait(seconds: float) -> None:
    """Give what sends posts time to end in order. The others may be killed at any moment: what
    they have begun is taken up again."""
    until = clock.elapsed() + seconds
    with _changing:
        sending = [thread for name, _args, thread in _running if name == SENDING]
    for thread in sending:
        thread.join(max(0.0, until - clock.elapsed()))
