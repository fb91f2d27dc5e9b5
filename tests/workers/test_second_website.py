"""A website that isn't the official one is the site process's too, and no worker's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.messages.models import Delivery, Round
from console.messages.operations import enqueuing
from tests.sink import Sink
from tests.workers.test_fanout import live, send


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def test_a_website_that_no_site_process_writes_keeps_no_other_account_waiting(database, sink):
    stage = live(database, sink, accounts=4)
    with db.unit_of_work() as session:
        second = session.get_one(Account, stage.account_ids[2])
        second.kind, second.platform, second.settings, second.secret = (
            "website",
            "website",
            {},
            None,
        )
    stage.release("update")
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(select(Round)).one()
        row.released_at = clock.now()  # the grace has run out, and no site process runs
        number = row.id
    send(sink, number)
    with db.unit_of_work() as session:
        found = session.execute(
            select(Delivery.kind, Delivery.leading, Delivery.state).order_by(Delivery.account_id)
        ).all()
        assert [tuple(one) for one in found] == [
            ("website", True, "queued"),
            ("webhook", False, "sent"),
            ("website", False, "queued"),
            ("webhook", False, "sent"),
            ("webhook", False, "sent"),
        ]
        assert enqueuing.to_enqueue(session, 1, clock.now()) == []
