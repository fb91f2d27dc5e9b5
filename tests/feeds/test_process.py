"""`python -m workers feeds`: it reads what is followed, shows that it lives, and ends when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from console import db
from console.cli.services.process import wait_until
from console.config import Settings
from console.messages.process_models import Heartbeat
from simulators.feed_net import ITEMS
from tests.cast import Cast
from tests.feeds.net import Net, items

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@pytest.fixture
def net(database: Settings, cast: Cast) -> Iterator[Net]:
    with Net(database, cast.lisa) as net:
        yield net


def alive() -> bool:
    with db.unit_of_work() as session:
        return session.scalar(select(Heartbeat.name).where(Heartbeat.kind == "feeds")) is not None


def test_it_reads_by_itself_and_ends_when_told_although_a_source_never_answers(
    net: Net,
) -> None:
    net.follow("calm")
    command = [sys.executable, "-m", "workers", "feeds"]
    environment = {"PATH": os.defpath, **net.settings.as_env()}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: len(items()) == ITEMS and alive(), PATIENCE, every=0.1)
        net.follow("silent")
        assert wait_until(lambda: "/silent/ett" in net.feeds.asked, PATIENCE, every=0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait(10)
