"""One job's work: every claimed post sent once, every way out written down."""

import asyncio
import uuid
from collections import Counter

import pytest
from sqlalchemy import select

from console import clock, db
from console.messages.models import Attempt, Delivery, Round
from console.messages.operations import control, delivery, outcomes
from tests.sink import Sink
from tests.stage import Stage
from workers import fanout

SECRET = {"secret": "a secret of sixteen characters"}


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def live(settings, sink, accounts=5, *, honours=True):
    return Stage(
        settings,
        accounts=accounts,
        exercise=False,
        kind="webhook",
        account_settings={"url": sink.url + "/{place}", "honours_key": honours},
        secret=SECRET,
    )


def released(stage, kind="update", **fields):
    """Release a message and let its followers go, as if the website stood."""
    stage.release(kind, **fields)
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(select(Round).order_by(Round.id.desc())).first()
        row.released_at = clock.now()
        for one in session.scalars(
            select(Delivery).where(Delivery.round_id == row.id, Delivery.leading)
        ):
            one.state = "sent"
        return row.id


def send(sink, round_id, shard=0, shards=1):
    asyncio.run(fanout.Fanout(round_id, shard, shards, "test", (f"127.0.0.1:{sink.port}",)).run())


def states():
    with db.unit_of_work() as session:
        return Counter(session.scalars(select(Delivery.state).where(~Delivery.leading)))


def test_every_account_gets_its_post_once_with_receipt_and_attempts(database, sink):
    stage = live(database, sink)
    send(sink, released(stage))
    assert states() == {"sent": 5}
    assert len(sink.posts) == 5 and not sink.doubles
    with db.unit_of_work() as session:
        events = Counter(session.scalars(select(Attempt.event)))
        assert events == {"started": 5, "sent": 5}
        for one in session.scalars(select(Delivery).where(~Delivery.leading)):
            assert one.remote_id == f"post-{one.idempotency_key}"
            assert sink.texts[one.idempotency_key] == one.content


def test_running_the_job_again_sends_nothing_again(database, sink):
    round_id = released(live(database, sink))
    send(sink, round_id)
    send(sink, round_id)
    assert set(sink.seen.values()) == {1}


def test_two_jobs_at_once_share_the_posts_and_double_none(database, sink):
    sink.latency = 0.02
    round_id = released(live(database, sink, accounts=40))

    async def both():
        hosts = (f"127.0.0.1:{sink.port}",)
        await asyncio.gather(
            *(fanout.Fanout(round_id, 0, 1, f"w{n}", hosts).run() for n in range(2))
        )

    asyncio.run(both())
    assert states() == {"sent": 40}
    assert set(sink.seen.values()) == {1}


def test_an_answer_that_never_comes_is_unknown_and_not_sent_again(database, sink):
    """Lesson 3: a lost answer is a state of its own, never a retry."""
    sink.mode = "error"
    round_id = released(live(database, sink, honours=False))
    send(sink, round_id)
    assert states() == {"unknown": 5}
    sink.mode = "ok"
    send(sink, round_id)
    assert set(sink.seen.values()) == {1}


def test_where_the_server_honours_keys_an_unanswered_post_is_sent_again_with_the_same_key(
    database, sink, move_clock
):
    from datetime import timedelta

    sink.mode = "error"
    round_id = released(live(database, sink))
    send(sink, round_id)
    assert states() == {"retry": 5}
    sink.mode = "ok"
    move_clock(timedelta(seconds=5))
    send(sink, round_id)
    assert states() == {"sent": 5}
    assert set(sink.seen.values()) == {2} and not sink.doubles


def test_a_maybe_posted_retry_that_runs_out_of_time_ends_unknown_never_expired(
    database, sink, move_clock
):
    """Lesson 6: what may be live is never shown as failed."""
    from datetime import timedelta

    sink.mode = "error"
    send(sink, released(live(database, sink)))
    move_clock(timedelta(minutes=11))
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
    assert states() == {"unknown": 5}


