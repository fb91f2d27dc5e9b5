"""While receipts pour in, the board reads again what they change, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from console import clock, db, live
from console.board import fill, queries, views
from console.config import Settings
from console.messages.models import Delivery
from console.web import logins
from console.web.hints import listener
from tests.cast import client_for
from tests.stage import Stage
from tests.web.test_long_lists import counted


@pytest.fixture
def stage(database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def lisa(app: Flask, stage: Stage) -> FlaskClient:
    return client_for(app, stage.lisa)


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hints come, told by the tests themselves: not by a listener that an earlier test has started,
    whenever it comes to hear of this one. The session's check stays out of what is counted,
    however slow the machine."""
    monkeypatch.setattr(listener, "_listen", lambda _connection: None)
    monkeypatch.setattr(live, "topics_of", lambda _message: [])
    monkeypatch.setattr(listener, "hears", lambda: True)
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 60)


def read(client: FlaskClient, stage: Stage) -> tuple[str, int]:
    """The board's part, and how many queries it took."""
    with counted() as said:
        body = client.get(f"/incidents/{stage.incident.slug}/live").text
    # The clock is looked at once a second, however slow the machine.
    return body, sum("budkavle_now" not in one for one in said)


def hint(stage: Stage, *, receipts: bool) -> None:
    """As it is heard; sent through Valkey it might come in the middle of what is counted."""
    listener.note(live.incident_topic(stage.incident.id), receipts=receipts)


def test_a_receipt_costs_less_than_half_of_what_another_change_costs(
    lisa: FlaskClient, stage: Stage
) -> None:
    read(lisa, stage)
    hint(stage, receipts=False)
    _body, every = read(lisa, stage)
    hint(stage, receipts=True)
    _body, few = read(lisa, stage)
    assert few < every / 2
    assert read(lisa, stage)[1] < few / 2, "without a hint it comes from memory"


def test_what_changes_between_receipts_is_on_the_next_board(
    lisa: FlaskClient, stage: Stage
) -> None:
    assert "Ingen text väntar." in read(lisa, stage)[0]
    message = stage.write("rumour")
    hint(stage, receipts=True)
    read(lisa, stage)
    stage.submit(message)
    hint(stage, receipts=True)
    assert "Ingen text väntar." not in read(lisa, stage)[0]


def test_the_first_post_that_is_out_ticks_its_point(lisa: FlaskClient, stage: Stage) -> None:
    def first_hour(body: str) -> str:
        return body.split('id="forsta-timmen"')[1].split("</section>")[0]

    stage.release("first")
    assert stage.tick() == 1
    hint(stage, receipts=False)
    before = first_hour(read(lisa, stage)[0])
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent", settled_at=clock.now()))
    hint(stage, receipts=True)
    assert first_hour(read(lisa, stage)[0]) != before


def test_after_lost_contact_everything_is_read(
    lisa: FlaskClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(lisa, stage)
    hint(stage, receipts=False)
    _body, every = read(lisa, stage)
    monkeypatch.setattr(listener, "_missed", listener._missed + 1)
    hint(stage, receipts=True)
    assert read(lisa, stage)[1] == every


def test_readers_of_several_roles_are_shown_what_one_reading_found(
    lisa: FlaskClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts are heard while the first role's board is rendered: the second's isn't read anew
    for them, but neither of them passes for newer than it is."""
    topic = live.incident_topic(stage.incident.id)
    path, reading = f"/incidents/{stage.incident.slug}/", []
    roles = [fill.permissions(person.roles) for person in (stage.lisa, stage.karin)]
    facts = queries.facts

    def read_and_hear(*given: Any) -> queries.Facts:
        reading.append(given)
        found = facts(*given)
        hint(stage, receipts=True)
        return found

    monkeypatch.setattr(queries, "facts", read_and_hear)
    hint(stage, receipts=False)
    with lisa.application.test_request_context(path):
        heard = listener.heard(topic)
        for allowed in roles:
            views._newest(stage.incident.slug, allowed, heard)
        assert len(reading) == 1
        views._newest(stage.incident.slug, roles[0])
        assert len(reading) == 2, "whoever comes now sees what has come since"


def test_whoever_fetches_between_two_pushes_is_given_the_last_until_more_than_receipts_comes(
    lisa: FlaskClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, slug = live.incident_topic(stage.incident.id), stage.incident.slug
    allowed = fill.permissions(stage.lisa.roles)
    monkeypatch.setattr(views, "APART_SECONDS", 60)

    def push() -> None:
        with lisa.application.test_request_context(f"/incidents/{slug}/"):
            views._push(slug, allowed, views._heard(topic))

    read(lisa, stage)
    hint(stage, receipts=False)
    push()
    hint(stage, receipts=True)
    assert read(lisa, stage)[1] == 0
    stage.submit(stage.write("rumour"))
    hint(stage, receipts=False)
    assert "Ingen text väntar." not in read(lisa, stage)[0]
    push()
    hint(stage, receipts=True)
    monkeypatch.setattr(views, "APART_SECONDS", 0)
    assert read(lisa, stage)[1] > 0, "no push is on its way"
