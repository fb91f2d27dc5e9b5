"""With a lock standing no ordinary post starts on its account, whatever the order (7-a)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as config
from hypothesis import strategies as st
from sqlalchemy import select, update

from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.errors import ConsoleError, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident, Lock
from console.messages.models import Attempt, Broadcast, Delivery, Message, Round
from console.messages.operations import approve, control, delivery, drafts, rounds, submit
from console.messages.rules import MessageType
from console.people.models import PersonRole
from console.posts import queries, shown
from console.posts.models import PostHold, Suggestion
from console.posts.operations import handing, writing
from tests.posts.desk import TEXT, Desk, abandon
from workers.fanout import Fanout

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(database):
    return Desk(database)


def test_a_post_on_a_locked_account_is_held_at_the_press(desk):
    incident = desk.open()
    message_id = desk.release()
    assert desk.state(message_id) == "held"
    assert desk.tick() == 0
    with db.unit_of_work() as session:
        hold = queries.open_holds(session, message_id)[0]
        assert (hold.reason, hold.incident_id) == ("locked", incident.id)
        assert session.scalars(select(Broadcast)).all() == []


def test_an_exercises_lock_holds_no_ordinary_post(desk):
    desk.open(exercise=True)
    message_id = desk.release()
    desk.tick()
    assert len(desk.send(message_id)) == 1


def test_a_lock_before_the_time_holds_the_post_and_its_author_is_told_why(desk):
    message_id = desk.release(clock="09.00", day=f"{clock.now().year + 1}-12-01")
    desk.open()
    desk.chores()
    assert desk.state(message_id) == "held"
    with db.unit_of_work() as session:
        notice = session.scalars(select(AccountNotice)).one()
        assert notice.person_id == desk.stina.id
        assert "Koka vattnet" in notice.content
        assert notice.path == f"/posts/{message_id}"
    desk.chores()
    with db.unit_of_work() as session:
        assert len(session.scalars(select(AccountNotice)).all()) == 1


def test_a_lock_on_one_account_holds_a_post_that_has_not_begun_on_all(desk):
    """It is one text, and one decision of its author's."""
    message_id = desk.release(desk.library, desk.blog)
    desk.open(desk.blog)
    assert desk.tick() == 0
    assert desk.state(message_id) == "held"


# Where in a post's way the lock comes, and whether it has gone again before the next step.
PLACES = ("released", "written", "claimed")


@pytest.mark.parametrize(
    ("place", "goes", "chore"), list(itertools.product(PLACES, (False, True), (False, True)))
)
def test_a_lock_that_comes_before_the_start_keeps_the_post_from_starting(desk, place, goes, chore):
    message_id = desk.release()
    token, rows = None, []
    if place != "released":
        desk.tick()
    if place == "claimed":
        token, rows = desk.claim(message_id)
        assert len(rows) == 1
    incident = desk.open()
    if goes:
        desk.unlock(incident, desk.library)
    if chore:
        desk.chores()
    if place == "released":
        desk.tick()
    if token is None:
        token, rows = desk.claim(message_id)
        assert rows == []
    assert desk.start(token, rows) == set()
    abandon()
    desk.chores()
    assert desk.claim(message_id)[1] == []
    with db.unit_of_work() as session:
        assert session.scalars(select(Attempt)).all() == []
        assert len(queries.open_holds(session, message_id)) == 1


def test_a_post_that_the_lock_came_too_late_for_says_what_became_of_it(desk):
    """Under way is under way: it ends as any other, and no later row of it starts."""
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    first = [one for one in rows if one.account_id == desk.library]
    started = desk.start(token, first)
    desk.open()
    desk.chores()
    desk.settle(token, started)
    assert desk.rows(message_id) == {
        desk.library: ("sent", ""),
        desk.blog: ("stopped", "locked"),
    }
    assert desk.state(message_id) == "out"


def test_a_retry_that_may_be_out_is_unknown_when_the_lock_comes(database):
    desk = Desk(database, honours=True)
    message_id = desk.release()
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, rows)
    abandon()
    assert desk.rows(message_id)[desk.library][0] == "retry"
    desk.open()
    desk.chores()
    assert desk.rows(message_id)[desk.library][0] == "unknown"


