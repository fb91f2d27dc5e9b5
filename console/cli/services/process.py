"""Child processes that end with their parent, and processes known by more than their number."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class User:
    """Whom a child runs as when we are root."""

    name: str
    uid: int
    gid: int


def spawn(
    argv: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: User | None = None,
    stdin: int = subprocess.DEVNULL,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a direct child in a session of its own.

    The kernel sends it `death_signal` when the thread that called this ends, so call it from the
    main thread. (The order matters: the kernel forgets the wish when a process changes user;
    subprocess changes user before it runs `preexec_fn`.)
    """
    parent = os.getpid()

    def before_exec() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the wish was made
            os._exit(1)

    return subprocess.Popen(
        [os.fspath(a) for a in argv],
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        preexec_fn=before_exec,
    )


def adopt_orphans() -> None:
    """Let grandchildren whose parent died become our children, so that none is lost sight of."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end(child: subprocess.Popen[bytes], sign: signal.Signals, seconds: float) -> bool:
    """Ask a child to end with `sign`; kill it after `seconds`. True: it ended when asked."""
    if child.poll() is None:
        child.send_signal(sign)
    try:
        child.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that `spawn` started, and all that it has started in its session, at once."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def start_time(pid: int) -> int | None:
    """Clock ticks after boot when the process began; None: there is none, or it's a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def running_in(folder: Path, program: str) -> Iterator[int]:
    """Processes of the program named `program` whose working folder is `folder`."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            exe, cwd = os.readlink(f"/proc/{entry}/exe"), os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if Path(exe.removesuffix(" (deleted)")).name == program and cwd == str(folder):
            yield int(entry)


def send(pid: int, sign: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def wait_until(true: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Ask again and again until `true()`; False: it wasn't within `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def reap_orphans(own: set[int]) -> None:
    """Take leave of adopted grandchildren that have ended; those in `own` have an owner."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return
        os.waitpid(ended.si_pid, 0)
