"""What people are shown of the start page: the board, readiness, the log, the web editor's page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console import clock, db
from console.accounts.models import Account
from console.board import views
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.people.models import Person, PersonRole
from simulators.start_page import StartPageServer
from tests.cast import client_for
from tests.workers.test_start_pages import Town

MINUTES = timedelta(minutes=1)


@pytest.fixture
def town(app: Flask, database, move_clock) -> Iterator[Town]:
    with StartPageServer() as server:
        yield Town(database, server, move_clock)


@pytest.fixture
def lisa(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.stage.lisa)


def maria(app: Flask) -> FlaskClient:
    """Of the strategy department."""
    with db.unit_of_work() as session:
        person = Person(
            name="Maria Lind", email="maria@torsby.example", created_at=clock.now(), active=True,
            password_hash="no digest", role_rows=[PersonRole(role="strategy")],
        )  # fmt: skip
        session.add(person)
    return client_for(app, person)


def board(lisa: FlaskClient, town: Town) -> str:
    views.forget()
    return lisa.get(f"/incidents/{town.stage.incident.slug}/").text


def test_the_board_says_when_it_was_seen_and_has_a_row_only_when_it_is_an_alarm(
    town: Town, lisa: FlaskClient
) -> None:
    town.say()
    town.include()
    town.look()
    assert "Syntes på startsidan kl " in board(lisa, town)
    assert "uppdatering 1 syntes på startsidan kl" in board(lisa, town).lower()
    town.say("update")
    town.look()
    page = board(lisa, town)
    row = f'data-row="start_page-{town.account_id}"'
    assert "Startsidan visar fortfarande uppdatering 1 (nu gäller 2)." in page and row not in page
    town.later(6 * MINUTES)
    town.look()
    page = board(lisa, town)
    assert row in page and f'href="/accounts/{town.account_id}/start-page"' in page
    assert "Ring webbredaktören." in page
    town.include()
    town.look()
    assert row not in board(lisa, town) and "Syntes på startsidan kl " in board(lisa, town)


def test_without_a_start_page_the_board_says_nothing_of_one(town: Town, lisa: FlaskClient) -> None:
    with db.unit_of_work() as session:
        session.get_one(Account, town.account_id).settings = {}
    town.say()
    assert "startsidan" not in board(lisa, town)


def test_readiness_says_whether_the_box_is_there_before_anything_happens(
    town: Town, lisa: FlaskClient
) -> None:
    town.look()
    assert "Startsidan hämtar inte rutan." in lisa.get("/readiness").text
    town.process.pull()
    town.include()
    town.look()
    page = lisa.get("/readiness").text
    assert "Startsidan hämtar rutan." in page and "Inget konto skulle svika nu" in page


def test_a_page_that_cannot_be_looked_at_can_fail_us_but_not_for_a_moment(
    app: Flask, town: Town, lisa: FlaskClient
) -> None:
    town.server.status = 404
    town.look()
    strategy = maria(app)
    assert "Startsidan svarade inte med en sida" not in strategy.get("/").text
    town.later(16 * MINUTES)
    town.look()
    sentence = "Startsidan svarade inte med en sida (404)."
    for address in ("/", "/readiness", f"/accounts/{town.account_id}"):
        assert sentence in strategy.get(address).text, address
    town.server.status = 200
    town.look()
    assert sentence not in strategy.get("/").text


def test_after_the_event_the_start_page_that_still_tells_of_it_is_a_deviation(
    app: Flask, town: Town, lisa: FlaskClient
) -> None:
    town.say()
    town.include()
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, town.stage.incident.id)
        incidents.close(session, town.stage.lisa, incident, clock.now(), mail=False)
    town.look()
    town.later(11 * MINUTES)
    town.look()
    sentence = "Startsidan visar fortfarande Koka vattnet, som är över."
    assert sentence in lisa.get("/readiness").text
    assert sentence in maria(app).get("/").text


def test_the_editors_page_gives_addresses_script_and_what_is_seen(
    town: Town, lisa: FlaskClient
) -> None:
    address = f"/accounts/{town.account_id}/start-page"
    assert address in lisa.get(f"/accounts/{town.account_id}").text
    page = lisa.get(address).text
    for name in ("nu.html", "en/nu.html", "nu.json", "atom.xml", "feed.json"):
        assert f"{town.settings.public_url}/{name}" in page, name
    assert "data-budkavle-src=&#34;" in page and f"{town.server.url}/" in page
    assert lisa.post(address).status_code == 303
    other = next(one for one in range(1, 99) if one != town.account_id)
    assert lisa.get(f"/accounts/{other}/start-page").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("www.torsby.se", "Skriv en hel webbadress, med https:// först."),
        ("https://user:pass@torsby.se/", "Skriv inte inloggning i adressen."),
        ("javascript:alert(1)", "Skriv en hel webbadress, med https:// först."),
    ],
)
def test_an_address_that_cannot_be_looked_at_is_refused_by_name(
    app: Flask, town: Town, typed: str, sentence: str
) -> None:
    strategy = maria(app)
    address = f"/accounts/{town.account_id}/settings"
    form = {"kind": "website", "set_start_page": typed, "official": "y", "languages": "sv",
            "repeat_rule": "every", "administrators-0": str(town.stage.olle.id)}  # fmt: skip
    answer = strategy.post(address, data=form)
    assert answer.status_code == 422 and sentence in answer.text
    with db.unit_of_work() as session:
        kept = session.get_one(Account, town.account_id).settings
    assert kept == {"start_page": f"{town.server.url}/"}
