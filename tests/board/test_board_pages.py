"""The live board: what it says first, and that it is read and rendered sparingly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from console import clock, db, live, phrases
from console.accounts.models import Account
from console.board import views
from console.config import Settings
from console.incidents.models import Incident
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import control
from console.people.models import Person
from console.web import logins
from console.web.hints import listener
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture(autouse=True)
def _logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's check stays out of what is counted, however slow the machine."""
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 60)


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(stage: Stage, client_for: ClientFor) -> FlaskClient:
    return client_for(stage.lisa)


@pytest.fixture
def url(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/"


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield sent
    event.remove(db.engine(), "before_cursor_execute", note)


def _set(state: str, **values: object) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state=state, settled_at=clock.now(), **values))


def test_the_board_shows_what_applies_who_has_it_and_what_is_promised(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    _set("sent")
    page = lisa.get(url).text
    for said in (
        "Koka ditt kranvatten om du bor i Torsby tätort.",
        "3 av 3 skickade",
        "Nytt besked utlovat",
        "uppdatering 2",
        "Upprepas var 30:e minut",
        "senast",
        "Inte läst: Olle Ek.",
        "Uppdatering 1 går ut.",
    ):
        assert said in page, said


def test_faults_stand_first_each_beside_the_verb_that_mends_it(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
        for row, state in zip(rows, ("by_hand", "unknown", "refused"), strict=True):
            row.state, row.settled_at, row.reason = state, clock.now(), "Nyckeln gick ut."
    work = lisa.get(url).text.split('class="board-middle"')[0]
    refused, unknown, hand = (
        work.index(word) for word in ("Nyckeln gick ut.", "Är inlägget ute?", "Gör för hand")
    )
    assert refused < unknown < hand


def test_a_waiting_text_shows_the_approver_the_way_to_it(
    url: str, stage: Stage, client_for: ClientFor
) -> None:
    version = stage.submit(stage.write("first"))
    page = client_for(stage.karin).get(url).text
    assert f"approve/{version.id}" in page and "Läs och godkänn" in page
    assert f"approve/{version.id}" not in client_for(stage.olle).get(url).text


def test_a_round_that_does_not_go_out_is_shown_as_overdue(
    lisa: FlaskClient, url: str, stage: Stage, move_clock: Callable[[timedelta], None]
) -> None:
    """Lesson 7: the ticker is dead."""
    stage.release("first")
    move_clock(timedelta(minutes=1))
    assert "har inte gått ut" in lisa.get(url).text


@pytest.mark.parametrize(
    ("state", "after", "shown"),
    [("queued", 50, False), ("queued", 75, True), ("claimed", 75, True), ("sent", 75, False)],
)
def test_posts_that_lie_in_the_queue_are_shown_as_overdue(
    lisa: FlaskClient,
    url: str,
    stage: Stage,
    move_clock: Callable[[timedelta], None],
    state: str,
    after: int,
    shown: bool,
) -> None:
    """Lesson 7: the ticker writes rounds and lets them go, and no worker sends."""
    stage.release("first")
    stage.tick()
    _set(state)
    move_clock(timedelta(seconds=after))
    page = lisa.get(url).text
    assert ("3 inlägg har inte gått ut än" in page) is shown
    assert ("Ring den som sköter driften" in page) is shown


def test_a_text_gone_stale_leaves_a_late_promise_until_a_new_one_is_out(
    url: str, stage: Stage, client_for: ClientFor, move_clock: Callable[[timedelta], None]
) -> None:
    stage.release("first")
    stage.tick()
    move_clock(timedelta(hours=5))
    stage.tick()
    assert "Vi är sena" in client_for(stage.lisa).get(url).text


@pytest.mark.parametrize(
    ("state", "share"),
    [("by_hand", "1 av 2"), ("unknown", "1 av 2"), ("refused", "1 av 2"), ("confirmed", "1 av 1")],
)
def test_an_account_that_carries_the_first_round_only_keeps_what_a_person_must_do_there(
    database: Settings,
    app: Flask,
    client_for: ClientFor,
    move_clock: Callable[[timedelta], None],
    state: str,
    share: str,
) -> None:
    """In the next round the account would count as one that isn't to have the text: the board and
    the wall would say that everybody has it while nobody has put it there yet."""
    stage = Stage(database, accounts=1, kind="by_hand")
    with db.unit_of_work() as session:
        session.execute(update(Account).where(~Account.official).values(repeat_rule="key_moments"))
    stage.release("first", interval=300)
    stage.tick()
    with db.unit_of_work() as session:
        by_hand = Delivery.account_id.in_(stage.account_ids[1:])
        session.execute(update(Delivery).where(by_hand).values(state=state))
    move_clock(timedelta(minutes=6))
    stage.tick()
    with db.unit_of_work() as session:
        newest = session.scalars(select(Round.id).order_by(Round.id.desc())).first()
        second = update(Delivery).where(Delivery.round_id == newest)
        session.execute(second.where(~by_hand).values(state="sent", settled_at=clock.now()))
    page = client_for(stage.lisa).get(f"/incidents/{stage.incident.slug}/").text
    assert f"{share} skickade" in page


def test_a_void_broadcast_and_the_websites_grace_are_shown(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    stage.release("first")
    stage.tick()
    with db.unit_of_work() as session:
        session.scalars(select(Round)).one().release_reason = "grace"
        broadcast = session.scalars(select(Broadcast)).one()
        broadcast.state, broadcast.state_at = "void", clock.now()
    page = lisa.get(url).text
    assert "Webbplatsen hann inte ut först" in page and "Godkänd text gick inte ut" in page


def test_the_part_is_the_same_at_first_load_and_when_fetched(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    stage.release("first")
    part = lisa.get(f"{url}live").text
    assert part.strip() and part in lisa.get(url).text


def test_the_part_carries_no_token_and_is_not_shared_between_roles(
    lisa: FlaskClient, url: str, stage: Stage, client_for: ClientFor
) -> None:
    stage.submit(stage.write("first"))
    mine, theirs = lisa.get(f"{url}live").text, client_for(stage.olle).get(f"{url}live").text
    assert "csrf_token" not in mine and mine != theirs
    assert "Anteckna" in mine and "Anteckna" not in theirs


def test_an_unchanged_part_is_answered_from_memory_without_the_database(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    _wait(listener.hears)
    first = lisa.get(f"{url}live")
    with counted() as sent:
        again = lisa.get(f"{url}live", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.text == ""
    assert sent == []


def test_a_hint_makes_the_part_new(lisa: FlaskClient, url: str, stage: Stage) -> None:
    _wait(listener.hears)
    before = lisa.get(f"{url}live")
    topic = live.incident_topic(stage.incident.id)
    heard = listener.heard(topic)
    stage.release("first")
    _wait(lambda: listener.heard(topic) != heard)
    with db.unit_of_work() as session:
        control.stop_all(session, stage.lisa, stage.incident.id, clock.now())
    _wait(lambda: lisa.get(f"{url}live").headers["ETag"] != before.headers["ETag"])


def test_who_made_a_change_sees_it_on_the_next_page(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    broadcast = stage.release("first")
    stage.tick()
    for verb, shown in (("pause", True), ("resume", False)) * 5:
        lisa.post(f"{url}broadcasts/{broadcast.id}/{verb}")
        assert ("Upprepningen är pausad" in lisa.get(url).text) is shown


def test_a_session_that_has_ended_gets_no_board(
    url: str, client_for: ClientFor, lisa: FlaskClient
) -> None:
    assert lisa.get(f"{url}live").status_code == 200
    lisa.post("/logout")
    assert lisa.get(f"{url}live").status_code in (303, 401)
    assert client_for(None).get(url).status_code == 303


def test_a_thousand_accounts_take_few_queries(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database, accounts=1000)
    stage.release("first")
    stage.tick()
    _set("sent")
    with db.unit_of_work() as session:
        for row in session.scalars(select(Delivery).limit(30)):
            row.state = "refused"
    lisa, url = client_for(stage.lisa), f"/incidents/{stage.incident.slug}/live"
    lisa.get(url.removesuffix("live"))  # the session's check is now remembered
    views.forget()
    with counted() as sent:
        assert lisa.get(url).status_code == 200
    assert len(sent) <= 32, "\n".join(sent)


def _wait(done: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_the_board_says_no_round_past_the_promised_word_7_c(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    promise = clock.now() + timedelta(minutes=75)
    broadcast = stage.release("first", interval=1800, rounds=8, promise_at=promise.isoformat())
    stage.tick()
    last = broadcast.anchor + timedelta(minutes=60)
    shown = lisa.get(url).text
    assert f"Upprepas var 30:e minut till {phrases.when(last, clock.now(), 'sv')}." in shown


def test_a_closed_events_board_says_so_and_takes_no_notes(
    lisa: FlaskClient, url: str, stage: Stage
) -> None:
    with db.unit_of_work() as session:
        session.get_one(Incident, stage.incident.id).state = "closed"
    board = lisa.get(url).text
    assert "Anteckna" not in board and "Händelsen är avslutad." in board
    assert "Anteckna" in lisa.get(f"{url}log").text, "what is remembered later is still written"
