"""An outcome that can't be written costs no other its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import db
from console.messages.models import Delivery
from console.messages.operations import delivery
from tests.sink import Sink
from tests.workers.test_fanout import live, released, send, states


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
    settle = delivery.settle

    def picky(session, outcomes, worker, keyed):
        if refused in [one.delivery_id for one in outcomes]:
            raise ValueError("not in this column")
        return settle(session, outcomes, worker, keyed)

    monkeypatch.setattr(delivery, "settle", picky)
    send(sink, round_id)
    assert states() == {"sent": 4, "started": 1}