def test_one_refused_account_leaves_the_others_alone(database, sink):
    """Lesson 8."""
    sink.mode_for["/2"] = "refuse"
    send(sink, released(live(database, sink)))
    assert states() == {"sent": 4, "refused": 1}


def test_a_429_makes_everything_under_the_same_key_wait(database, sink):
    sink.mode = "busy"
    round_id = released(live(database, sink))
    send(sink, round_id)
    assert states() == {"retry": 5}
    with db.unit_of_work() as session:
        assert delivery.keys_to_send(session, round_id, 0, 1) == []


def test_what_is_stopped_after_the_claim_never_starts(database, sink):
    """Lesson 1: the row is read again before it is sent."""
    stage = live(database, sink)
    round_id = released(stage)
    token = uuid.uuid4()
    with db.unit_of_work() as session:
        key = delivery.keys_to_send(session, round_id, 0, 1)[0]
        claimed = delivery.claim(session, round_id, 0, 1, {key: 64}, token)
    assert len(claimed) == 5
    with db.unit_of_work() as session:
        assert control.stop_all(session, stage.karin, stage.incident.id, clock.now()) == 0
    with db.unit_of_work() as session:
        ids = [one.id for one in claimed]
        assert delivery.start(session, ids, token, 20, "test") == set()
    assert states() == {"stopped": 5}


def test_an_account_that_was_made_lock_only_after_approval_is_not_published_on(database, sink):
    from console.incidents import operations as incidents

    stage = live(database, sink)
    round_id = released(stage)
    with db.unit_of_work() as session:
        incident = session.merge(stage.incident)
        incidents.change_use(
            session, stage.lisa, incident, stage.account_ids[2], "lock_only", "Fel", clock.now(),
            mail=False,
        )  # fmt: skip
    send(sink, round_id)
    assert states() == {"sent": 4, "queued": 1}


def test_an_account_whose_target_changed_after_approval_is_refused(database, sink):
    from console.accounts.models import Account

    stage = live(database, sink)
    round_id = released(stage)
    with db.unit_of_work() as session:
        account = session.get(Account, stage.account_ids[1])
        account.settings = {**account.settings, "url": sink.url + "/elsewhere"}
    send(sink, round_id)
    assert states() == {"sent": 4, "refused": 1}


def test_a_worker_whose_lease_is_over_does_not_send(database, sink, monkeypatch):
    round_id = released(live(database, sink))
    real = clock.elapsed
    monkeypatch.setattr(fanout.Fanout, "_start", _late_start(real, monkeypatch))
    send(sink, round_id)
    assert not sink.seen
    assert states() == {"retry": 5}


def _late_start(real, monkeypatch):
    original = fanout.Fanout._start

    async def start(self, key, batch):
        await original(self, key, batch)
        monkeypatch.setattr(clock, "elapsed", lambda: real() + 3600)

    return start


def test_an_account_whose_secret_cannot_be_opened_is_refused_and_the_others_are_sent(
    database, sink
):
    from console.accounts.models import Account

    stage = live(database, sink)
    round_id = released(stage)
    with db.unit_of_work() as session:
        session.get(Account, stage.account_ids[1]).secret = b"sealed with a key that is gone"
    send(sink, round_id)
    assert states() == {"sent": 4, "refused": 1}


def test_a_start_that_loses_a_race_for_one_account_is_made_again_and_holds_up_no_other(
    database, sink, monkeypatch
):
    from sqlalchemy.exc import IntegrityError

    round_id = released(live(database, sink, accounts=80))
    sink.latency = 0.1
    real, calls = delivery.start, []

    def start(*given):
        calls.append(given)
        if len(calls) == 2:
            raise IntegrityError("start", {}, Exception("one started post per account"))
        return real(*given)

    monkeypatch.setattr(delivery, "start", start)
    send(sink, round_id)
    assert states() == {"sent": 80}
    assert set(sink.seen.values()) == {1}
