"""A platform's wish to be left alone: kept to, and never for longer than anybody would mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.messages.models import Delivery
from console.messages.operations import outcomes
from console.messages.process_models import Pace
from tests.sink import Sink
from tests.workers.test_fanout import live, states
from tests.workers.test_overtaken import started


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.mark.parametrize("wait", [999_999_999.0, 1e12, 1e300])
@pytest.mark.parametrize("state", ["retry", "sent"])
def test_a_wait_beyond_reason_costs_no_other_outcome_and_holds_the_account_for_a_day_at_most(
    database, sink, wait, state
):
    _round, ids, token = started(live(database, sink), "update")
    said = [outcomes.Outcome(one, token, "sent", remote_id=str(one)) for one in ids[1:]]
    said.append(outcomes.Outcome(ids[0], token, state, "", "1", wait=wait, pace=True))
    with db.unit_of_work() as session:
        outcomes.settle(session, said, "test", set())
    assert states()["sent"] >= 4
    with db.unit_of_work() as session:
        day = clock.now() + timedelta(days=1, seconds=5)
        assert max(session.scalars(select(Pace.not_before))) <= day
        assert all(
            one is None or one <= day for one in session.scalars(select(Delivery.not_before))
        )