def test_a_task_by_hand_is_ended_by_the_lock(desk):
    message_id = desk.release(desk.by_hand)
    desk.tick()
    desk.open()
    desk.chores()
    assert desk.rows(message_id)[desk.by_hand] == ("stopped", "locked")


def test_opening_an_event_waits_for_no_post_and_a_lock_that_crosses_a_start_is_seen(desk):
    """A start that isn't committed yet, a worker frozen in it, say, holds up nobody; and before the
    request leaves, the lock is there."""
    message_id = desk.release()
    desk.tick()
    token, rows = desk.claim(message_id)
    with db.unit_of_work() as session:
        assert delivery.start(session, [one.id for one in rows], token, 20, "test")
        assert delivery.may_leave(session, rows[0].id)
        desk.open()
    with db.unit_of_work() as session:
        assert not delivery.may_leave(session, rows[0].id)


def test_a_worker_sends_nothing_once_a_lock_has_crossed_its_start(desk, monkeypatch):
    """7-a: the very moment between the committed start and the request."""
    message_id = desk.release()
    desk.tick()
    asked, sent = [], []
    may_leave = delivery.may_leave

    def lock_first(session, delivery_id):
        asked.append(delivery_id)
        desk.open()
        return may_leave(session, delivery_id)

    async def publish(*_args):
        sent.append(True)

    monkeypatch.setattr(delivery, "may_leave", lock_first)
    monkeypatch.setattr("channels.webhook.Webhook.publish", publish)
    with db.unit_of_work() as session:
        round_id = session.scalars(select(Round.id)).one()
    asyncio.run(Fanout(round_id, 0, 1, "test", ("127.0.0.1",)).run())
    assert (len(asked), sent) == (1, [])
    assert desk.rows(message_id)[desk.library] == ("refused", "locked")
    desk.chores()
    with db.unit_of_work() as session:
        assert len(queries.open_holds(session, message_id)) == 1
    desk.chores()
    with db.unit_of_work() as session:
        assert len(queries.open_holds(session, message_id)) == 1


def test_a_held_post_never_goes_out_when_the_lock_is_released(desk):
    message_id = desk.release()
    incident = desk.open()
    desk.tick()
    desk.unlock(incident, desk.library)
    assert desk.tick() == 0
    assert desk.state(message_id) == "held"
    with db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())
    assert desk.tick() == 0
    desk.press(message_id)
    assert desk.tick() == 1
    assert len(desk.send(message_id)) == 1


def test_what_one_account_missed_is_sent_anew_to_that_account_only(desk):
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    started = desk.start(token, [one for one in rows if one.account_id == desk.library])
    desk.settle(token, started)
    incident = desk.open()
    desk.chores()
    desk.unlock(incident, desk.blog)
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.blog]
        assert queries.open_holds(session, message_id) == []


@pytest.mark.parametrize("asked", [True, False])
def test_what_is_taken_up_anew_once_is_not_offered_or_asked_about_again(desk, asked):
    """Two drafts of the same text would both go out. `asked`: the chore has seen the refusal."""
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    desk.send(message_id, "refused")
    if asked:
        desk.chores()
    with db.unit_of_work() as session:
        message = queries.post(session, desk.stina, message_id)
        assert shown.view(session, message, clock.now()).may_anew
        writing.anew(session, desk.stina, message_id, clock.now())
    desk.chores()
    with pytest.raises(WrongState), db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())
    with db.unit_of_work() as session:
        message = queries.post(session, desk.stina, message_id)
        assert not shown.view(session, message, clock.now()).may_anew
        assert queries.open_holds(session, message_id) == []


def test_a_held_post_is_thrown_away(desk):
    message_id = desk.release()
    desk.open()
    desk.tick()
    with db.unit_of_work() as session:
        writing.throw_away(session, desk.stina, message_id, clock.now())
    assert desk.state(message_id) == "withdrawn"
    with db.unit_of_work() as session:
        assert session.scalars(select(PostHold.choice)).all() == ["thrown"]


