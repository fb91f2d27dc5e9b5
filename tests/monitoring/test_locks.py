"""Posts around the lock: what the console hasn't sent raises an alarm, what it has never does."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import clock, db
from console.config import Settings
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident, Lock
from console.messages.models import Delivery, Message, Removal, RemovalPost
from console.messages.operations import drafts, fault
from console.monitoring import lock_operations, lock_queries, lock_rules
from console.monitoring.lock_models import LockAlarm
from console.people.models import Person
from tests.monitoring import walls
from tests.monitoring.walls import Wall, alarms, look
from tests.stage import Stage
from tests.workers.test_fanout import released

Move = Callable[[timedelta], None]
OTHER = "Fritidsgården har öppet som vanligt i kväll. Kom och spela pingis med oss!"
SECRET = {"token": "hemlig"}
ACCOUNT = {"server": "https://mastodon.example", "account": "konto{place}"}


def staged(database: Settings, accounts: int) -> Stage:
    return Stage(
        database, accounts=accounts, exercise=False, kind="mastodon", secret=SECRET,
        account_settings=ACCOUNT, platforms=("mastodon", "bluesky", "wordpress"),
    )  # fmt: skip


@pytest.fixture
def stage(database: Settings) -> Stage:
    return staged(database, 3)


@pytest.fixture
def wall(stage: Stage) -> Wall:
    return walls.walls(stage)[0]


def sent(stage: Stage, wall: Wall) -> tuple[Delivery, walls.Shown]:
    """A post of the console's on the wall, that the feed has shown and the console knows."""
    released(stage)
    row = next(one for one in walls.queued() if one.account_id == wall.account_id)
    walls.begin(row)
    shown = wall.publish(row.content, row.title)
    walls.settle(row, wall, shown)
    wall.read()
    assert look() == 0
    return row, shown


def say(person: Person, alarm: LockAlarm, outcome: str) -> LockAlarm:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        return lock_operations.answer(
            session, actor, alarm.id, alarm.incident_id, outcome, clock.now()
        )


def test_a_post_that_the_console_has_not_sent_is_an_alarm_at_the_first_look(
    stage: Stage, wall: Wall
) -> None:
    sent(stage, wall)
    wall.publish(OTHER)
    wall.read()
    assert look() == 1
    (alarm,) = alarms()
    assert (alarm.kind, alarm.state, alarm.sure) == ("around", "asked", True)
    assert alarm.item.content == OTHER and alarm.account_id == wall.account_id
    assert look() == 0, "one alarm for each post"


def test_the_administrators_and_the_unit_are_told_once_and_not_what_the_post_says(
    stage: Stage, wall: Wall
) -> None:
    wall.publish(OTHER)
    wall.read()
    look()
    look()
    (alarm,) = alarms()
    notices = walls.told(alarm)
    assert [one.person_id for one in notices] == [stage.olle.id, stage.lisa.id]
    assert {one.path for one in notices} == {f"/incidents/{stage.incident.slug}/alarms/{alarm.id}"}
    assert all("vårt" in one.subject and "pingis" not in one.content for one in notices)
    (entry,) = walls.logged("lock:alarm:raised")
    assert entry.incident_id == stage.incident.id and "pingis" not in walls.facts(entry)


def test_who_stands_in_today_is_told_of_a_post_around_the_lock_and_answers(
    stage: Stage, wall: Wall
) -> None:
    maja = stage.stand_in()
    wall.publish(OTHER)
    wall.read()
    look()
    (alarm,) = alarms()
    told = {one.person_id for one in walls.told(alarm)}
    assert told == {stage.olle.id, maja.id, stage.lisa.id}
    with db.unit_of_work() as session:
        (row,) = lock_queries.open_ones(session, stage.incident.id, clock.now())
        assert row.administrators == "Maja Strand, Olle Ek"
    assert say(maja, alarm, "around").state == "around"


