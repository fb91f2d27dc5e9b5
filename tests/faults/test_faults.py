"""Whatever is killed, cut off or emptied: no round lost, none doubled where the server knows the
key, and *unknown* only where a request had started."""

import os
import signal
import time
from datetime import timedelta

import pytest
import redis
from sqlalchemy import update

from console import clock, db
from console.messages.models import Delivery
from console.messages.operations import control
from tests.faults.rig import rig

NUMBER = 12


@pytest.fixture
def house(database):
    with rig(database) as house:
        yield house


def test_a_worker_killed_between_claim_and_start_loses_and_doubles_nothing(house):
    house.accounts(NUMBER, honours=False)
    with house.no_start():
        house.stage.release("update")
        house.until(lambda: house.states()["claimed"] > 0, tend=False)
        for name in house.workers():
            house.kill(name)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER}
    assert set(house.sink.seen.values()) == {1}


def test_a_worker_killed_between_start_and_outcome_doubles_nothing_where_keys_are_known(house):
    house.accounts(NUMBER, honours=True)
    house.sink.mode = "hang"
    house.stage.release("update")
    house.until(lambda: len(house.sink.seen) == NUMBER, tend=False)
    for name in house.workers():
        house.kill(name)
    house.sink.mode = "ok"
    _leases_end(house)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER}
    assert len(house.sink.posts) == NUMBER and not house.sink.doubles


def test_a_worker_killed_between_start_and_outcome_leaves_unknown_only_what_had_started(house):
    house.accounts(NUMBER, honours=False)
    house.sink.mode_for = {f"/{n}": "hang" for n in range(1, 4)}
    house.stage.release("update")
    house.until(lambda: house.states()["sent"] == NUMBER - 3, tend=False)
    for name in house.workers():
        house.kill(name)
    house.sink.mode_for = {}
    _leases_end(house)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER - 3, "unknown": 3}
    assert set(house.sink.seen.values()) == {1}


def test_a_worker_killed_in_mid_round_holds_up_only_what_it_had_started(house):
    """Not what waits behind it, however long its leases."""
    house.accounts(NUMBER, honours=False)
    house.sink.mode = "busy"
    house.sink.mode_for = {f"/{n}": "hang" for n in range(1, 4)}
    house.stage.release("update")
    house.until(lambda: house.states() == {"started": 3, "retry": NUMBER - 3}, tend=False)
    for name in house.workers():
        house.kill(name)
    house.sink.mode, house.sink.mode_for = "ok", {}
    with db.unit_of_work() as session:
        late = clock.now() + timedelta(hours=1)
        started = session.execute(
            update(Delivery).where(Delivery.state == "started").values(lease_until=late)
        ).rowcount
    assert 3 <= started < NUMBER
    house.until(lambda: house.states()["sent"] == NUMBER - started)
    assert house.states() == {"sent": NUMBER - started, "started": started}
    assert not house.sink.doubles


def test_a_ticker_killed_between_rows_and_queue_is_followed_by_one_that_carries_on(house, services):
    house.accounts(NUMBER, honours=True)
    valkey = services.services.pids["valkey"]
    os.kill(valkey, signal.SIGSTOP)
    try:
        house.stage.release("update")
        house.until(lambda: house.rounds()["written"] == 1 and _enqueued(), tend=False)
        house.kill("ticker")
    finally:
        os.kill(valkey, signal.SIGCONT)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER}
    assert house.rounds() == {"written": 1} and not house.sink.doubles


def test_a_frozen_worker_whose_lease_ran_out_doubles_nothing_when_it_wakes(house):
    house.accounts(NUMBER, honours=True)
    house.sink.latency = 1.0
    house.stage.release("update")
    house.until(lambda: house.sink.under_way > 0, tend=False)
    for name in house.workers():
        house.kill(name, signal.SIGSTOP)
    _leases_end(house)
    house.until(lambda: house.states()["retry"] > 0, tend=False)
    for name in house.workers():
        house.kill(name, signal.SIGCONT)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER} and not house.sink.doubles


