"""An ordinary post from draft to outcome: whose it is, what it asks, what releases it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from console import clock, db
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account
from console.errors import Faults, NotAllowed, NotFound, Stale, WrongState
from console.messages.models import Broadcast, Delivery, Message, Round, Version
from console.messages.operations import approve, drafts, rounds, settling
from console.posts import queries
from console.posts.operations import releasing, sending, writing
from console.review import finding_queries
from console.review.finding_queries import Sieve
from console.timeline.models import Entry
from tests.posts.desk import PAGE, TEXT, Desk, abandon

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def desk(database):
    return Desk(database)


def faults(desk, message_id, **said):
    with pytest.raises(Faults) as refused:
        desk.press(message_id, **said)
    return refused.value.faults


def nothing_left(message_id):
    with db.unit_of_work() as session:
        assert session.scalars(select(Broadcast)).all() == []
        assert session.get_one(Message, message_id).state == "draft"


def test_a_post_goes_out_once_per_account_and_becomes_a_public_record_4_5_a(desk):
    """4.5-a, 7-a"""
    message_id = desk.release(desk.library, desk.blog)
    assert desk.tick() == 1
    assert len(desk.send(message_id)) == 2
    assert {state for state, _reason in desk.rows(message_id).values()} == {"sent"}
    assert desk.send(message_id) == set()
    assert desk.tick() == 0
    with db.unit_of_work() as session:
        message = session.get_one(Message, message_id)
        assert message.record == f"{clock.now().year}:1"
        rows = queries.deliveries_of(session, message_id)
        assert {one.content for one in rows} == {f"{TEXT}\n\n{PAGE}"}
        assert {one.incident_id for one in rows} == {None}


def test_the_press_confirms_the_values_of_the_house_and_stands_in_the_log_1_1_a(desk):
    """1.1-a"""
    message_id = desk.draft()
    assert "confirmed" in faults(desk, message_id, confirmed=False)
    nothing_left(message_id)
    desk.press(message_id)
    with db.unit_of_work() as session:
        assert session.scalar(select(Entry.tag).where(Entry.tag == "post:released"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ring Anna, 811218-9876, om frågan.", "identity"),
        ("Ärendet har dnr KS 2026/123 hos oss.", "case"),
        ("Läraren är sjukskriven till mars.", "health"),
        ("Lösenord: hemligt123", "secret"),
    ],
)
def test_what_may_be_confidential_is_warned_of_before_release_4_5_c(desk, text, kind):
    """4.5-c"""
    message_id = desk.draft(text=text)
    with db.unit_of_work() as session:
        message = session.get_one(Message, message_id)
        plan = releasing.prepare(session, desk.stina, message, clock.now())
    assert [one.kind for one in plan.warnings] == [kind]
    assert "warned" in faults(desk, message_id)
    nothing_left(message_id)
    desk.press(message_id, warned=True)


def test_what_residents_need_to_know_stands_on_the_official_website_2_3_a(desk):
    """2.3-a: the page's address is asked for, and must be the municipality's own."""
    assert "page" in faults(desk, desk.draft(page=""))
    assert "page" in faults(desk, desk.draft(page="https://elsewhere.example/a"))
    assert "page" in faults(desk, desk.draft(page="sagostund"))
    greeting = desk.release(text="Trevlig helg!", page="", no_page=True)
    desk.tick()
    with db.unit_of_work() as session:
        assert queries.deliveries_of(session, greeting)[0].content == "Trevlig helg!"


def test_nobody_writes_on_somebody_elses_account(desk):
    """7-a"""
    with pytest.raises(NotAllowed):
        desk.draft(desk.other)
    message_id = desk.draft()
    for stranger in (desk.kerstin, desk.lisa):
        with pytest.raises((NotFound, NotAllowed)):
            desk.press(message_id, stranger)
    nothing_left(message_id)


def test_an_account_out_of_use_or_out_of_hand_carries_nothing(desk):
    message_id = desk.draft()
    with db.unit_of_work() as session:
        session.get_one(Account, desk.library).state = "paused"
    assert "accounts" in faults(desk, message_id)
    with db.unit_of_work() as session:
        session.get_one(Account, desk.library).state = "active"
        session.get_one(Account, desk.library).administrators.clear()
    assert "accounts" in faults(desk, message_id)
    nothing_left(message_id)


def test_an_account_paused_after_the_press_is_not_posted_to(desk):
    message_id = desk.release(desk.library, desk.blog)
    with db.unit_of_work() as session:
        session.get_one(Account, desk.library).state = "paused"
    desk.tick()
    desk.send(message_id)
    assert desk.rows(message_id)[desk.library] == ("refused", "not_ours")
    assert desk.rows(message_id)[desk.blog][0] == "sent"


def test_without_live_use_nothing_goes_out_and_the_draft_stands(database):
    desk = Desk(database, live=False)
    message_id = desk.draft()
    with pytest.raises(WrongState, match="Skarp drift"):
        desk.press(message_id)
    nothing_left(message_id)


def test_another_text_than_the_one_that_was_seen_is_not_released(desk):
    message_id = desk.draft()
    with pytest.raises(Stale):
        desk.press(message_id, seen_hash="0" * 64)
    nothing_left(message_id)


def test_bytes_changed_behind_the_press_are_never_sent(desk):
    message_id = desk.release()
    with db.unit_of_work() as session:
        version = session.scalars(select(Version)).one()
        session.execute(
            update(Version).values(canonical=version.canonical.replace("Sagostund", "Konsert"))
        )
    assert desk.tick() == 0
    assert desk.state(message_id) == "held"
    with db.unit_of_work() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_post_waits_for_its_time_and_is_changed_until_then(desk):
    at = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    year = clock.now().year + 1
    message_id = desk.release(clock="09.00", day=f"{year}-12-01")
    assert desk.tick() == 0
    with db.unit_of_work() as session:
        assert session.scalars(select(Broadcast)).one().anchor == at.replace(year=year)
        releasing.take_back(session, desk.stina, message_id, clock.now())
    with db.unit_of_work() as session:
        message = session.get_one(Message, message_id)
        fields = {**message.fields, "text": "Sagostunden är inställd.", "clock": "", "day": ""}
        writing.save(
            session, desk.stina, message_id, fields, [desk.library], message.revision, clock.now()
        )
    desk.press(message_id)
    assert desk.tick(at.replace(year=year)) == 0  # too late for the second release by then
    with db.unit_of_work() as session:
        states = [one.state for one in session.scalars(select(Broadcast).order_by(Broadcast.id))]
    assert states == ["void", "void"]


@pytest.mark.parametrize(
    ("day", "at"),
    [("2020-01-01", "09.00"), ("2027-03-28", "02.30"), ("2027-10-31", "02.30"), ("", "kvart")],
)
def test_a_time_that_has_been_is_skipped_or_comes_twice_is_refused(desk, day, at):
    message_id = desk.draft(clock=at, day=day)
    assert "clock" in faults(desk, message_id)
    nothing_left(message_id)


def test_a_post_that_has_begun_is_neither_taken_back_nor_thrown_away(desk):
    message_id = desk.release()
    desk.tick()
    for verb in (releasing.take_back, writing.throw_away):
        with pytest.raises(WrongState), db.unit_of_work() as session:
            verb(session, desk.stina, message_id, clock.now())
    with pytest.raises(WrongState):
        desk.press(message_id)


def test_a_post_thrown_away_in_time_never_goes_out(desk):
    message_id = desk.release()
    with db.unit_of_work() as session:
        writing.throw_away(session, desk.stina, message_id, clock.now())
    assert desk.tick() == 0
    assert desk.state(message_id) == "withdrawn"


def test_a_post_that_nothing_was_there_to_send_in_time_is_never_sent_late(desk):
    message_id = desk.release()
    assert desk.tick(clock.now() + timedelta(minutes=11)) == 0
    assert desk.state(message_id) == "held"
    with db.unit_of_work() as session:
        assert session.scalars(select(Round)).all() == []


def test_two_ticks_at_once_write_one_round(desk):
    desk.release()
    with db.unit_of_work() as session:
        broadcast = session.scalars(select(Broadcast)).one()
    with db.unit_of_work() as one, db.unit_of_work() as other:
        first = sending.write_due(one, broadcast.id, clock.now())
        assert sending.write_due(other, broadcast.id, clock.now()) is None
    assert first is not None
    with db.unit_of_work() as session:
        assert len(session.scalars(select(Round)).all()) == 1


def test_a_text_too_long_for_a_platform_is_refused_with_the_excess(desk):
    fault = faults(desk, desk.draft(desk.blog, text="a " * 300))["text"]
    assert "tecken för mycket" in fault


def test_a_lost_answer_is_for_a_person_and_never_sent_again(desk):
    """A worker that died between start and outcome; the administrator says what became of it."""
    message_id = desk.release()
    desk.tick()
    token, rows = desk.claim(message_id)
    assert len(desk.start(token, rows)) == 1
    abandon()
    assert desk.rows(message_id)[desk.library] == ("unknown", "abandoned")
    assert desk.claim(message_id)[1] == []
    with pytest.raises(NotAllowed), db.unit_of_work() as session:
        settling.resolve_unknown(session, desk.kerstin, rows[0].id, True, "", clock.now())
    with db.unit_of_work() as session:
        settling.resolve_unknown(session, desk.stina, rows[0].id, False, "", clock.now())
    with pytest.raises((WrongState, NotFound, NotAllowed)), db.unit_of_work() as session:
        settling.send_again(session, desk.lisa, rows[0].id, clock.now())
    with db.unit_of_work() as session:
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert (draft.id, draft.state) != (message_id, "draft")
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]


def test_a_worker_killed_between_claim_and_start_costs_nothing(desk):
    message_id = desk.release()
    desk.tick()
    desk.claim(message_id)
    abandon()
    assert desk.rows(message_id)[desk.library][0] == "queued"
    assert len(desk.send(message_id)) == 1


def test_a_post_that_an_account_refused_is_not_missed_by_its_author(desk):
    """Refused or too late, the author is written to and asked, once."""
    message_id = desk.release(desk.library, desk.blog)
    desk.tick()
    desk.send(message_id, "refused")
    desk.chores()
    desk.chores()
    with db.unit_of_work() as session:
        holds = queries.open_holds(session, message_id)
        assert [one.reason for one in holds] == ["refused", "refused"]
        assert len(session.scalars(select(AccountNotice)).all()) == 1
    with db.unit_of_work() as session:
        writing.throw_away(session, desk.stina, message_id, clock.now())
    desk.chores()
    with db.unit_of_work() as session:
        assert queries.open_holds(session, message_id) == []


def test_an_account_done_by_hand_gives_its_author_a_task(desk):
    message_id = desk.release(desk.by_hand)
    desk.tick()
    assert desk.rows(message_id)[desk.by_hand][0] == "by_hand"
    desk.chores()
    with db.unit_of_work() as session:
        notices = session.scalars(select(AccountNotice)).all()
        assert [(one.person_id, one.path) for one in notices] == [
            (desk.stina.id, f"/posts/{message_id}")
        ]
        row = queries.deliveries_of(session, message_id)[0]
    with db.unit_of_work() as session:
        settling.confirm_by_hand(session, desk.stina, row.id, "", clock.now())
    assert desk.rows(message_id)[desk.by_hand][0] == "confirmed"


def test_a_task_by_hand_that_is_not_to_be_done_is_dropped(desk):
    message_id = desk.release(desk.by_hand)
    desk.tick()
    with db.unit_of_work() as session:
        row = queries.deliveries_of(session, message_id)[0]
    with pytest.raises(NotFound), db.unit_of_work() as session:
        sending.drop_task(session, desk.kerstin, row.id, clock.now())
    with db.unit_of_work() as session:
        sending.drop_task(session, desk.stina, row.id, clock.now())
    assert desk.rows(message_id)[desk.by_hand] == ("stopped", "thrown")


def test_a_crisis_roles_verbs_refuse_an_ordinary_post(desk):
    """What is done in an event is never done to a post, whatever its number is given to."""
    message_id = desk.draft()
    with pytest.raises(NotFound), db.unit_of_work() as session:
        drafts.save(session, desk.lisa, message_id, {"text": "Annat"}, 1, clock.now())
    desk.press(message_id)
    with db.unit_of_work() as session:
        version = session.scalars(select(Version)).one()
        assert rounds.due_broadcasts(session, clock.now()) == []
    with pytest.raises((WrongState, NotAllowed)), db.unit_of_work() as session:
        approve.approve(session, desk.lisa, version.id, version.content_hash, clock.now())


def test_what_has_no_event_can_only_be_an_ordinary_post(desk):
    """The tables hold it, whoever writes to them."""
    desk.release()
    desk.tick()
    for change in (
        update(Message).values(type="first"),
        update(Broadcast).values(repeating=True),
        update(Broadcast).values(exercise=True),
        update(Round).values(grace_at=clock.now()),
        update(Delivery).values(leading=True),
        update(Delivery).values(exercise=True),
        update(Delivery).values(kind="pretend"),
    ):
        with pytest.raises(IntegrityError), db.unit_of_work() as session:
            session.execute(change)


def test_a_post_is_found_by_its_words_once_it_is_out_4_5_b(desk):
    """4.5-b"""
    message_id = desk.release(desk.library, desk.blog)
    with db.unit_of_work() as session:
        assert finding_queries.page_of(session, Sieve()).rows == []
    assert desk.tick() == 1
    word = TEXT.split()[-1].strip(".")
    with db.unit_of_work() as session:
        (hit,) = finding_queries.page_of(session, Sieve(words=word, event="posts")).rows
    assert hit.message.id == message_id and hit.text == f"{TEXT}\n\n{PAGE}"
    assert len(hit.accounts) == 2


def test_a_post_taken_up_anew_and_then_refused_asks_its_author_again(desk):
    """Held before it began, released once more, and refused: it must not go missing unseen."""
    incident = desk.open()
    message_id = desk.release()
    assert desk.state(message_id) == "held"
    desk.unlock(incident, desk.library)
    with db.unit_of_work() as session:
        writing.anew(session, desk.stina, message_id, clock.now())
    desk.press(message_id)
    desk.tick()
    desk.send(message_id, "refused")
    desk.chores()
    with db.unit_of_work() as session:
        assert [one.reason for one in queries.open_holds(session, message_id)] == ["refused"]
    desk.chores()
    with db.unit_of_work() as session:
        assert len(queries.open_holds(session, message_id)) == 1
        draft = writing.anew(session, desk.stina, message_id, clock.now())
        assert [one.id for one in queries.accounts_of(session, draft.id)] == [desk.library]