def test_what_was_published_before_the_lock_or_after_it_is_nobodys_business(
    stage: Stage, wall: Wall
) -> None:
    wall.publish(OTHER, at=clock.now() - timedelta(minutes=10))
    with db.unit_of_work() as session:
        query = select(Lock).where(Lock.account_id == wall.account_id)
        lock = session.scalars(query).one()
        lock.released_at = clock.now()
    wall.publish("Efter låset: " + OTHER, at=clock.now() + timedelta(seconds=2))
    wall.read()
    assert look() == 0 and not alarms()


def test_a_post_published_under_a_lock_that_is_released_since_is_still_an_alarm(
    stage: Stage, wall: Wall
) -> None:
    with db.unit_of_work() as session:
        lock = session.scalars(select(Lock).where(Lock.account_id == wall.account_id)).one()
        lock.since = clock.now() - timedelta(minutes=9)
        lock.released_at = clock.now() - timedelta(minutes=1)
    wall.publish(OTHER, at=clock.now() - timedelta(minutes=5))
    wall.read()
    assert look() == 1


def test_a_post_of_the_second_in_which_another_event_takes_over_the_lock_is_one_alarm(
    stage: Stage, wall: Wall
) -> None:
    moved = clock.now().replace(microsecond=500_000) - timedelta(seconds=5)
    with db.unit_of_work() as session:
        lock = session.scalars(select(Lock).where(Lock.account_id == wall.account_id)).one()
        lock.since, lock.released_at = moved - timedelta(minutes=9), moved
        other = Incident(
            slug="annan", name="Annan", stage="staff", stage_since=moved, reason="",
            exercise=False, state="open", opened_at=moved, opened_by_id=stage.lisa.id,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.add(
            Lock(account_id=wall.account_id, incident_id=other.id, exercise=False, since=moved)
        )
        taken_over = other.id
    wall.publish(OTHER, at=moved)
    wall.read()
    assert look() == 1 and look() == 0
    assert [one.incident_id for one in alarms()] == [taken_over]


def test_an_exercises_lock_raises_nothing(database: Settings) -> None:
    stage = Stage(database, accounts=1)
    (wall,) = walls.walls(stage)
    wall.publish(OTHER)
    wall.read()
    assert look() == 0


def test_a_post_whose_receipt_has_not_come_is_known_by_its_words(stage: Stage, wall: Wall) -> None:
    released(stage)
    for row in walls.queued():
        walls.begin(row)
    (row,) = [one for one in walls.queued() if one.account_id == wall.account_id]
    wall.publish(row.content, row.title)
    wall.read()
    assert look() == 0
    assert walls.items(wall)[0].delivery_id == row.id


def test_what_may_be_an_unconfirmed_post_is_waited_for_and_then_a_person_is_asked(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    released(stage)
    (row,) = [one for one in walls.queued() if one.account_id == wall.account_id]
    walls.begin(row)
    walls.lose(row)
    wall.publish(f"{row.marker} Tanken vid torget")
    wall.read()
    assert look() == 0 and not alarms()
    move_clock(lock_rules.GRACE + timedelta(seconds=1))
    assert look() == 1
    (alarm,) = alarms()
    assert (alarm.sure, alarm.state) == (False, "asked")


def test_what_was_asked_about_and_is_found_to_be_ours_needs_no_answer(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    released(stage)
    (row,) = [one for one in walls.queued() if one.account_id == wall.account_id]
    walls.begin(row)
    walls.lose(row)
    shown = wall.publish(f"{row.marker} Tanken vid torget")
    wall.read()
    move_clock(lock_rules.GRACE + timedelta(seconds=1))
    assert look() == 1
    walls.settle(row, wall, shown)
    assert look() == 0
    (alarm,) = alarms()
    assert (alarm.state, alarm.outcome, alarm.settled_by_id) == ("settled", "ours", None)
    assert walls.items(wall)[0].delivery_id == row.id


def test_whoever_publishes_by_hand_in_words_of_their_own_is_not_accused(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    released(stage)
    (row,) = [one for one in walls.queued() if one.account_id == wall.account_id]
    walls.hand_over(row)
    shown = wall.publish("Vattentank på torget! Läs mer på kommunens sida.")
    wall.read()
    assert look() == 0
    move_clock(timedelta(minutes=2))
    walls.confirm(row, wall.link(shown))
    assert look() == 0
    move_clock(timedelta(minutes=9))
    assert look() == 0 and not alarms()


def test_a_copy_of_our_post_is_asked_about_and_the_post_itself_is_not(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    row, _shown = sent(stage, wall)
    wall.publish(row.content, row.title)
    wall.read()
    assert look() == 0
    move_clock(lock_rules.GRACE + timedelta(seconds=1))
    assert look() == 1
    (alarm,) = alarms()
    assert not alarm.sure and alarm.item_id == walls.items(wall)[1].id


def test_an_ordinary_post_of_the_consoles_that_lands_after_the_lock_is_known(
    stage: Stage, wall: Wall
) -> None:
    """It was on its way when the account was locked."""
    row, _shown = sent(stage, wall)
    with db.unit_of_work() as session:
        again = Lock(
            account_id=stage.account_ids[0], incident_id=stage.incident.id, exercise=False,
            since=clock.now(), released_at=clock.now(),
        )  # fmt: skip
        session.add(again)
    assert row.account_id == wall.account_id and look() == 0


# The console's own posts


def test_a_post_of_ours_that_is_changed_on_the_platform_is_an_alarm(
    stage: Stage, wall: Wall
) -> None:
    row, shown = sent(stage, wall)
    shown.text = row.content.replace("Oleby berörs inte.", "Oleby berörs.")
    assert shown.text != row.content
    wall.read()
    assert look() == 1
    (alarm,) = alarms()
    assert (alarm.kind, alarm.sure, alarm.item.delivery_id) == ("changed", True, row.id)
    shown.text = row.content
    wall.read()
    assert look() == 0
    assert [(one.state, one.outcome) for one in alarms()] == [("settled", "back")]


def test_a_change_that_was_allowed_is_asked_about_once_and_the_next_anew(
    stage: Stage, wall: Wall
) -> None:
    row, shown = sent(stage, wall)
    shown.text = row.content + " Tillagt."
    wall.read()
    look()
    say(stage.lisa, alarms()[0], "allowed")
    wall.read()
    assert look() == 0
    shown.text = row.content + " Tillagt igen."
    wall.read()
    assert look() == 1


def test_a_post_of_ours_that_is_gone_is_an_alarm_when_the_feed_says_so_for_long_enough(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    wall.publish("Sommarbilder från parken", at=clock.now() - timedelta(days=2))
    _row, shown = sent(stage, wall)
    shown.there = False
    wall.read()
    assert look() == 0, "an old answer may have come between"
    move_clock(timedelta(minutes=6))
    assert look() == 0, "nobody has looked again"
    wall.read()
    assert look() == 1
    assert [(one.kind, one.sure) for one in alarms()] == [("gone", True)]
    assert look() == 0
    shown.there = True
    wall.read()
    assert look() == 0
    assert [(one.state, one.outcome) for one in alarms()] == [("settled", "back")]


def test_a_post_that_is_gone_again_before_anybody_looked_is_still_one_alarm(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    """The ticker stood still while it came back."""
    _row, shown = sent(stage, wall)
    wall.publish("Äldre.", at=clock.now() - timedelta(days=1))
    passed = timedelta(0)

    def read(*, there: bool) -> None:
        nonlocal passed
        shown.there = there
        for _reading in range(2):
            wall.read()
            passed += timedelta(minutes=6)
            move_clock(passed)

    read(there=False)
    wall.read()
    assert look() == 1
    read(there=True)
    read(there=False)
    wall.read()
    assert look() == 0 and len(alarms()) == 1


def test_a_post_that_the_feed_no_longer_reaches_back_to_is_not_called_gone(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    sent(stage, wall)
    for _each in range(walls.SHOWN):
        wall.publish(OTHER, at=clock.now() + timedelta(seconds=1))
    wall.read()
    move_clock(timedelta(minutes=6))
    wall.read()
    look()
    assert "gone" not in {one.kind for one in alarms()}


def test_an_empty_answer_says_nothing_of_what_is_gone(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    _row, shown = sent(stage, wall)
    shown.there = False
    wall.read()
    move_clock(timedelta(minutes=6))
    wall.read()
    assert look() == 0


def test_what_the_console_was_asked_to_remove_is_gone_without_an_alarm(
    stage: Stage, wall: Wall, move_clock: Move
) -> None:
    wall.publish("Sommarbilder från parken", at=clock.now() - timedelta(days=2))
    row, shown = sent(stage, wall)
    with db.unit_of_work() as session:
        now = clock.now()
        removal = Removal(
            incident_id=row.incident_id, message_id=row.message_id, whole=False,
            ground="secrecy", reason="Sekretess", state="agreed", asked_at=now,
            asked_by_id=stage.lisa.id,
        )  # fmt: skip
        session.add(removal)
        session.flush()
        session.add(RemovalPost(
            removal_id=removal.id, delivery_id=row.id, state="gone", evidence="", captured_at=now,
        ))  # fmt: skip
    shown.there = False
    wall.read()
    move_clock(timedelta(minutes=6))
    wall.read()
    assert look() == 0


# What people say


def test_a_post_around_the_lock_stands_until_somebody_says_that_it_is_removed(
    stage: Stage, wall: Wall
) -> None:
    wall.publish(OTHER)
    wall.read()
    look()
    (alarm,) = alarms()
    assert say(stage.olle, alarm, "around").state == "around"
    assert look() == 0
    with pytest.raises(NotAllowed):
        say(stage.olle, alarm, "allowed")
    done = say(stage.olle, alarm, "removed")
    assert (done.state, done.outcome, done.settled_by_id) == ("settled", "removed", stage.olle.id)
    assert say(stage.olle, alarm, "removed").settled_at == done.settled_at
    with pytest.raises(WrongState):
        say(stage.lisa, alarm, "ours")
    assert [one.person_id for one in walls.logged("lock:alarm:answered")] == [stage.olle.id] * 2


def test_only_the_unit_lets_a_post_stand_and_what_is_ours_is_not_asked_about_again(
    stage: Stage, wall: Wall
) -> None:
    for text in (OTHER, "Nytt i biblioteket: sagostund för alla barn på lördag."):
        wall.publish(text)
    wall.read()
    assert look() == 2
    first, second = alarms()
    say(stage.lisa, first, "around")
    assert say(stage.lisa, first, "allowed").outcome == "allowed"
    assert say(stage.olle, second, "ours").outcome == "ours"
    assert look() == 0


def test_bad_answers_change_nothing(stage: Stage, wall: Wall) -> None:
    wall.publish(OTHER)
    wall.read()
    look()
    (alarm,) = alarms()
    with pytest.raises(BadInput):
        say(stage.lisa, alarm, "hittepå")
    with pytest.raises(WrongState):
        say(stage.lisa, alarm, "removed")
    with pytest.raises(NotAllowed):
        say(stage.karin, alarm, "ours")
    with db.unit_of_work() as session:
        stranger = Person(name="Maja", email="maja@torsby.example", created_at=clock.now())
        session.add(stranger)
    with pytest.raises(NotAllowed):
        say(stranger, alarm, "ours")
    alarm.incident_id += 9
    with pytest.raises(NotFound):
        say(stage.lisa, alarm, "ours")
    alarm.incident_id -= 9
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).state = "closed"
    with pytest.raises(WrongState):
        say(stage.lisa, alarm, "ours")
    assert alarms()[0].state == "asked"


# A thousand of our own

ROUNDS, ACCOUNTS = 25, 40
FATES = ("sent", "late", "lost", "by_hand", "by_hand_link", "own_words")


def test_a_thousand_posts_edits_and_repeats_of_ours_raise_no_alarm(
    database: Settings, move_clock: Move
) -> None:
    """Sent, seen before their receipts, lost and found, made by hand, corrected: and one that
    isn't ours, in the middle of them all, is the only alarm."""
    stage, dice = staged(database, ACCOUNTS), random.Random(5)
    by_account = {one.account_id: one for one in walls.walls(stage)}
    stage.release("update", interval=60, rounds=ROUNDS + 1)
    raised, made = 0, 0
    root: dict[int, walls.Shown] = {}
    ahead = timedelta()
    for n in range(ROUNDS):
        while not stage.tick():
            ahead += timedelta(seconds=20)
            move_clock(ahead)
        waiting: list[tuple[str, Delivery, Wall, walls.Shown]] = []
        rows = walls.queued()
        with walls.together():
            for row in rows:
                wall, fate = by_account[row.account_id], dice.choice(FATES)
                begins = fate in ("sent", "late", "lost")
                walls.begin(row) if begins else walls.hand_over(row)
                text = row.content if fate != "own_words" else f"Ny tank vid torget, {n}."
                shown = root[row.id] = wall.publish(text, row.title)
                made += 1
                if fate == "sent":
                    walls.settle(row, wall, shown)
                elif fate == "lost":
                    walls.lose(row)
                waiting.append((fate, row, wall, shown))
        walls.read_all(by_account.values())
        raised += look()
        with walls.together():
            for fate, row, wall, shown in waiting:
                if fate in ("late", "lost"):
                    walls.settle(row, wall, shown)
                elif fate != "sent":
                    walls.confirm(row, "" if fate == "by_hand" else wall.link(shown))
        raised += look()
    edited = corrected(stage, by_account, root)
    for _each in range(2):
        walls.read_all(by_account.values())
        raised += look()
        ahead += timedelta(minutes=10)
        move_clock(ahead)
    assert made == ROUNDS * ACCOUNTS and edited >= ACCOUNTS
    assert (raised, list(alarms())) == (0, [])
    known = [one for wall in by_account.values() for one in walls.items(wall)]
    assert len(known) >= made and all(one.delivery_id is not None for one in known)
    odd = next(iter(by_account.values()))
    odd.publish(OTHER)
    odd.read()
    assert look() == 1


def corrected(stage: Stage, by_account: dict[int, Wall], root: dict[int, walls.Shown]) -> int:
    """Correct what is out: every edit that the console asks for is made on its wall. Returns how
    many."""
    with db.unit_of_work() as session:
        wrong = session.scalars(select(Message.id).order_by(Message.id)).first()
        assert wrong is not None
        event = session.get_one(Incident, stage.incident.id)
        mark = fault.press(
            session, stage.karin, event, wrong, "Oleby berörs inte.", clock.now(), mail=False
        )
        draft_id = mark.correction_id
    with db.unit_of_work() as session:
        draft = session.get_one(Message, draft_id)
        fields = draft.fields | {"right": "Även Oleby ska koka."}
        message = drafts.save(session, stage.lisa, draft.id, fields, draft.revision, clock.now())
    stage.approve(stage.submit(message))
    stage.tick()
    made = 0
    for row in walls.queued("edit"):
        assert row.edits_id is not None
        if row.edits_id in root:
            root[row.edits_id].text = row.content
            made += 1
        walls.begin(row)
        with walls.delivery(row.id) as one:
            one.state, one.settled_at = "sent", clock.now()
    for row in walls.queued("post"):
        walls.begin(row)
        wall = by_account[row.account_id]
        walls.settle(row, wall, wall.publish(row.content, row.title))
    return made