def test_the_text_is_handed_to_the_unit_which_reads_and_dismisses_it(desk):
    """7-a: nothing of it is sent."""
    message_id = desk.release()
    incident = desk.open()
    desk.chores()
    with pytest.raises(NotFound), db.unit_of_work() as session:
        handing.hand_over(session, desk.kerstin, message_id, clock.now())
    with db.unit_of_work() as session:
        suggestion = handing.hand_over(session, desk.stina, message_id, clock.now())
        assert (suggestion.content, suggestion.incident_id) == (TEXT, incident.id)
    with pytest.raises(WrongState), db.unit_of_work() as session:
        handing.hand_over(session, desk.stina, message_id, clock.now())
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        handing.read(session, desk.stina, incident.id, suggestion.id, clock.now())
    with pytest.raises(NotFound), db.unit_of_work() as session:
        handing.read(session, desk.lisa, incident.id + 1, suggestion.id, clock.now())
    with db.unit_of_work() as session:
        handing.dismiss(session, desk.lisa, incident.id, suggestion.id, clock.now())
    with db.unit_of_work() as session:
        kept = session.scalars(select(Suggestion)).one()
        assert kept.read_at and kept.dismissed_at
        assert session.scalars(select(Message.id)).all() == [message_id]
        assert session.scalars(select(Delivery)).all() == []


def test_a_text_is_handed_over_only_while_an_event_holds_the_account(desk):
    message_id = desk.draft()
    with pytest.raises(WrongState), db.unit_of_work() as session:
        handing.hand_over(session, desk.stina, message_id, clock.now())


def test_a_text_that_two_events_hold_is_handed_to_the_unit_of_each(desk):
    """The page offers it as long as one of them doesn't have it."""
    message_id = desk.draft(desk.library, desk.blog)
    events = [desk.open(desk.library), desk.open(desk.blog, name="Strömavbrott")]
    given = []
    for _event in events:
        with db.unit_of_work() as session:
            message = queries.post(session, desk.stina, message_id)
            assert shown.view(session, message, clock.now()).may_hand_over
            given.append(handing.hand_over(session, desk.stina, message_id, clock.now()))
    assert [one.incident_id for one in given] == [one.id for one in events]
    with pytest.raises(WrongState, match="redan lämnad"), db.unit_of_work() as session:
        handing.hand_over(session, desk.stina, message_id, clock.now())


def test_an_events_first_message_goes_out_past_an_ordinary_post_under_way(desk):
    """The post under way holds its own account for as long as its attempt lasts, and no other."""
    message_id = desk.release()
    desk.tick()
    token, rows = desk.claim(message_id)
    started = desk.start(token, rows)
    incident = desk.open()
    round_id = first_round(desk, incident)
    mine, claimed = claim_all(round_id)
    assert {one.account_id for one in claimed} == {desk.blog, desk.other}
    with db.unit_of_work() as session:
        went = delivery.start(session, [one.id for one in claimed], mine, 20, "test")
    assert len(went) == 2
    desk.settle(token, started, "unknown")
    mine, claimed = claim_all(round_id)
    assert {one.account_id for one in claimed} == {desk.library}
    with db.unit_of_work() as session:
        assert len(delivery.start(session, [one.id for one in claimed], mine, 20, "test")) == 1


def test_stop_all_stops_the_event_and_asks_nothing_of_posts(desk):
    message_id = desk.release(desk.library)
    incident = desk.open(desk.blog)
    desk.tick()
    token, rows = desk.claim(message_id)
    desk.start(token, rows)
    with db.unit_of_work() as session:
        assert control.stop_all(session, desk.lisa, incident.id, clock.now()) == 0
    assert desk.rows(message_id)[desk.library][0] == "started"
    with db.unit_of_work() as session:
        broadcast_id = session.scalars(select(Broadcast.id)).one()
    with pytest.raises(NotFound), db.unit_of_work() as session:
        control.stop(session, desk.lisa, broadcast_id, clock.now())


