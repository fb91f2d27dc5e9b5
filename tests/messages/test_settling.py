"""People say what became of a post: only what the table allows, and only those who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.errors import BadInput, ConsoleError, NotAllowed, WrongState
from console.messages.models import Attempt, Broadcast, Delivery, Round
from console.messages.operations import settling
from console.people.models import Person, PersonRole
from console.timeline.queries import tags_count
from tests.stage import Stage


def _put(stage: Stage, state: str, *, attempts: int = 1, **message: Any) -> int:
    """A delivery on the first account, in a round just written, set in `state`."""
    stage.release(**{"kind": "rumour"} | message)
    stage.tick()
    with db.unit_of_work() as session:
        row = session.scalars(
            select(Delivery)
            .where(Delivery.account_id == stage.account_ids[1])
            .order_by(Delivery.id.desc())
        ).first()
        assert row is not None
        row.state, row.attempts, row.reason = state, attempts, "as set"
        return row.id


def _do(act: Callable[..., Any], person: Person, delivery_id: int, *more: Any) -> Delivery:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        act(session, actor, delivery_id, *more, clock.now())
        return session.get_one(Delivery, delivery_id)


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def test_an_administrator_confirms_by_hand_with_a_link(stage: Stage) -> None:
    delivery = _put(stage, "by_hand")
    row = _do(settling.confirm_by_hand, stage.olle, delivery, " https://example.org/1 ")
    assert (row.state, row.remote_link) == ("confirmed", "https://example.org/1")
    assert row.confirmed_by_id == stage.olle.id
    with db.unit_of_work() as session:
        assert tags_count(session, stage.incident.id)["delivery:confirmed"] == 1
        attempt = session.scalars(select(Attempt).where(Attempt.event == "confirmed")).one()
        assert attempt.worker == f"person {stage.olle.id}"


def test_the_information_unit_confirms_without_a_link(stage: Stage) -> None:
    row = _do(settling.confirm_by_hand, stage.lisa, _put(stage, "by_hand"), "")
    assert (row.state, row.remote_link) == ("confirmed", None)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "example.org", "https://", "http://a b"])
def test_what_is_no_web_address_is_refused_as_a_link(stage: Stage, link: str) -> None:
    delivery = _put(stage, "by_hand")
    with pytest.raises(BadInput):
        _do(settling.confirm_by_hand, stage.olle, delivery, link)


def test_another_accounts_administrator_may_not_confirm(stage: Stage) -> None:
    delivery = _put(stage, "by_hand")
    with db.unit_of_work() as session:
        other = Person(
            name="Eva Alm",
            email="eva@torsby.example",
            created_at=clock.now(),
            active=True,
            role_rows=[PersonRole(role="account_administrator")],
        )
        session.add(other)
    with pytest.raises(NotAllowed):
        _do(settling.confirm_by_hand, other, delivery, "")


@pytest.mark.parametrize("is_out", [True, False])
def test_an_unknown_post_is_resolved_by_who_has_looked(stage: Stage, is_out: bool) -> None:
    delivery = _put(stage, "unknown")
    row = _do(settling.resolve_unknown, stage.lisa, delivery, is_out, "https://example.org/2")
    assert row.state == ("sent" if is_out else "refused")
    assert row.remote_link == ("https://example.org/2" if is_out else None)
    assert row.token is None


def test_only_the_information_unit_resolves_and_sends_again(stage: Stage) -> None:
    delivery = _put(stage, "unknown")
    for person in (stage.olle, stage.karin):
        with pytest.raises(NotAllowed):
            _do(settling.resolve_unknown, person, delivery, True, "")
        with pytest.raises(NotAllowed):
            _do(settling.send_again, person, delivery)


@pytest.mark.parametrize(
    "state",
    ["queued", "retry", "claimed", "started", "sent", "confirmed", "expired", "stopped",
     "not_repeated"],
)  # fmt: skip
def test_nothing_else_can_be_settled_by_hand(stage: Stage, state: str) -> None:
    delivery = _put(stage, state)
    for act, more in (
        (settling.confirm_by_hand, ("",)),
        (settling.resolve_unknown, (True, "")),
        (settling.resolve_unknown, (False, "")),
        (settling.send_again, ()),
    ):
        with pytest.raises(ConsoleError) as refused:
            _do(act, stage.lisa, delivery, *more)
        assert isinstance(refused.value, WrongState), act


def test_a_refused_post_of_the_only_round_is_sent_again(stage: Stage) -> None:
    """Lessons 7, 8 and 13: one post is let go alone, its neighbours as they were."""
    delivery = _put(stage, "refused")
    with db.unit_of_work() as session:
        others = session.scalars(select(Delivery).where(Delivery.id != delivery)).all()
        for one in others:
            one.state = "refused"
    row = _do(settling.send_again, stage.lisa, delivery)
    assert (row.state, row.token, row.settled_at) == ("queued", None, None)
    with db.unit_of_work() as session:
        states = session.scalars(select(Delivery.state).where(Delivery.id != delivery)).all()
    assert others and set(states) == {"refused"}


def test_an_unknown_post_is_never_sent_again_unlooked_for(stage: Stage) -> None:
    delivery = _put(stage, "unknown")
    with pytest.raises(WrongState, match="ute eller inte"):
        _do(settling.send_again, stage.lisa, delivery)


def test_a_refused_post_waits_for_the_next_round_where_there_is_one(stage: Stage) -> None:
    delivery = _put(stage, "refused", kind="first")
    with pytest.raises(WrongState, match="Nästa omgång går ut kl"):
        _do(settling.send_again, stage.lisa, delivery)


def test_the_last_round_of_several_is_sent_again(stage: Stage) -> None:
    row = _do(settling.send_again, stage.lisa, _put(stage, "refused", kind="first", rounds=1))
    assert row.state == "queued"


def test_a_post_whose_round_is_too_old_is_not_sent_again(
    stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    delivery = _put(stage, "refused")
    move_clock(timedelta(minutes=11))
    with pytest.raises(WrongState, match="för gammal"):
        _do(settling.send_again, stage.lisa, delivery)


def test_a_text_that_was_replaced_is_not_sent_again(stage: Stage) -> None:
    delivery = _put(stage, "refused", kind="first", rounds=1)
    with db.unit_of_work() as session:
        mine = session.scalars(select(Broadcast)).one()
    stage.release("update", ends=[mine.message_id])
    stage.tick()
    with pytest.raises(WrongState, match="nyare text"):
        _do(settling.send_again, stage.lisa, delivery)


def test_a_text_that_is_being_corrected_is_not_sent_again(stage: Stage) -> None:
    delivery = _put(stage, "refused")
    with db.unit_of_work() as session:
        message_id = session.get_one(Delivery, delivery).message_id
    stage.write("correction", corrects=message_id)
    with pytest.raises(WrongState, match="nyare text"):
        _do(settling.send_again, stage.lisa, delivery)


def test_a_paused_broadcast_sends_nothing_again(stage: Stage) -> None:
    delivery = _put(stage, "refused", kind="first")
    with db.unit_of_work() as session:
        session.scalars(select(Broadcast)).one().state = "paused"
    with pytest.raises(WrongState, match="pausad"):
        _do(settling.send_again, stage.lisa, delivery)


def test_a_post_that_never_left_for_want_of_an_account_is_not_sent_again(stage: Stage) -> None:
    delivery = _put(stage, "refused", attempts=0)
    with pytest.raises(WrongState, match="Kontot kunde inte användas"):
        _do(settling.send_again, stage.lisa, delivery)
    with db.unit_of_work() as session:
        assert session.scalars(select(Round)).one().state == "written"
