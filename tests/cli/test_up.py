"""`budkavle up` with everything it starts: it comes up whole, stops whole, and loses nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.services.process import wait_until
from tests.cli.program import BUDKAVLE, ROOT, Up, budkavle, environment, processes_of, up


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that nobody else's pytest shuts while our database, as another user, lies there."""
    with tempfile.TemporaryDirectory(prefix="budkavle-up-") as folder:
        yield Path(folder)


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def all_alive(running: Up) -> bool:
    status, body = get(f"{running.console}/healthz")
    return status == 200 and json.loads(body)["ok"] is True


def people(running: Up) -> list[str]:
    """E-mail addresses of those who can log in, as the example's file has them."""
    lines = (running.home / "example-logins.txt").read_text().splitlines()
    return [line.split()[0] for line in lines]


def test_an_empty_installation_gives_one_link_and_answers_nothing_else(place: Path) -> None:
    with up(environment(place / "home"), place / "log") as running:
        link = re.search(rf"{running.console}/first/\S+", running.said)
        assert link, running.said
        assert get(link[0])[0] == 200
        assert get(f"{running.console}/")[0] == 503
        assert get(f"{running.console}/login")[0] == 503
        assert get(f"{running.console}/first/guess")[0] in (404, 409, 410)
        assert wait_until(lambda: all_alive(running), 20), get(f"{running.console}/healthz")
        assert wait_until(lambda: get(running.public)[0] == 200, 20)
        assert running.interrupt() == 0
    assert wait_until(lambda: not processes_of(place / "home"), 2), processes_of(place)


@pytest.mark.timeout(240)
def test_the_example_survives_a_restart_and_a_kill_of_the_supervisor(place: Path) -> None:
    home = place / "home"
    env = environment(home)
    with up(env, place / "first", "--example") as running:
        assert wait_until(lambda: all_alive(running), 20), get(f"{running.console}/healthz")
        logins = (home / "example-logins.txt").read_text()
        assert stat.S_IMODE((home / "example-logins.txt").stat().st_mode) == 0o600
        assert len(people(running)) > 5 and all(p in running.said for p in people(running))

        second = budkavle("up", env=env)
        assert second.returncode == 2 and "already running" in second.stderr

        looked = budkavle("doctor", env=env)
        assert looked.returncode == 0 and "2 alive" in looked.stdout, looked.stdout

        before = time.monotonic()
        assert running.interrupt() == 0
        assert time.monotonic() - before < 10
    assert wait_until(lambda: not processes_of(home), 2), processes_of(home)

    with up(env, place / "second", "--example") as running:
        assert (home / "example-logins.txt").read_text() == logins
        worker = next(pid for pid, line in processes_of(home).items() if "workers work" in line)
        os.kill(worker, signal.SIGSTOP)  # it can't hear that its supervisor is gone
        running.process.kill()
        running.process.wait()
        assert wait_until(lambda: list(processes_of(home)) == [worker], 15), processes_of(home)

    with up(env, place / "third", "--example") as running:
        assert worker not in processes_of(home)
        assert wait_until(lambda: all_alive(running), 20), get(f"{running.console}/healthz")
        assert (home / "example-logins.txt").read_text() == logins
        assert running.interrupt() == 0
    assert wait_until(lambda: not processes_of(home), 2), processes_of(home)


def test_a_child_and_a_service_that_die_come_back(place: Path) -> None:
    home = place / "home"
    with up(environment(home), place / "log") as running:
        assert wait_until(lambda: all_alive(running), 20)
        for what in ("workers tick", "console.cli.public", "gunicorn", "valkey-server"):
            victims = {pid for pid, line in processes_of(home).items() if what in line}
            assert victims, f"{what} doesn't run"
            for pid in victims:
                os.kill(pid, signal.SIGKILL)

            def again(what: str = what, victims: set[int] = victims) -> bool:
                now = {pid for pid, line in processes_of(home).items() if what in line}
                return bool(now) and not now & victims and all_alive(running)

            assert wait_until(again, 30), f"{what}: {running.said}"
        assert wait_until(lambda: get(running.public)[0] == 200, 20)


def test_a_stop_while_the_database_is_being_made_for_the_first_time_waits_for_nothing(
    place: Path,
) -> None:
    home = place / "home"
    running = subprocess.Popen(
        [*BUDKAVLE, "up"],
        env=environment(home),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def making() -> list[int]:
        return [pid for pid, line in processes_of(home).items() if "/initdb " in line]

    try:
        assert wait_until(lambda: bool(making()), 60)
        os.killpg(making()[0], signal.SIGSTOP)  # on a loaded machine it takes its time
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(10) == 0
        assert wait_until(lambda: not processes_of(home), 2), processes_of(home)
    finally:
        for pid in processes_of(home):
            os.kill(pid, signal.SIGKILL)
        running.wait()
    with up(environment(home), place / "log") as again:
        assert again.interrupt() == 0


def test_make_run_is_what_the_makefile_says() -> None:
    """`make run` is `up --example` and nothing else, so that these tests speak of it."""
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", "run"],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},  # not as a part of the make that runs the tests
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.rstrip().splitlines()[-1] == ".venv/bin/budkavle up --example"
