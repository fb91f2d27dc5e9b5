"""What a newer word or a press has ended never goes out, whatever its own attempt said since."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.incidents import operations as incidents
from console.messages.models import Broadcast, Delivery, Message
from console.messages.operations import control, delivery, finding, outcomes, removing, settling
from console.messages.operations.rounds import stale
from tests.sink import Sink
from tests.workers.test_fanout import live, released, send


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def waiting_for_another_attempt(sink, stage, kind, **fields):
    """A message whose posts were all put off."""
    sink.mode = "busy"
    round_id = released(stage, kind, **fields)
    send(sink, round_id)
    sink.mode = "ok"
    return round_id


def claimed(round_id):
    """A worker has claimed all its posts; their ids and its token."""
    token = uuid.uuid4()
    with db.unit_of_work() as session:
        keys = delivery.keys_to_send(session, round_id, 0, 1)
        rows = delivery.claim(session, round_id, 0, 1, dict.fromkeys(keys, 64), token)
    return [row.id for row in rows], token


def started(stage, kind, **fields):
    """A message whose posts are under way at a worker; its token."""
    round_id = released(stage, kind, **fields)
    ids, token = claimed(round_id)
    with db.unit_of_work() as session:
        assert delivery.start(session, ids, token, 20, "test") == set(ids)
    return round_id, ids, token


def put_off(ids, token):
    with db.unit_of_work() as session:
        said = [outcomes.Outcome(one, token, "retry", "busy", wait=1.0) for one in ids]
        assert outcomes.settle(session, said, "test", set()) == ids


def test_a_post_under_way_when_the_all_clear_went_out_is_not_tried_again_after_it(
    database, sink, move_clock
):
    stage = live(database, sink)
    old, ids, token = started(stage, "instruction")
    released(stage, "all_clear")
    put_off(ids, token)
    move_clock(timedelta(seconds=5))
    send(sink, old)
    assert not sink.posts


def test_a_lost_post_is_not_sent_again_after_the_all_clear(database, sink, move_clock):
    stage = live(database, sink, accounts=1, honours=False)
    old, ids, token = started(stage, "instruction")
    released(stage, "all_clear")
    with db.unit_of_work() as session:
        outcomes.settle(
            session, [outcomes.Outcome(ids[0], token, "unknown", "no_answer")], "test", set()
        )
    for seconds in (0, 61):
        move_clock(timedelta(seconds=seconds))
        with db.unit_of_work() as session:
            assert not finding.absent(session, ids[0], proves=True, now=clock.now())
    send(sink, old)
    assert not sink.posts


@pytest.mark.parametrize("kind", ["rumour", "all_clear"])
def test_a_post_of_a_single_round_that_was_under_way_when_all_was_stopped_is_not_tried_again(
    database, sink, move_clock, kind
):
    stage = live(database, sink)
    old, ids, token = started(stage, kind)
    with db.unit_of_work() as session:
        assert control.stop_all(session, stage.karin, stage.incident.id, clock.now()) == 5
    put_off(ids, token)
    move_clock(timedelta(seconds=5))
    send(sink, old)
    assert not sink.posts


def test_a_post_under_way_when_its_message_was_deleted_is_not_tried_again(
    database, sink, move_clock
):
    stage = live(database, sink)
    old, ids, token = started(stage, "rumour")
    with db.unit_of_work() as session:
        said = outcomes.Outcome(ids[0], token, "sent", remote_id="1")
        outcomes.settle(session, [said], "test", set())
    with db.unit_of_work() as session:
        incident, number = session.merge(stage.incident), session.scalars(select(Message.id)).one()
        removal = removing.ask(
            session, stage.lisa, incident, number, None, "personal_data", "Ett namn", clock.now()
        )
    with db.unit_of_work() as session:
        removing.decide(session, stage.karin, removal.id, True, clock.now(), mail=False)
    put_off(ids[1:], token)
    move_clock(timedelta(seconds=5))
    send(sink, old)
    assert not sink.posts


@pytest.mark.parametrize("kind", ["update", "all_clear"])
def test_a_last_round_still_being_tried_gives_way_to_the_text_that_replaces_it(
    database, sink, move_clock, kind
):
    stage = live(database, sink)
    old = waiting_for_another_attempt(sink, stage, "instruction", rounds=1)
    with db.unit_of_work() as session:
        assert session.scalars(select(Broadcast.state)).one() == "done"
    released(stage, kind)
    move_clock(timedelta(seconds=65))
    send(sink, old)
    assert not sink.posts


def test_a_post_claimed_in_time_is_not_started_once_its_round_is_too_old(
    database, sink, move_clock
):
    """Its turn came late, behind a platform that hung: the next round has been written since."""
    round_id = released(live(database, sink), "update", interval=60)
    ids, token = claimed(round_id)
    for seconds in range(4, 64, 4):
        move_clock(timedelta(seconds=seconds))
        with db.unit_of_work() as session:
            delivery.renew(session, ids, token)
    with db.unit_of_work() as session:
        assert delivery.start(session, ids, token, 20, "test") == set()


def test_a_post_claimed_in_time_is_not_started_once_its_account_is_no_longer_published_on(
    database, sink
):
    stage = live(database, sink)
    ids, token = claimed(released(stage, "update"))
    with db.unit_of_work() as session:
        incidents.change_use(
            session, stage.lisa, session.merge(stage.incident), stage.account_ids[2], "lock_only",
            "Fel", clock.now(), mail=False,
        )  # fmt: skip
    with db.unit_of_work() as session:
        assert delivery.start(session, ids, token, 20, "test") == {ids[0], *ids[2:]}


@pytest.mark.parametrize("rounds", [1, 8], ids=["its rounds are over", "it is repeated"])
def test_a_repeated_text_is_not_tried_again_once_its_promised_word_was_due(
    database, sink, move_clock, rounds
):
    """7-c. It says when the next word comes, and what it says may no longer be true; no ticker has
    to have looked first."""
    soon = (clock.now() + timedelta(minutes=3)).isoformat()
    stage = live(database, sink, accounts=2)
    old = waiting_for_another_attempt(sink, stage, "update", promise_at=soon, rounds=rounds)
    move_clock(timedelta(minutes=3, seconds=1))
    send(sink, old)
    assert not sink.posts
    with db.unit_of_work() as session:
        stale(session, clock.now())
        outcomes.recover(session, clock.now())
    with db.unit_of_work() as session:
        rows = session.scalars(select(Delivery).where(~Delivery.leading)).all()
        assert {(one.state, one.reason) for one in rows} == {("expired", "promise")}


def test_a_post_lost_before_its_promised_word_was_due_is_not_sent_again_after_it(
    database, sink, move_clock
):
    soon = (clock.now() + timedelta(minutes=3)).isoformat()
    stage = live(database, sink, accounts=1, honours=False)
    _old, ids, token = started(stage, "update", promise_at=soon, rounds=1)
    with db.unit_of_work() as session:
        lost = outcomes.Outcome(ids[0], token, "unknown", "no_answer")
        outcomes.settle(session, [lost], "test", set())
    for minutes in (2, 4):
        move_clock(timedelta(minutes=minutes))
        with db.unit_of_work() as session:
            assert not finding.absent(session, ids[0], proves=True, now=clock.now())
    with db.unit_of_work() as session:
        settling.resolve_unknown(session, stage.lisa, ids[0], False, "", clock.now())
        why = settling.why_not_again(session, session.get_one(Delivery, ids[0]), clock.now())
    assert why == "Tiden för nästa besked har passerat. Skriv ett nytt meddelande."


def test_a_correction_is_sent_also_after_its_promised_word_was_due(database, sink, move_clock):
    """Where the error stands, what is right is wanted late too."""
    stage = live(database, sink, accounts=2)
    send(sink, released(stage, "update"))
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id)).one()
    sent = len(sink.posts)
    soon = (clock.now() + timedelta(minutes=3)).isoformat()
    old = waiting_for_another_attempt(sink, stage, "correction", promise_at=soon, corrects=wrong)
    assert len(sink.posts) == sent
    move_clock(timedelta(minutes=3, seconds=1))
    with db.unit_of_work() as session:
        stale(session, clock.now())
        outcomes.recover(session, clock.now())
    send(sink, old)
    assert len(sink.posts) == sent + 2
