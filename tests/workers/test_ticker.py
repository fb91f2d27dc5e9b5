"""One broken thing holds up nothing else in the tick."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import delivery, outcomes, rounds
from tests.stage import Stage
from workers import ticker
from workers.heartbeat import beat

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def handed_out(monkeypatch):
    """Jobs are counted, not sent."""
    jobs = []
    monkeypatch.setattr(ticker.queue, "enqueue", lambda *job: jobs.append(job))
    return jobs


def live(settings):
    return Stage(
        settings,
        accounts=3,
        exercise=False,
        kind="webhook",
        account_settings={"url": "http://127.0.0.1:9/{place}"},
        secret={"secret": "a secret of sixteen characters"},
    )


def test_an_account_whose_secret_cannot_be_opened_keeps_no_other_from_its_round(database):
    stage = live(database)
    stage.release("update")
    with db.unit_of_work() as session:
        session.get(Account, stage.account_ids[1]).secret = b"sealed with a key that is gone"
    ticker.tick(1)
    with db.unit_of_work() as session:
        states = dict(session.execute(select(Delivery.account_id, Delivery.state)).all())
    assert states[stage.account_ids[1]] == "refused"
    assert [states[one] for one in stage.account_ids if one != stage.account_ids[1]] == [
        "queued"
    ] * 3


def test_a_broadcast_that_breaks_the_decision_holds_up_no_other(database, monkeypatch):
    """Lesson 20: the first that fails does not end the rest."""
    stage = Stage(database)
    broken = stage.release("update")
    whole = stage.release("rumour")
    real = rounds.write_due

    def write_due(session, broadcast_id, now):
        if broadcast_id == broken.id:
            raise RuntimeError("something nobody thought of")
        return real(session, broadcast_id, now)

    monkeypatch.setattr(rounds, "write_due", write_due)
    ticker.tick(1)
    with db.unit_of_work() as session:
        assert [one.broadcast_id for one in session.scalars(select(Round))] == [whole.id]
        assert session.get(Broadcast, broken.id).state == "waiting"


def test_a_translation_whose_bytes_changed_is_left_out_and_the_rest_goes_out(database):
    from console.messages.models import VersionPart
    from console.messages.operations import approve

    stage = Stage(database)
    version = stage.submit(stage.write("update", en={"body": "There are water tanks."}))
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    stage.approve(version)
    with db.unit_of_work() as session:
        session.execute(update(VersionPart).values(canonical='{"changed":"behind the approval"}'))
    ticker.tick(1)
    with db.unit_of_work() as session:
        languages = list(session.scalars(select(Delivery.language)))
        assert session.scalars(select(VersionPart.state)).one() == "withdrawn"
    assert languages == ["sv"] * 3


def test_a_ticker_says_that_it_lives_again_and_again(database, monkeypatch):
    mark = [100.0]
    monkeypatch.setattr(ticker.clock, "elapsed", lambda: mark[0])
    beats = []
    monkeypatch.setattr(ticker, "beat", lambda *_said: beats.append(mark[0]))
    one = ticker.Ticker(database)
    for _second in range(6):
        one._chores()
        mark[0] += 1.0
    assert beats == [100.0, 102.0, 104.0]


def test_chores_give_way_while_posts_leave_but_not_for_ever_and_never_an_approvers_call(
    database, monkeypatch
):
    mark, seen_to, called = [100.0], [], []
    monkeypatch.setattr(ticker.chores, "see_to", lambda *, mail: seen_to.append(mark[0]))
    monkeypatch.setattr(ticker.chores, "call_approvers", lambda *, mail: called.append(mark[0]))
    stage = Stage(database)
    stage.release("rumour")
    ticker.tick(1)
    monkeypatch.setattr(ticker.clock, "elapsed", lambda: mark[0])
    one = ticker.Ticker(database)
    while mark[0] <= 113:
        one._chores()
        mark[0] += 1.0
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))
    while mark[0] <= 117:
        one._chores()
        mark[0] += 1.0
    assert seen_to == [100.0, 106.0, 112.0, 114.0, 116.0]  # which calls approvers too
    assert called == [102.0, 104.0, 108.0, 110.0]


def test_a_shard_whose_worker_died_is_handed_out_though_what_it_had_started_keeps_its_lease(
    database, move_clock, handed_out
):
    live(database).release("update")
    ticker.tick(1)
    with db.unit_of_work() as session:
        row = session.scalars(select(Round)).one()
        row.released_at = clock.now()
        session.execute(update(Delivery).where(Delivery.leading).values(state="sent"))
        (key,) = delivery.keys_to_send(session, row.id, 0, 1)
    token = uuid.uuid4()
    with db.unit_of_work() as session:
        (one,) = delivery.claim(session, row.id, 0, 1, {key: 1}, token)
        assert delivery.start(session, [one.id], token, 20, "worker-7") == {one.id}
        beat(session, "worker-7", "worker", clock.now())
    handed_out.clear()
    for seconds, jobs in ((3, 0), (7, 1)):
        move_clock(timedelta(seconds=seconds))
        ticker.hand_out(1)
        assert len(handed_out) == jobs, f"{seconds} s after its last sign of life"
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
        assert session.get_one(Delivery, one.id).state == "started"
        token = uuid.uuid4()
        others = delivery.claim(session, row.id, 0, 1, {key: 64}, token)
        assert len(others) == 2 and one.id not in {other.id for other in others}
