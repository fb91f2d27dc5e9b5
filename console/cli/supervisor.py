"""Keeps children running, and ends them.

Every child carries its home in BUDKAVLE_SUPERVISED_IN, so that what a killed supervisor left
behind is found by that mark and by nothing that another program could bear.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.cli.services import CannotStart
from console.cli.services.process import end, send, spawn, start_time, wait_until
from console.logs import get_logger

MARK = "BUDKAVLE_SUPERVISED_IN"
FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
"""Seconds before a child that died is started again; doubled each time."""
WELL_AFTER = 30.0
"""Seconds a child must have run for the wait to begin afresh."""
GRACE = 6.5
"""Seconds the children get to end; a worker waits up to 5 for the posts under way."""

log = get_logger("supervisor")


@dataclass
class Child:
    """One program to keep running: its name in the log, its command line, extra environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    wait: float = FIRST_WAIT
    due: float = 0.0
    """Monotonic time of the next start; only while it isn't running."""


class Supervisor:
    """Starts children, starts again those that die, ends them all.

    Args:
        home: folder of the installation.
        env: their whole environment; addresses with passwords go here, never on a command line.
    """

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self.env = {**env, MARK: str(home)}
        self.children: list[Child] = []

    def start(self, children: Iterable[Child]) -> None:
        for child in children:
            self.children.append(child)
            self._spawn(child)

    def tend(self) -> None:
        """Start again whatever has died, when its wait is over. Never blocks."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None:
                code = child.process.poll()
                if code is None:
                    continue
                if now - child.begun > WELL_AFTER:
                    child.wait = FIRST_WAIT
                log.warning(
                    "child_died", child=child.name, exit_code=code, starts_again_in_s=child.wait
                )
                child.process, child.due = None, now + child.wait
                child.wait = min(2 * child.wait, LONGEST_WAIT)
            if now >= child.due:
                self._spawn(child)

    def stop(self, seconds: float = GRACE) -> None:
        """Ask all to end at once, and kill those that haven't after `seconds`."""
        deadline = time.monotonic() + seconds
        running = [(c, c.process) for c in self.children if c.process is not None]
        for _, process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for child, process in running:
            if not end(process, signal.SIGTERM, max(0.0, deadline - time.monotonic())):
                log.warning("child_killed", child=child.name)
        self.children.clear()

    @property
    def pids(self) -> dict[str, int]:
        """Name → process number of those running."""
        return {c.name: c.process.pid for c in self.children if c.process is not None}

    def _spawn(self, child: Child) -> None:
        child.process = spawn(
            child.argv, death_signal=signal.SIGTERM, env={**self.env, **child.env}
        )
        child.begun = time.monotonic()


def end_leftovers(home: Path) -> None:
    """End what a killed supervisor of this home left running.

    Raises:
        CannotStart: something doesn't end.
    """
    for sign, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 2.0)):
        for pid in _marked(home):
            log.warning("leftover_ended", pid=pid, signal=sign.name)
            send(pid, sign)
        if wait_until(lambda: not any(_marked(home)), seconds, every=0.1):
            return
    raise CannotStart(f"Processes of an earlier run in {home} do not end.")


def _marked(home: Path) -> Iterator[int]:
    """Processes that carry this home's mark, apart from ourselves and those already ended."""
    mark = f"{MARK}={home}".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            environment = Path(f"/proc/{entry}/environ").read_bytes()
        except OSError:
            continue
        if mark in environment.split(b"\0") and start_time(int(entry)) is not None:
            yield int(entry)
