"""A backup taken in mid-round, and a new console on it: the next round comes on its time, and
nothing is sent twice, whatever the old console sent in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
from sqlalchemy import select

from console import clock, db, sealing
from console.cli import children
from console.cli.rehearsal import awake
from console.cli.supervisor import Supervisor
from console.config import Settings
from console.messages.models import Broadcast, Delivery, Round
from console.policy.models import LiveUse
from console.policy.queries import RESTORED
from console.timeline.compare import compare_with_second_place
from console.timeline.signing import sign_and_store
from tests.cli.program import budkavle
from tests.faults.rig import Rig, environment, rig
from tests.services import Running

NUMBER = 6
HANGING = 3


@pytest.fixture
def empty_database(services: Running) -> Iterator[str]:
    """Name of a database with nothing in it."""
    name = f"restored_{uuid4().hex[:12]}"
    url = services.superuser_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER budkavle")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def take_up_again(house: Rig, settings: Settings) -> None:
    """The restored console on the same sink, with an empty Valkey."""
    with redis.Redis.from_url(settings.redis_url or "") as connection:
        connection.flushall()
    house.settings = settings
    house.supervisor = Supervisor(settings.home, environment(settings))
    house.supervisor.start([children.site(), children.ticker(), *children.workers(settings)])
    awake.wait(settings.workers, house.supervisor.tend)


@pytest.mark.parametrize("honours", [False, True])
def test_lesson_9_a_restore_doubles_nothing_and_the_next_round_comes_on_its_time(
    database: Settings, services: Running, empty_database: str, tmp_path: Path, honours: bool
) -> None:
    backup, home = tmp_path / "mid-round.backup", tmp_path / "new"
    with rig(database) as house:
        house.accounts(NUMBER, honours=honours)
        house.sink.mode_for = {f"/{n}": "hang" for n in range(1, HANGING + 1)}
        house.stage.release("update", interval=300)
        house.until(lambda: house.states()["sent"] == NUMBER - HANGING)
        sign_and_store(house.settings, clock.now())
        made = budkavle("backup", str(backup), env=environment(house.settings))
        assert made.returncode == 0, made.stderr

        # The old console goes on for a while, and is gone.
        assert house.states() == {"sent": NUMBER - HANGING, "started": HANGING}
        house.supervisor.stop()
        house.sink.mode_for = {}
        before = dict(house.sink.seen)
        posts = Counter(house.sink.posts)
        assert len(posts) == NUMBER

        settings = replace(
            house.settings,
            home=home,
            database_url=services.database(empty_database),
            head_copy=tmp_path / "heads.log",
        )
        env = {**environment(settings), "BUDKAVLE_HEAD_COPY": str(settings.head_copy)}
        ended = budkavle("restore", str(backup), env=env)
        assert ended.returncode == 0, ended.stderr
        assert "update, next word promised" in ended.stdout

        db.connect(settings.database_url or "")
        clock.forget_sample()
        sealing.use(settings.keys)
        state = "retry" if honours else "unknown"
        assert house.states() == {"sent": NUMBER - HANGING, state: HANGING}
        with db.unit_of_work() as session:
            assert compare_with_second_place(session, settings, walk=True) is None
            [evidence] = session.scalars(select(LiveUse).where(LiveUse.condition == RESTORED))
            assert evidence.evidence["manifest"] in made.stdout
            broadcast = session.scalars(select(Broadcast)).one()
            next_due, n = broadcast.next_due, broadcast.next_n
            assert next_due == broadcast.anchor + timedelta(seconds=300) and n == 2

        take_up_again(house, settings)
        try:
            if honours:  # asked again with the same key: the server knows them, and shows nothing
                house.until(lambda: house.states() == {"sent": NUMBER})
            house.until(lambda: _ticked(house))
            assert house.sink.posts == posts
            assert honours or dict(house.sink.seen) == before

            _move(services, empty_database, next_due - clock.now() - timedelta(seconds=2))
            house.until(lambda: len(house.sink.posts) == 2 * NUMBER)
            house.until(lambda: house.states()["sent"] >= 2 * NUMBER - HANGING)
        finally:
            house.supervisor.stop()
        assert not house.sink.doubles
        with db.unit_of_work() as session:
            second = session.scalars(select(Round).where(Round.n == 2)).one()
            assert second.due_at == next_due and second.at - next_due < timedelta(seconds=3)
            keys = session.scalars(select(Delivery.idempotency_key)).all()
        assert len(keys) == len(set(keys))


def _ticked(house: Rig) -> bool:
    """Twice as long as a ticker waits between two hand-outs has it had to do something wrong."""
    with db.unit_of_work() as session:
        began = session.scalars(select(LiveUse.at).where(LiveUse.condition == RESTORED)).one()
    return clock.now() - began > timedelta(seconds=8)


def _move(services: Running, name: str, skew: timedelta) -> None:
    url = services.database(name, superuser=True).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO clock_skew VALUES (%s)", [skew])
    clock.forget_sample()
