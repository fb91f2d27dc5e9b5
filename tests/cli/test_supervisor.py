"""The supervisor starts again what dies, and ends everything, stubborn or lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.cli.lock import home_lock
from console.cli.services import CannotStart
from console.cli.services.process import start_time, wait_until
from console.cli.supervisor import Child, Supervisor, end_leftovers

SLEEP = (sys.executable, "-c", "import time; time.sleep(120)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(120)",
)
SUPERVISED = """
import sys, time
from pathlib import Path
from console.cli.supervisor import Child, Supervisor
supervisor = Supervisor(Path(sys.argv[1]), {})
supervisor.start([Child("child", (sys.executable, "-c", sys.argv[2]))])
print(supervisor.pids["child"], flush=True)
time.sleep(120)
"""


def alive(pid: int) -> bool:
    return start_time(pid) is not None


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, os.environ)
    supervisor.start([Child("sleeper", SLEEP)])
    first = supervisor.pids["sleeper"]
    os.kill(first, signal.SIGKILL)

    def again() -> bool:
        supervisor.tend()
        return supervisor.pids.get("sleeper", first) != first

    assert wait_until(again, 5)
    supervisor.stop()


def test_a_child_that_keeps_dying_is_started_less_and_less_often(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, os.environ)
    counted = tmp_path / "starts"
    script = f"open({str(counted)!r}, 'a').write('x')"
    supervisor.start([Child("dying", (sys.executable, "-S", "-c", script))])
    until = time.monotonic() + 2
    while time.monotonic() < until:
        supervisor.tend()
        time.sleep(0.02)
    supervisor.stop()
    assert 2 <= len(counted.read_text()) <= 4  # at 0, 0.2, 0.6 and 1.4 s, and the time to die


def test_a_child_deaf_to_the_request_is_killed_in_time(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, os.environ)
    supervisor.start([Child("deaf", DEAF), Child("sleeper", SLEEP)])
    pids = list(supervisor.pids.values())
    before = time.monotonic()
    supervisor.stop(seconds=1)
    assert time.monotonic() - before < 3
    assert not any(map(alive, pids))


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(tmp_path), SLEEP[-1]],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        assert alive(pid)
        process.kill()
    assert wait_until(lambda: not alive(pid), 5)


def test_what_a_killed_supervisor_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    ours, others = tmp_path / "ours", tmp_path / "others"
    with (
        subprocess.Popen(
            [sys.executable, "-c", SUPERVISED, str(ours), DEAF[-1]],
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        subprocess.Popen(SLEEP, env={"BUDKAVLE_HOME": str(ours)}) as bystander,
    ):
        assert process.stdout
        deaf = int(process.stdout.readline())
        assert process.stdout.readline() == "deaf\n"
        process.kill()
        process.wait()
        assert alive(deaf)
        end_leftovers(others)
        assert alive(deaf)
        end_leftovers(ours)
        assert not alive(deaf)
        assert alive(bystander.pid)
        bystander.kill()


def test_two_programs_cannot_hold_one_home(tmp_path: Path) -> None:
    with (
        home_lock(tmp_path),
        pytest.raises(CannotStart, match=f"already running in .* {os.getpid()}"),
        home_lock(tmp_path),
    ):
        pass
    with home_lock(tmp_path):
        pass


def test_an_unwritable_home_is_refused_in_one_sentence() -> None:
    with pytest.raises(CannotStart, match="can't be written to"), home_lock(Path("/proc/nowhere")):
        pass
