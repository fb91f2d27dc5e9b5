"""An account that a text was approved for, and that it never reached, is told of: what carries the
first round only is passed by for every round after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.messages.models import Delivery
from console.messages.operations import outcomes
from tests.cast import client_for
from tests.stage import Stage

LEFT = "konto fick aldrig beskedet"


@pytest.fixture
def stage(database: Settings) -> Stage:
    """The second account carries key moments only."""
    stage = Stage(database, accounts=2)
    with db.unit_of_work() as session:
        session.get_one(Account, stage.account_ids[1]).repeat_rule = "key_moments"
    return stage


def board(stage: Stage, app: Flask) -> str:
    return client_for(app, stage.lisa).get(f"/incidents/{stage.incident.slug}/").text


def states(stage: Stage) -> list[str]:
    """Of the second account's posts, oldest first."""
    with db.unit_of_work() as session:
        query = select(Delivery.state).filter_by(account_id=stage.account_ids[1])
        return list(session.scalars(query.order_by(Delivery.id)))


def test_a_first_text_that_another_replaced_before_it_left_is_told_of_until_a_newer_is_carried(
    stage: Stage, app: Flask
) -> None:
    stage.release("first")
    stage.tick()
    assert LEFT not in board(stage, app)
    stage.release("update")
    stage.tick()
    assert states(stage) == ["expired", "not_repeated"]
    page = board(stage, app)
    assert f"1 {LEFT}" in page and "Konto 1," in page
    stage.release("instruction")
    stage.tick()
    assert states(stage)[-1] == "queued"
    assert LEFT not in board(stage, app)


def test_a_first_round_that_was_over_before_it_left_is_told_of_through_the_later_ones(
    stage: Stage, app: Flask, move_clock: Callable[[timedelta], None]
) -> None:
    stage.release("first")
    stage.tick()
    move_clock(timedelta(minutes=31))
    stage.tick()
    with db.unit_of_work() as session:
        outcomes.recover(session, clock.now())
    assert states(stage) == ["expired", "not_repeated"]
    assert f"1 {LEFT}" in board(stage, app)


def test_a_first_text_that_is_out_is_not(stage: Stage, app: Flask) -> None:
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        for one in session.scalars(select(Delivery)):
            one.state = "sent"
    stage.release("update")
    stage.tick()
    assert LEFT not in board(stage, app)
