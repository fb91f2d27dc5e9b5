"""Action cards on paper: who gets which, and that they hold what is needed without a network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console.accounts.models import Account
from console.board import cards
from console.board.cards import Card
from console.config import Settings
from console.db import unit_of_work
from console.people.models import Person
from console.people.rules import Role
from tests.cast import Cast
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({"information_unit"}, tuple(Card)),
        ({"approver"}, (Card.APPROVER,)),
        ({"account_administrator"}, (Card.ADMINISTRATOR,)),
        ({"approver", "account_administrator"}, (Card.APPROVER, Card.ADMINISTRATOR)),
        (
            {"system_administrator"},
            (Card.OPERATIONS, Card.UNIT, Card.APPROVER, Card.ADMINISTRATOR),
        ),
        ({"strategy"}, tuple(Card)),
        ({"reviewer"}, ()),
        (set(), ()),
    ],
)
def test_ones_own_cards_come_first_and_only_those_who_hand_them_out_get_all(
    roles: set[str], expected: tuple[Card, ...]
) -> None:
    assert cards.cards_for(roles) == expected


@pytest.mark.parametrize("role", list(Role))
def test_every_card_follows_the_table_for_every_role(
    app: Flask, cast: Cast, client_for: ClientFor, role: Role
) -> None:
    client, open_to = client_for(cast.with_role(role)), cards.cards_for({role})
    for card in Card:
        status = client.get(f"/cards/{card}").status_code
        assert status == (200 if card in open_to else 403), card
    assert client.get("/cards").status_code == (200 if open_to else 403)
    assert client.get("/cards/cellar").status_code == (404 if open_to else 403)


def test_the_units_card_says_where_and_whom_without_any_event(
    app: Flask, cast: Cast, client_for: ClientFor
) -> None:
    page = client_for(cast.lisa).get("/cards/unit").text
    for said in ("Gör först", "Karin Holm", "070-174 06 00", "0560-160 00", "P4 Värmland",
                 "Godkännande på papper", "Underskrift", "Logg"):  # fmt: skip
        assert said in page, said


def test_the_account_list_names_administrators_and_leaves_out_what_cannot_publish(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database, accounts=3)
    with unit_of_work() as session:
        session.get_one(Account, stage.account_ids[3]).state = "paused"
        session.get_one(Person, stage.olle.id).phone = "070-174 06 12"
    page = client_for(stage.lisa).get("/cards/unit").text
    sheet = page.split("card-sheet")[1]
    assert sheet.count("Olle Ek 070-174 06 12") == 2
    assert "Konto 3" not in sheet


def test_an_administrators_card_holds_their_own_accounts_only(
    app: Flask, database: Settings, client_for: ClientFor
) -> None:
    stage = Stage(database)
    assert "Konto 1" in client_for(stage.olle).get("/cards/administrator").text
    theirs = client_for(stage.lisa).get("/cards/administrator").text
    assert "Konto 1" not in theirs
    assert "Skriv dem här" in theirs


def test_approvers_are_rung_first_and_nobody_who_has_left(cast: Cast) -> None:
    with unit_of_work() as session:
        session.get_one(Person, cast.per.id).active = False
    with unit_of_work() as session:
        rung = cards.people_to_ring(session)
    assert [one.name for one in rung] == ["Karin Holm", "Lisa Berg", "Siv Norén"]


def test_the_cards_are_found_from_the_start_page_and_the_menu(
    cast: Cast, client_for: ClientFor
) -> None:
    assert client_for(cast.karin).get("/").text.count('href="/cards"') >= 2
    assert 'href="/cards"' not in client_for(cast.greta).get("/").text