def first_round(desk, incident) -> int:
    with db.unit_of_work() as session:
        session.add(PersonRole(person_id=desk.kerstin.id, role="approver"))
    with db.unit_of_work() as session:
        fields = {
            "instruction": "Koka ditt kranvatten.", "text": "Vi tar nya prover.",
            "began": "I natt", "cause": "Vet inte", "unknown": "Varför", "doing": "Prover",
            "area": "Torsby", "fact_owner": "Anders", "interval_seconds": 1800, "rounds": 2,
            "promise_at": (clock.now() + timedelta(hours=4)).isoformat(),
        }  # fmt: skip
        message = drafts.create(
            session, desk.lisa, incident.id, MessageType.FIRST, clock.now(), fields=fields
        )
    with db.unit_of_work() as session:
        version = submit.submit(
            session, desk.lisa, message.id, message.revision, clock.now(), "http://x", mail=False
        )
    with db.unit_of_work() as session:
        karin = session.get_one(type(desk.kerstin), desk.kerstin.id)
        approve.approve(session, karin, version.id, version.content_hash, clock.now())
    with db.unit_of_work() as session:
        due = rounds.due_broadcasts(session, clock.now())
        row = rounds.write_due(session, due[0], clock.now())
    with db.unit_of_work() as session:
        session.execute(update(Delivery).where(Delivery.leading).values(state="sent"))
        rounds.release_followers(session, clock.now())
    assert row is not None
    return row.id


def claim_all(round_id: int) -> tuple[Any, list[delivery.Claimed]]:
    token, found = uuid.uuid4(), []
    with db.unit_of_work() as session:
        for key in delivery.keys_to_send(session, round_id, 0, 1):
            found += delivery.claim(session, round_id, 0, 1, {key: 64}, token)
    return token, found


STEPS = st.sampled_from(
    ("press", "write", "claim", "start", "settle", "lock", "unlock", "chores", "abandon", "anew")
)


class Play:
    """One post on one account, and an event that comes and goes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.message_id = desk.draft()
        self.held: list[tuple[Any, list[delivery.Claimed]]] = []
        self.under_way: list[tuple[Any, set[int]]] = []
        self.event: Incident | None = None
        self.number = 0

    def step(self, name: str) -> None:
        with contextlib.suppress(ConsoleError):
            getattr(self, name)()

    def press(self) -> None:
        self.desk.press(self.message_id)

    def write(self) -> None:
        self.desk.tick()

    def claim(self) -> None:
        self.held.append(self.desk.claim(self.message_id))

    def start(self) -> None:
        if not self.held:
            return
        token, rows = self.held.pop(0)
        started = self.desk.start(token, rows)
        assert not (started and self.event), "a post started while a lock stood"
        self.under_way.append((token, started))

    def settle(self) -> None:
        if self.under_way:
            token, started = self.under_way.pop(0)
            if started:
                self.desk.settle(token, started)

    def lock(self) -> None:
        if self.event is None:
            self.number += 1
            self.event = self.desk.open(
                self.desk.library, name=f"Händelse {self.message_id} {self.number}"
            )

    def unlock(self) -> None:
        if self.event is not None:
            self.desk.unlock(self.event, self.desk.library)
            self.event = None

    def chores(self) -> None:
        self.desk.chores()

    def abandon(self) -> None:
        abandon()

    def anew(self) -> None:
        with db.unit_of_work() as session:
            found = writing.anew(session, self.desk.stina, self.message_id, clock.now())
        self.message_id = found.id


@config(
    max_examples=30,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEPS, min_size=6, max_size=22))
def test_no_order_of_things_starts_a_post_under_a_lock_or_sends_a_held_one(
    desk: Desk, steps: list[str]
) -> None:
    play = Play(desk)
    play.press()
    try:
        for step in steps:
            play.step(step)
    finally:
        play.unlock()
    with db.unit_of_work() as session:
        started = session.execute(
            select(Delivery.account_id, Delivery.started_at, Broadcast.released_at)
            .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
            .where(Delivery.started_at.is_not(None))
        ).all()
        locks = session.scalars(select(Lock)).all()
        attempts = session.scalars(
            select(Attempt.delivery_id).where(Attempt.event == "started")
        ).all()
    assert len(attempts) == len(set(attempts)), "a post without a key started twice"
    for account_id, at, released in started:
        for lock in locks:
            if lock.account_id == account_id and lock.released_at is not None:
                assert not (lock.since <= at < lock.released_at)
                assert not (released <= lock.released_at < at), "it went out by itself"
