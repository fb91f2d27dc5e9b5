"""The command, run as a person would, in a home and at ports of the test's own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.cli.services.process import start_time, wait_until

ROOT = Path(__file__).parents[2]
BUDKAVLE = (sys.executable, "-c", "from console.cli import main; main()")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, **more: str) -> dict[str, str]:
    """The machine's own, less what an installation reads, plus `home`, free ports and `more`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BUDKAVLE_") and name not in ("DATABASE_URL", "REDIS_URL")
    }
    ours = {
        "PYTHONPATH": str(ROOT),
        "BUDKAVLE_HOME": str(home),
        "BUDKAVLE_PORT": str(free_port()),
        "BUDKAVLE_PUBLIC_PORT": str(free_port()),
    }
    return {**kept, **ours, **more}


def budkavle(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end, which must come within a minute."""
    return subprocess.run(
        [*BUDKAVLE, *arguments],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


class Up:
    """A running `budkavle up`; what it prints is collected in a file."""

    def __init__(self, env: dict[str, str], log: Path, *arguments: str) -> None:
        self.env, self.log, self.home = env, log, Path(env["BUDKAVLE_HOME"])
        self.console = f"http://127.0.0.1:{env['BUDKAVLE_PORT']}"
        self.public = f"http://127.0.0.1:{env['BUDKAVLE_PUBLIC_PORT']}"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*BUDKAVLE, "up", *arguments],
                env=env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.ready = wait_until(
            lambda: "Budkavle is running" in self.said or self.process.poll() is not None, 90
        )
        if "Budkavle is running" not in self.said and self.process.poll() is None:
            self.interrupt(20)  # too slow: nothing may be left running by a test that failed
        assert "Budkavle is running" in self.said, self.said

    @property
    def said(self) -> str:
        return self.log.read_text()

    def interrupt(self, seconds: float = 10) -> int:
        """Press Ctrl-C: the terminal sends it to the whole group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(seconds)


@contextmanager
def up(env: dict[str, str], log: Path, *arguments: str) -> Iterator[Up]:
    running = Up(env, log, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.interrupt(20)


def processes_of(home: Path) -> dict[int, str]:
    """Every living process that works in `home` or was told of it: number → command line."""
    found = {}
    told = f"BUDKAVLE_HOME={home}".encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        folder = Path("/proc") / entry
        try:
            environ = (folder / "environ").read_bytes().split(b"\0")
            inside = Path(os.readlink(folder / "cwd")).is_relative_to(home)
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if (told in environ or inside) and start_time(int(entry)) is not None:
            found[int(entry)] = line
    return found
