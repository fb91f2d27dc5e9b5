"""Promises: asked about once, moved within what was approved, never in silence (7-c)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as config
from hypothesis import strategies as st
from sqlalchemy import select

from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.errors import NotAllowed, WrongState
from console.incidents.models import Notice
from console.messages import queries, rules, schedule
from console.messages.models import (
    Broadcast,
    Delivery,
    Instruction,
    PromiseAsk,
    Round,
    VersionPart,
)
from console.messages.operations import approve, control, promises, rounds
from console.people import duty
from console.people.models import Person, PersonRole
from console.people.rules import Role
from console.timeline.queries import entries_of
from tests.stage import Stage

Move = Callable[[timedelta], None]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


def release(stage: Stage, kind: str = "update", *, ahead: timedelta = HOUR, **more: object):
    promise = (clock.now() + ahead).isoformat()
    fields = {"interval": 600, "rounds": 50, "promise_at": promise, "still_times": 2} | more
    broadcast = stage.release(kind, **fields)
    stage.tick()
    return broadcast


def press(who: Person, broadcast: Broadcast, use: int = 1) -> Broadcast:
    with db.unit_of_work() as session:
        return promises.still_valid(session, who, broadcast.id, use, clock.now())


def look() -> tuple[list[int], list[int]]:
    """(asked, missed), as the ticker would find them now."""
    with db.unit_of_work() as session:
        now = clock.now()
        rounds.stale(session, now)
        asked = promises.ask(session, now, mail=True)
        return asked, promises.miss(session, now, mail=True)


def now_of(broadcast: Broadcast) -> Broadcast:
    with db.unit_of_work() as session:
        return session.get_one(Broadcast, broadcast.id)


def told() -> list[tuple[str, str]]:
    """(name, subject) of every notice about a promise."""
    with db.unit_of_work() as session:
        found = session.scalars(select(Notice).where(Notice.kind == "promise").order_by(Notice.id))
        return [(one.person.name, one.subject.split(" ")[0]) for one in found]


def test_author_unit_and_approver_are_asked_once_ten_minutes_before(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = release(stage)
    move_clock(49 * MINUTE)
    assert look() == ([], [])
    move_clock(51 * MINUTE)
    assert look() == ([broadcast.id], [])
    assert look() == ([], [])
    assert told() == [("Lisa Berg", "Lovat"), ("Karin Holm", "Lovat")]
    with db.unit_of_work() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "promise").limit(1)).one()
    assert notice.path.endswith(f"/promises/{broadcast.id}") and notice.mail_state == "queued"
    assert "Gäller fortfarande, Ersätt eller Stoppa" in notice.content


def test_a_promise_nearer_than_that_is_asked_about_half_way(stage: Stage, move_clock: Move) -> None:
    broadcast = release(stage, ahead=8 * MINUTE)
    move_clock(3 * MINUTE)
    assert look() == ([], [])
    move_clock(4 * MINUTE + timedelta(seconds=20))
    assert look() == ([broadcast.id], [])


def test_unanswered_they_and_everybody_who_could_give_the_word_are_told_again_once(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = release(stage)
    move_clock(51 * MINUTE)
    look()
    move_clock(61 * MINUTE)
    assert look() == ([], [broadcast.id])
    assert look() == ([], [])
    assert told()[2:] == [("Lisa Berg", "Vi"), ("Karin Holm", "Vi")]
    with db.unit_of_work() as session:
        row = session.scalars(select(PromiseAsk)).one()
    assert row.answer == "unanswered" and row.missed_at is not None


def test_the_one_on_duty_is_asked_and_unanswered_the_next_on_the_list_is_told(
    stage: Stage, move_clock: Move
) -> None:
    with db.unit_of_work() as session:
        for name in ("Per Lind", "Eva Sjö"):
            email, role = f"{name[:3].strip().lower()}@torsby.example", PersonRole(role="approver")
            now = clock.now()
            session.add(Person(name=name, email=email, created_at=now, active=True,
                               role_rows=[role]))  # fmt: skip
        session.flush()
        per = session.scalars(select(Person).where(Person.name == "Per Lind")).one()
        karin = session.get_one(Person, stage.karin.id)
        duty.hand_over(session, karin, Role.APPROVER, karin, clock.now())
        duty.call_earlier(session, karin, Role.APPROVER, per, clock.now())
    release(stage)
    move_clock(51 * MINUTE)
    look()
    assert [name for name, _subject in told()] == ["Lisa Berg", "Karin Holm"]
    move_clock(61 * MINUTE)
    look()
    assert [name for name, _subject in told()[2:]] == ["Lisa Berg", "Karin Holm", "Per Lind"]


def test_a_ticker_that_slept_past_the_promise_says_late_and_does_not_ask(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = release(stage)
    move_clock(2 * HOUR)
    assert look() == ([broadcast.id], [broadcast.id])
    assert {subject for _name, subject in told()} == {"Vi"}


def test_two_who_press_at_once_use_it_once(stage: Stage, move_clock: Move) -> None:
    broadcast = release(stage)
    move_clock(51 * MINUTE)
    look()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: press(who, broadcast), (stage.lisa, stage.karin)))
    after = now_of(broadcast)
    assert after.still_used == 1
    assert after.promise_at == broadcast.promise_at + HOUR
    with db.unit_of_work() as session:
        tags = [entry.tag for entry in entries_of(session, stage.incident.id)]
        answer = session.scalars(select(PromiseAsk)).one()
    assert tags.count("promise:moved") == 1 and tags.count("promise:answered") == 1
    assert answer.answer == "still_valid"
    assert answer.answered_by_id in (stage.lisa.id, stage.karin.id)


def test_each_new_promise_is_asked_about_anew(stage: Stage, move_clock: Move) -> None:
    broadcast = release(stage)
    move_clock(51 * MINUTE)
    look()
    press(stage.karin, broadcast)
    assert look() == ([], [])
    move_clock(111 * MINUTE)
    assert look() == ([broadcast.id], [])


@pytest.mark.parametrize(
    ("minutes", "uses", "still_times", "sentence"),
    [
        (30, 1, 2, "för tidigt"),
        (51, 1, 0, "utan Gäller fortfarande"),
        (111, 2, 1, "så ofta det får"),
        (61, 1, 2, "har passerat"),
    ],
    ids=["early", "not approved", "used up", "passed"],
)
def test_what_was_not_approved_is_refused_with_a_sentence(
    stage: Stage, move_clock: Move, minutes: int, uses: int, still_times: int, sentence: str
) -> None:
    broadcast = release(stage, still_times=still_times)
    for use in range(1, uses):
        move_clock((60 * use - 9) * MINUTE)
        press(stage.lisa, broadcast, use)
    move_clock(minutes * MINUTE)
    before = now_of(broadcast)
    with pytest.raises(WrongState, match=sentence):
        press(stage.lisa, broadcast, uses)
    assert now_of(broadcast).promise_at == before.promise_at


def test_while_it_is_paused_or_being_corrected_or_stopped_it_is_refused(
    stage: Stage, move_clock: Move
) -> None:
    broadcast = release(stage)
    move_clock(51 * MINUTE)
    with db.unit_of_work() as session:
        control.pause(session, stage.lisa, broadcast.id, clock.now())
    with pytest.raises(WrongState, match="pausad"):
        press(stage.lisa, broadcast)
    stage.write("correction", corrects=broadcast.message_id)
    with pytest.raises(WrongState, match="rättelse pågår"):
        press(stage.lisa, broadcast)
    with db.unit_of_work() as session:
        control.stop(session, stage.lisa, broadcast.id, clock.now())
    with pytest.raises(WrongState, match="rättelse pågår"):
        press(stage.lisa, broadcast)


def test_what_no_longer_applies_is_not_said_again(stage: Stage, move_clock: Move) -> None:
    first = release(stage, "first")
    with db.unit_of_work() as session:
        session.scalars(select(Instruction)).one().ended_at = clock.now()
    move_clock(51 * MINUTE)
    with pytest.raises(WrongState, match="har ändrats"):
        press(stage.lisa, first)


def test_an_administrator_never_says_it(stage: Stage, move_clock: Move) -> None:
    broadcast = release(stage)
    move_clock(51 * MINUTE)
    with pytest.raises(NotAllowed):
        press(stage.olle, broadcast)


def test_a_rumour_keeps_no_promise_and_its_own_is_kept_by_the_next_word(
    stage: Stage, move_clock: Move
) -> None:
    running = release(stage)
    move_clock(20 * MINUTE)
    with db.unit_of_work():  # reads the moved clock
        soon = clock.now() + 20 * MINUTE
    rumour = stage.release("rumour", promise_at=soon.isoformat())
    stage.tick()
    move_clock(41 * MINUTE)
    assert look() == ([rumour.id], [rumour.id])
    move_clock(51 * MINUTE)
    assert look() == ([running.id], [])
    press(stage.lisa, running)
    with db.unit_of_work() as session:
        owed = rules.owing(queries.words(session, stage.incident.id))
    assert [word.broadcast_id for word in owed] == [running.id]


def test_in_english_too_it_says_that_nothing_is_new(stage: Stage, move_clock: Move) -> None:
    with db.unit_of_work() as session:
        for account in stage.account_ids:
            session.get_one(Account, account).languages = ["sv", "en"]
    english = {"headline": "Boil your water.", "detail": "", "body": "We have found bacteria."}
    promise = (clock.now() + HOUR).isoformat()
    version = stage.submit(
        stage.write("first", interval=600, rounds=50, promise_at=promise, still_times=1, en=english)
    )
    with db.unit_of_work() as session:
        part = session.scalars(select(VersionPart)).one()
        approve.approve_part(session, stage.karin, part.id, part.content_hash, clock.now())
    broadcast = stage.approve(version)
    stage.tick()
    move_clock(51 * MINUTE)
    press(stage.lisa, broadcast)
    move_clock(61 * MINUTE)
    stage.tick()
    with db.unit_of_work() as session:
        texts = session.scalars(
            select(Delivery.content).where(Delivery.language == "en").order_by(Delivery.id.desc())
        ).first()
    assert texts is not None and texts.startswith("EXERCISE. Boil your water.")
    assert "Nothing new since" in texts and "This still applies." in texts
    assert "bacteria" not in texts and "Next update" in texts


@config(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    interval=st.integers(60, 5400),
    ahead=st.integers(120, 5 * 3600),
    moves=st.lists(
        st.tuples(st.integers(1, 5400), st.booleans(), st.booleans()), min_size=3, max_size=8
    ),
)
def test_whenever_it_is_answered_rounds_stay_evenly_spaced_and_within_the_promise(
    stage: Stage, interval: int, ahead: int, moves: list[tuple[int, bool, bool]]
) -> None:
    """Over interval, promise and the times when the ticker looks and somebody presses."""
    broadcast = release(
        stage, interval=interval, ahead=timedelta(seconds=ahead), still_times=3, rounds=9999
    )
    now = broadcast.anchor
    for seconds, awake, presses in moves:
        now += timedelta(seconds=seconds)
        with db.unit_of_work() as session:
            if awake:
                rounds.write_due(session, broadcast.id, now)
                rounds.stale(session, now)
        if presses:
            used = now_of(broadcast).still_used
            try:
                with db.unit_of_work() as session:
                    promises.still_valid(session, stage.karin, broadcast.id, used + 1, now)
            except WrongState:
                assert now_of(broadcast).still_used == used
        _holds(broadcast, interval, now, awake=awake)


def _holds(broadcast: Broadcast, interval: int, now, *, awake: bool) -> None:
    with db.unit_of_work() as session:
        row = session.get_one(Broadcast, broadcast.id)
        written = list(
            session.scalars(select(Round).where(Round.broadcast_id == row.id).order_by(Round.n))
        )
    step = timedelta(seconds=row.still_seconds or 0)
    assert row.promise_at == broadcast.promise_at + row.still_used * step
    assert row.still_used <= row.still_times == 3
    assert [one.n for one in written] == list(range(1, row.next_n)), "none skipped, none twice"
    for one in written:
        assert one.due_at == row.anchor + timedelta(seconds=interval) * (one.n - 1)
        assert one.due_at < row.promise_at, "nothing goes out past what was promised"
    if awake:
        assert (row.state == "stale") == (now >= row.promise_at)
    if row.state == "running":
        at = schedule.planned(row.anchor, interval, row.next_n, None, row.promise_at)
        assert row.next_due == at
