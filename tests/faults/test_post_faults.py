"""An ordinary post, whatever is killed: out once, or for a person to say. Never under a lock."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from console import clock, db
from console.messages.models import Delivery
from tests.faults.rig import rig
from tests.posts.desk import Desk


@pytest.fixture
def house(database):
    with rig(database) as house:
        yield house


def desk_of(house) -> Desk:
    return Desk(house.settings, url=house.sink.url + "/{place}")


def test_a_worker_killed_between_claim_and_start_of_a_post_loses_and_doubles_nothing(house):
    desk = desk_of(house)
    with house.no_start():
        desk.release(desk.library, desk.blog)
        house.until(lambda: house.states()["claimed"] > 0, tend=False)
        for name in house.workers():
            house.kill(name)
    house.until(house.settled(2))
    assert house.states() == {"sent": 2}
    assert set(house.sink.seen.values()) == {1}


def test_a_worker_killed_between_start_and_outcome_of_a_post_leaves_it_to_a_person(house):
    desk = desk_of(house)
    house.sink.mode = "hang"
    message_id = desk.release(desk.library)
    house.until(lambda: len(house.sink.seen) == 1, tend=False)
    for name in house.workers():
        house.kill(name)
    house.sink.mode = "ok"
    with db.unit_of_work() as session:
        over = clock.now() - timedelta(seconds=1)
        session.execute(
            update(Delivery).where(Delivery.state == "started").values(lease_until=over)
        )
    house.until(house.settled(1))
    assert desk.rows(message_id)[desk.library][0] == "unknown"
    assert set(house.sink.seen.values()) == {1}


def test_a_lock_that_comes_while_workers_hold_a_post_keeps_it_in_the_house(house):
    desk = desk_of(house)
    with house.no_start():
        message_id = desk.release(desk.library, desk.blog)
        house.until(lambda: house.states()["claimed"] == 2, tend=False)
        for name in house.workers():
            house.kill(name)
        desk.open()
    house.until(house.settled(2))
    assert set(desk.rows(message_id).values()) == {("stopped", "locked")}
    assert house.sink.seen == {}
