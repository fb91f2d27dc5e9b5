"""How fast posts leave under one pacing key: by the channel's rate, by the platform's answers."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from channels import registry
from channels.contract import Rate
from channels.failures import Reason, Retry
from console import clock, db
from console.messages.models import Delivery
from console.messages.operations import delivery, pacing
from console.messages.process_models import Pace
from tests.sink import Sink
from tests.workers.test_fanout import live, released, send, states
from workers import fanout


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def keep_to(monkeypatch, rate):
    """Webhooks know no rate; here they do."""
    monkeypatch.setattr(registry.load("webhook"), "rate", rate)


def test_no_more_leave_than_the_rate_lets_through_and_the_rest_follow_one_by_one(
    database, sink, move_clock, monkeypatch
):
    keep_to(monkeypatch, Rate(2, 600))
    round_id = released(live(database, sink))
    send(sink, round_id)
    assert states() == {"sent": 2, "queued": 3}
    for minutes, sent in ((4, 2), (6, 3), (9, 3)):
        move_clock(timedelta(minutes=minutes))
        send(sink, round_id)
        assert states()["sent"] == sent, f"after {minutes} minutes"
    assert not sink.doubles


def test_several_workers_keep_to_one_rate(database, sink, monkeypatch):
    keep_to(monkeypatch, Rate(7, 600))
    round_id = released(live(database, sink, accounts=20))

    async def all_at_once():
        hosts = (f"127.0.0.1:{sink.port}",)
        await asyncio.gather(
            *(fanout.Fanout(round_id, 0, 1, f"w{n}", hosts).run() for n in range(3))
        )

    asyncio.run(all_at_once())
    assert states() == {"sent": 7, "queued": 13}


def test_an_empty_bucket_hands_out_no_job_until_there_is_room(
    database, sink, move_clock, monkeypatch
):
    keep_to(monkeypatch, Rate(2, 600))
    round_id = released(live(database, sink))
    send(sink, round_id)
    with db.unit_of_work() as session:
        assert delivery.keys_to_send(session, round_id, 0, 1) == []
    move_clock(timedelta(seconds=301))
    with db.unit_of_work() as session:
        assert len(delivery.keys_to_send(session, round_id, 0, 1)) == 1


NESTED = ("hashjoin", "mergejoin", "hashagg", "sort", "material")
"""Without these the database goes through the rows one by one, as it may choose to by itself."""


def test_a_claim_takes_no_more_than_it_asks_for_whatever_the_plan(database, sink):
    round_id = released(live(database, sink))
    with db.unit_of_work() as session:
        for name in NESTED:
            session.execute(text(f"SET LOCAL enable_{name} = off"))
        most = dict.fromkeys(delivery.keys_to_send(session, round_id, 0, 1), 2)
        assert len(delivery.claim(session, round_id, 0, 1, most, uuid.uuid4())) == 2


def test_more_than_the_rate_that_has_left_leaves_room_for_none_and_is_no_error(
    database, sink, monkeypatch
):
    """A rate that a new version of the program knows to be lower."""
    round_id = released(live(database, sink))
    keep_to(monkeypatch, Rate(2, 600))
    send(sink, round_id)
    keep_to(monkeypatch, Rate(2, 60))
    with db.unit_of_work() as session:
        key = session.scalars(select(Pace.key)).one()
        assert pacing.room(session, pacing.rates([key])) == {key: 0}


def test_keys_that_are_known_are_not_looked_up_again(database, sink):
    round_id = released(live(database, sink))
    with db.unit_of_work() as session:
        session.execute(
            update(Delivery).where(Delivery.account_id % 2 == 0).values(pacing_key="another")
        )
    with db.unit_of_work() as session:
        known, found = (
            sorted(delivery.keys_to_send(session, round_id, 0, 1, but=but))
            for but in ((), ("another",))
        )
    assert "another" in known and found == [one for one in known if one != "another"] != []


def test_a_success_that_was_the_last_one_allowed_holds_its_key_as_a_refusal_does(
    database, sink, monkeypatch
):
    channel = registry.load("webhook")
    publish = channel.publish

    async def the_last(client, settings, post):
        return replace(await publish(client, settings, post), rest=90.0)

    monkeypatch.setattr(channel, "publish", the_last)
    send(sink, released(live(database, sink, accounts=1)))
    assert states() == {"sent": 1}
    with db.unit_of_work() as session:
        left = session.scalars(select(Pace)).one().not_before - clock.now()
    assert timedelta(seconds=60) < left <= timedelta(seconds=90)


def test_a_platform_that_asks_us_to_wait_gets_none_of_the_posts_claimed_before_it_asked(
    database, sink, move_clock, monkeypatch
):
    channel = registry.load("webhook")
    publish = channel.publish

    async def busy(client, settings, post):
        await publish(client, settings, post)
        raise Retry(Reason.BUSY, "429", after=90.0)

    monkeypatch.setattr(channel, "concurrency", 1)
    round_id = released(live(database, sink))
    with monkeypatch.context() as asking:
        asking.setattr(channel, "publish", busy)
        send(sink, round_id)
    assert sum(sink.seen.values()) == 1
    assert states() == {"retry": 1, "queued": 4}, "what was claimed is given back"
    move_clock(timedelta(seconds=91))
    send(sink, round_id)
    assert states() == {"sent": 5}


def test_what_another_worker_has_claimed_waits_too_when_a_platform_asks_it(database, sink):
    round_id, token = released(live(database, sink)), uuid.uuid4()
    with db.unit_of_work() as session:
        (key,) = delivery.keys_to_send(session, round_id, 0, 1)
        ids = [one.id for one in delivery.claim(session, round_id, 0, 1, {key: 64}, token)]
    with db.unit_of_work() as session:
        pacing.hold(session, {key: 90.0})
    with db.unit_of_work() as session:
        assert delivery.start(session, ids, token, 20, "test") == set()
        assert sorted(delivery.let_go(session, token)) == ids
