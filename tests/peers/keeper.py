"""Runs a command with all its children until standard input closes: when the tests let go of it,
and when they are killed, nothing stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

START_SECONDS = 60


class Kept:
    """Use as `with Kept(command, folder, ready) as process:`, `folder` being where it stands and
    where `log` holds what it says. `ready` is asked until it is true.

    Raises:
        RuntimeError: it has ended, or isn't ready within `START_SECONDS`.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        log: str = "log",
    ) -> None:
        self.command = [str(part) for part in command]
        self.folder, self.ready, self.log = folder, ready, folder / log
        self.env = {"PATH": os.environ["PATH"], **(env or {})}

    def __enter__(self) -> Self:
        with self.log.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, __file__, *self.command],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            if self.ready():
                return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError(f"{self.command[0]} did not start: {self.log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(20)


def answers(url: str) -> bool:
    """Whether somebody answers there, whatever they say."""
    try:
        urllib.request.urlopen(url, timeout=20).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def main() -> None:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    # Ctrl-C goes to the whole group: the tests let go of us when they have ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGCHLD, lambda *_: sys.exit(1) if child.poll() is not None else None)
    try:
        if child.poll() is None:
            sys.stdin.buffer.read()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)


if __name__ == "__main__":
    main()