def test_a_frozen_worker_without_keys_may_still_say_what_became_of_its_posts(house):
    house.accounts(NUMBER, honours=False)
    house.sink.latency = 1.0
    house.stage.release("update")
    house.until(lambda: house.sink.under_way > 0, tend=False)
    for name in house.workers():
        house.kill(name, signal.SIGSTOP)
    _leases_end(house)
    house.until(lambda: house.states()["unknown"] > 0, tend=False)
    assert house.states()["unknown"] <= house.started()
    for name in house.workers():
        house.kill(name, signal.SIGCONT)
    house.until(lambda: house.states() == {"sent": NUMBER})
    assert set(house.sink.seen.values()) == {1}


def test_an_emptied_valkey_loses_nothing(house):
    house.accounts(NUMBER, honours=True)
    house.sink.latency = 0.2
    connection = redis.Redis.from_url(house.settings.redis_url)
    house.stage.release("update")
    for _ in range(10):
        connection.flushall()
        time.sleep(0.05)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER} and set(house.sink.posts.values()) == {1}


def test_a_restarted_postgres_loses_and_doubles_nothing(house, services):
    house.accounts(NUMBER, honours=True)
    house.sink.latency = 0.5
    house.stage.release("update")
    house.until(lambda: house.sink.under_way > 0, tend=False)
    services.services.restart_postgres()
    db.connect(house.settings.database_url)
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER} and not house.sink.doubles
    assert house.rounds() == {"written": 1}


@pytest.mark.parametrize("mode", ["error", "hang"])
def test_an_answer_lost_after_accepting_is_asked_about_and_never_posted_twice(house, mode):
    house.accounts(NUMBER, honours=False)
    house.sink.mode = mode
    house.stage.release("update")
    house.until(lambda: len(house.sink.seen) == NUMBER)
    if mode == "hang":
        for name in house.workers():
            house.kill(name, signal.SIGTERM)
    house.until(house.settled(NUMBER))
    assert house.states() == {"unknown": NUMBER}
    house.sink.mode = "ok"
    assert set(house.sink.seen.values()) == {1}


def test_a_refusing_account_is_refused_and_the_others_are_sent(house):
    house.accounts(NUMBER, honours=True)
    house.sink.mode_for = {"/3": "refuse"}
    house.stage.release("update")
    house.until(house.settled(NUMBER))
    assert house.states() == {"sent": NUMBER - 1, "refused": 1}


def test_stop_everything_in_mid_round_stops_within_a_second_and_says_how_many_were_under_way(house):
    number = 400
    house.accounts(number, honours=True)
    house.sink.latency = 0.5
    house.stage.release("update")
    house.until(lambda: house.sink.under_way > 0)
    pressed = time.monotonic()
    with db.unit_of_work() as session:
        under_way = control.stop_all(
            session, house.stage.karin, house.stage.incident.id, clock.now()
        )
    assert time.monotonic() - pressed < 1
    assert 0 < under_way < number, "each worker has its cap's worth under way"
    seen_at_stop = len(house.sink.seen)
    assert seen_at_stop <= number - house.states()["stopped"]
    house.until(house.settled(number))
    states = house.states()
    assert states["stopped"] == number - states["sent"]
    # What had started before the press may still arrive; nothing starts after it.
    assert len(house.sink.seen) == states["sent"]
    assert states["sent"] >= under_way


def _leases_end(house):
    """Thirty seconds pass on the database's clock: longer than any lease."""
    house.move(timedelta(seconds=40))


@pytest.fixture(autouse=True)
def _movable(request, house, move_clock):
    house.move = move_clock


def _enqueued():
    from sqlalchemy import select

    from console.messages.models import Round

    with db.unit_of_work() as session:
        return session.scalars(select(Round.enqueued_at)).first() is not None
