"""Lessons 2, 11 and 12: whatever goes wrong around a post that is out, it is out once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from channels.webhook import Webhook
from console import clock, db, live
from console.messages.models import Attempt, Delivery
from console.messages.operations import delivery, outcomes
from tests.sink import Sink
from tests.workers.test_fanout import live as stage_of
from tests.workers.test_fanout import released, send, states
from workers import fanout


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def round_id(database, sink):
    """Servers that know no keys: what is sent again there is out twice."""
    return released(stage_of(database, sink, honours=False))


def stands_once(sink, round_id):
    assert states() == {"sent": 5}
    send(sink, round_id)
    assert set(sink.seen.values()) == {1}


def test_lesson_2_a_hint_that_cannot_be_given_fails_no_post(sink, round_id, monkeypatch):
    class Dead:
        def publish(self, *given):
            raise redis.ConnectionError("gone")

        def close(self):
            pass

    monkeypatch.setattr(live, "_redis", Dead())
    send(sink, round_id)
    stands_once(sink, round_id)


def test_lesson_2_a_database_that_is_away_as_the_answer_comes_is_waited_for(
    sink, round_id, monkeypatch
):
    real, tries = outcomes.settle, []

    def settle(*given):
        tries.append(given)
        if len(tries) < 4:
            raise OperationalError("settle", {}, Exception("the server closed the connection"))
        return real(*given)

    monkeypatch.setattr(outcomes, "settle", settle)
    send(sink, round_id)
    stands_once(sink, round_id)


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\u202e", "x" * 100_000])
def test_lesson_2_a_receipt_of_any_letters_is_written_down(sink, round_id, monkeypatch, odd):
    real = Webhook.publish

    async def publish(self, *given):
        receipt = await real(self, *given)
        return replace(receipt, remote_id=f"7{odd}", link=f"https://a.example/{odd}", note=odd)

    monkeypatch.setattr(Webhook, "publish", publish)
    send(sink, round_id)
    stands_once(sink, round_id)
    with db.unit_of_work() as session:
        found = session.scalars(select(Delivery.remote_id).where(~Delivery.leading)).all()
    assert all(one.startswith("7") for one in found)


def test_lesson_2_what_cannot_be_written_down_at_all_is_asked_about_and_not_sent_again(
    sink, round_id, monkeypatch, move_clock
):
    def settle(*given):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(outcomes, "settle", settle)
        send(sink, round_id)
    assert states() == {"started": 5}
    for minutes in (1, 2):
        move_clock(timedelta(minutes=minutes))
        with db.unit_of_work() as session:
            outcomes.recover(session, clock.now())
        send(sink, round_id)
    assert states() == {"unknown": 5}
    assert set(sink.seen.values()) == {1}


class TimeUp(BaseException):
    """As a library's time limit may be: nothing that `except Exception` sees."""


@pytest.mark.parametrize("error", [TimeUp, SystemExit, asyncio.CancelledError, MemoryError])
def test_lesson_12_whatever_ends_an_attempt_its_outcome_is_written(
    sink, round_id, monkeypatch, error
):
    real, first = Webhook.publish, []

    async def publish(self, *given):
        receipt = await real(self, *given)
        if not first:
            first.append(receipt)
            raise error
        return receipt

    monkeypatch.setattr(Webhook, "publish", publish)
    send(sink, round_id)
    assert states() == {"sent": 4, "unknown": 1}
    send(sink, round_id)
    assert set(sink.seen.values()) == {1}


def test_lesson_11_a_slow_job_that_gets_on_is_not_taken_for_dead(database, sink, monkeypatch):
    """Its claims, shorter than the job, are renewed while others look for abandoned ones."""
    monkeypatch.setattr(delivery, "CLAIM_SECONDS", 3)
    monkeypatch.setattr(fanout, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(Webhook, "concurrency", 1)
    sink.latency = 0.45
    round_id = released(stage_of(database, sink, accounts=10, honours=False))

    def job(worker):
        return fanout.Fanout(round_id, 0, 1, worker, (f"127.0.0.1:{sink.port}",)).run()

    def recover():
        with db.unit_of_work() as session:
            return outcomes.recover(session, clock.now())

    async def beside():
        slow = asyncio.create_task(job("slow"))
        while not sink.seen:
            await asyncio.sleep(0.05)
        while not slow.done():
            await asyncio.to_thread(recover)
            await job("other")
            await asyncio.sleep(0.2)
        await slow

    asyncio.run(beside())
    assert states() == {"sent": 10}
    assert set(sink.seen.values()) == {1}
    with db.unit_of_work() as session:
        assert set(session.scalars(select(Attempt.worker))) == {"slow"}
