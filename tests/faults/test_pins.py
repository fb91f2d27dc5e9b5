"""A worker killed while a post is being pinned: another pins it, and the post is one."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from console import db
from console.config import Settings
from console.messages.models import Round
from console.messages.pin_models import PostPin
from simulators.mastodon import TOKEN, Mastodon
from tests.faults.rig import rig
from tests.stage import Stage

Move = Callable[[timedelta], None]


def pinned() -> str:
    with db.unit_of_work() as session:
        one = session.scalars(select(PostPin)).one_or_none()
        return f"{one.wanted} {one.state} {one.attempts}" if one is not None else ""


def test_a_worker_killed_in_the_middle_of_a_pin_is_followed_by_one_that_makes_it(
    database: Settings, move_clock: Move
) -> None:
    with Mastodon() as server:
        opened = replace(database, allow_hosts=(f"127.0.0.1:{server.port}",))
        with rig(opened) as house:
            server.pinned = ["1"]
            house.stage = Stage(
                opened,
                accounts=1,
                exercise=False,
                kind="mastodon",
                platforms=("mastodon",),
                account_settings={
                    "server": server.url, "account": "torsby", "software": "mastodon",
                },
                secret={"token": TOKEN},
            )  # fmt: skip
            house.stage.release("rumour", pin=True)
            house.until(lambda: house.rounds()["written"] == 1)
            with db.unit_of_work() as session:
                # The website's grace is another test's.
                session.scalars(select(Round)).one().grace_at = house.stage.incident.opened_at
            house.until(lambda: len(server.shown) == 1)
            server.delay = lambda: 8.0
            house.until(lambda: any(path.endswith("/pin") for _method, path in server.requests))
            for name in house.workers():
                house.kill(name, signal.SIGKILL)
            server.delay = lambda: 0.0
            assert pinned() == "True started 1"
            move_clock(timedelta(seconds=31))
            house.until(lambda: pinned() == "True done 2")
            assert server.pinned == ["1", server.shown[0].remote_id]
            assert len(server.shown) == 1
