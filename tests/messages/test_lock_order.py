"""Who needs several rows takes them in one order: two at the same moment never lock up, so that
nobody who presses is told to try again."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from console import clock, db
from console.messages import queries
from console.messages.models import Delivery, Message, Round, Version
from console.messages.operations import approve, calling, control, delivery, drafts, outcomes
from console.messages.operations.outcomes import Outcome
from tests.stage import Stage
from tests.waiting import until_one_waits

HELD = text("SELECT id FROM deliveries WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")


@pytest.fixture
def stage(database):
    return Stage(database, accounts=4)


class Beside:
    """Something done in a thread, and what it raised."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.raised: list[Exception] = []
        self._thread = threading.Thread(target=self._run, args=(do,))
        self._thread.start()
        until_one_waits()

    def _run(self, do: Callable[[], object]) -> None:
        try:
            do()
        except Exception as error:
            self.raised.append(error)

    def end(self) -> None:
        self._thread.join(20)
        assert self.raised == []


def claimed(stage: Stage, token: uuid.UUID) -> tuple[int, list[int]]:
    """A broadcast and its claimed posts; the first of them lies last in the table."""
    broadcast = stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(select(Round)).one()
        row.released_at = clock.now()
        for one in session.scalars(select(Delivery).where(Delivery.leading)):
            one.state = "sent"
    with db.unit_of_work() as session:
        keys = delivery.keys_to_send(session, row.id, 0, 1)
        rows = delivery.claim(session, row.id, 0, 1, dict.fromkeys(keys, 64), token)
    ids = [one.id for one in rows]
    with db.unit_of_work() as session:
        delivery.renew(session, ids[:1], token)
    return broadcast.id, ids


def test_a_stop_never_locks_up_with_a_worker_that_lets_go_of_its_posts(stage):
    token = uuid.uuid4()
    broadcast_id, ids = claimed(stage, token)
    with db.unit_of_work() as session:
        session.execute(HELD, {"ids": ids[:1]})

        def let_go() -> None:
            with db.unit_of_work() as other:
                delivery.let_go(other, token)

        worker = Beside(let_go)
        session.execute(HELD, {"ids": ids})
        control.stop(session, stage.karin, broadcast_id, clock.now())
    worker.end()
    with db.unit_of_work() as session:
        states = set(session.scalars(select(Delivery.state).where(Delivery.id.in_(ids))))
    assert states == {"stopped"}


def test_a_stop_never_locks_up_with_a_worker_that_writes_its_outcomes(stage):
    token = uuid.uuid4()
    broadcast_id, ids = claimed(stage, token)
    with db.unit_of_work() as session:
        assert delivery.start(session, ids, token, 20, "test") == set(ids)
    with db.unit_of_work() as session:
        session.execute(text("UPDATE deliveries SET looks = 1 WHERE id = :id"), {"id": ids[0]})
    with db.unit_of_work() as session:
        session.execute(HELD, {"ids": ids[:1]})

        def settle() -> None:
            said = [Outcome(one, token, "sent", remote_id=str(one)) for one in ids]
            with db.unit_of_work() as other:
                assert outcomes.settle(other, said, "test", set()) == ids

        worker = Beside(settle)
        # A stop that began while they were claimed takes them too, and finds them started.
        session.execute(HELD, {"ids": ids})
        control.stop(session, stage.karin, broadcast_id, clock.now())
    worker.end()
    with db.unit_of_work() as session:
        states = set(session.scalars(select(Delivery.state).where(Delivery.id.in_(ids))))
    assert states == {"sent"}


def test_returning_what_replaces_never_locks_up_with_the_correction_that_is_handed_in(
    stage, monkeypatch
):
    stage.release("instruction")
    stage.tick()
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    correction = stage.write(
        "correction", corrects=wrong, ends=[wrong], instruction="Koka vattnet i Oleby med."
    )
    replacing = stage.write("update", prepared_with=correction.id, ends=[])
    waits = stage.submit(replacing)
    with db.unit_of_work() as session:
        draft = session.get_one(Message, correction.id)
        fields = draft.fields | {"instruction": "Koka allt vatten i Oleby."}
        correction = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    answered, beside = calling.answered, []

    def meanwhile(*given):
        beside.append(Beside(lambda: stage.submit(correction)))
        answered(*given)

    monkeypatch.setattr(calling, "answered", meanwhile)
    with db.unit_of_work() as session:
        approve.send_back(session, stage.karin, waits.id, "Skriv var.", clock.now())
    beside[0].end()
    with db.unit_of_work() as session:
        assert session.get_one(Message, replacing.id).state == "returned"
        assert session.get_one(Version, waits.id).state == "returned"
        assert queries.waiting_version(session, replacing.id) is None
        assert queries.waiting_version(session, correction.id) is not None
