"""One account, or one outcome, that nothing can be made of costs no other its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import db
from console.messages.models import Delivery
from console.messages.operations import outcomes
from tests.sink import Sink
from tests.workers.test_fanout import live, released, send, states
from workers import preparing


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def test_an_outcome_that_the_database_refuses_leaves_the_others_written(
    database, sink, monkeypatch
):
    round_id = released(live(database, sink, honours=False))
    with db.unit_of_work() as session:
        refused = session.scalars(select(Delivery.id).where(~Delivery.leading)).first()
    settle = outcomes.settle

    def picky(session, outcomes, worker, keyed):
        if refused in [one.delivery_id for one in outcomes]:
            raise ValueError("not in this column")
        return settle(session, outcomes, worker, keyed)

    monkeypatch.setattr(outcomes, "settle", picky)
    send(sink, round_id)
    assert states() == {"sent": 4, "started": 1}


def test_an_account_that_nothing_can_be_made_of_is_refused_and_the_others_are_sent(
    database, sink, monkeypatch
):
    """Lesson 8. Its settings were stored by hand, say, or by another version."""
    stage = live(database, sink)
    round_id = released(stage)
    target_of = preparing.target_of

    def picky(row, account):
        if row.account_id == stage.account_ids[2]:
            raise KeyError("server")
        return target_of(row, account)

    monkeypatch.setattr(preparing, "target_of", picky)
    send(sink, round_id)
    assert states() == {"sent": 4, "refused": 1}
    with db.unit_of_work() as session:
        reason = session.scalars(select(Delivery.reason).filter_by(state="refused")).one()
    assert reason == "settings"
