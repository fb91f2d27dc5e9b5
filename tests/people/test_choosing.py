"""Choosing a person: from a list while they fit in one, else by name or e-mail, without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from console import clock, db, sealing
from console.accounts.absence_models import Absence
from console.accounts.models import Account, AccountAdministrator
from console.config import Settings
from console.errors import BadInput
from console.incidents import roster
from console.people import choosing
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role
from tests.cast import Cast
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture
def stage(database: Settings) -> Stage:
    sealing.use(database.keys)
    return Stage(database)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More people than a list has room for."""
    monkeypatch.setattr(choosing, "MOST", 1)


@pytest.fixture
def twins(cast: Cast) -> None:
    with db.unit_of_work() as session:
        for n in (1, 2):
            add_person(
                session, None, clock.now(), name="Åsa Ek", email=f"asa{n}@torsby.example",
                roles=[Role.ACCOUNT_ADMINISTRATOR],
            )  # fmt: skip


def found(session: Session, raw: str) -> int | None:
    return choosing.chosen(session, raw, "who")


def said(raw: str) -> str:
    with db.unit_of_work() as session, pytest.raises(BadInput) as refusal:
        found(session, raw)
    assert refusal.value.field == "who"
    return refusal.value.message


def test_a_person_is_known_by_number_name_or_address(cast: Cast) -> None:
    with db.unit_of_work() as session:
        for raw in (str(cast.olle.id), "Olle Ek", "olle  EK", "OLLE@torsby.example",
                    "Olle Ek, olle@torsby.example"):  # fmt: skip
            assert found(session, raw) == cast.olle.id, raw
        assert found(session, "  ") is None


@pytest.mark.usefixtures("twins")
def test_nobody_is_guessed(cast: Cast) -> None:
    assert said("åsa ek") == (
        "Flera heter så: Åsa Ek, asa1@torsby.example; Åsa Ek, asa2@torsby.example. "
        "Skriv e-postadressen."
    )
    assert said("Anders") == "Ingen heter precis så. Menar du Anders Nyman, anders@torsby.example?"
    assert said("Kalle Anka") == "Ingen heter så. Skriv hela namnet eller e-postadressen."
    with db.unit_of_work() as session:
        session.get_one(Person, cast.anders.id).active = False
    assert said("Anders Nyman").startswith("Ingen heter så.")


def test_a_list_holds_so_many_and_then_none_but_those_who_are_chosen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.unit_of_work() as session:
        whole = choosing.offer(session, choosing.everybody())
        assert not whole.many and len(whole.people) == 12
        assert [one.name for one in whole.people][:2] == ["Anders Nyman", "Eva Sjö"]
        monkeypatch.setattr(choosing, "MOST", 11)
        few = choosing.offer(session, choosing.everybody(), {cast.rut.id})
        assert few.many and [one.name for one in few.people] == ["Rut Alm"]
        assert few.but(cast.rut.id).people == ()


def field(page: str, name: str) -> str:
    """The control so named, as the page draws it."""
    drawn = re.search(rf'<(?:input|select)[^>]*\bname="{name}"[^>]*>', page)
    assert drawn is not None
    return html.unescape(drawn[0])


@pytest.mark.usefixtures("many")
def test_administrators_are_typed_where_there_are_many(stage: Stage, client_for: ClientFor) -> None:
    """3-a"""
    with db.unit_of_work() as session:
        siv = add_person(
            session, None, clock.now(), name="Siv Norén", email="siv@torsby.example",
            roles=[Role.SYSTEM_ADMINISTRATOR],
        )  # fmt: skip
        add_person(
            session, None, clock.now(), name="Maja Strand", email="maja@torsby.example",
            roles=[Role.ACCOUNT_ADMINISTRATOR],
        )  # fmt: skip
        account = session.get_one(Account, stage.account_ids[1])
        address = f"/accounts/{account.id}/settings"
        rest = {"kind": account.kind, "languages": "sv", "repeat_rule": account.repeat_rule}
    client = client_for(siv)
    page = client.get(address).get_data(as_text=True)
    assert 'value="Olle Ek, ' in field(page, "administrators-0")
    assert "Skriv namnet eller e-postadressen." in page and "Maja" not in page
    names = {"administrators-0": "Maja Strand", "administrators-1": "olle ek"}
    assert client.post(address, data=rest | names).status_code == 302
    with db.unit_of_work() as session:
        query = session.query(AccountAdministrator).filter_by(account_id=stage.account_ids[1])
        rows = query.order_by(AccountAdministrator.position)
        assert [row.person.name for row in rows] == ["Maja Strand", "Olle Ek"]
    wrong = client.post(address, data=rest | {"administrators-0": "Mia Strand"})
    page = html.unescape(wrong.get_data(as_text=True))
    assert wrong.status_code == 422 and "Ingen heter så." in page
    assert 'value="Mia Strand"' in field(page, "administrators-0"), "what was typed stays"


@pytest.mark.usefixtures("many")
def test_a_substitute_is_typed_and_nobody_yet_is_an_answer(
    stage: Stage, client_for: ClientFor
) -> None:
    """3-c"""
    olle, day = client_for(stage.olle), f"{clock.now().year + 1}-07-06"
    days = {"first_day": day, "last_day": day}
    page = html.unescape(olle.get("/absences/new").get_data(as_text=True))
    assert field(page, "substitute").startswith("<input") and "Annars: Ingen än." in page
    refused = olle.post("/absences/new", data=days | {"substitute": "Lisa"})
    assert refused.status_code == 422
    assert "Menar du Lisa Berg" in html.unescape(refused.get_data(as_text=True))
    assert olle.post("/absences/new", data=days | {"substitute": ""}).status_code == 422
    assert olle.post("/absences/new", data=days | {"substitute": "ingen än"}).status_code == 303
    with db.unit_of_work() as session:
        [absence] = session.query(Absence)
        number = absence.id
        assert absence.substitute_id is None
    there = f"/absences/{number}"
    page = html.unescape(olle.get(there).get_data(as_text=True))
    assert 'value="Ingen än"' in field(page, "substitute")
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    assert seen is not None
    one = f"account-{stage.account_ids[1]}"
    typed = {"substitute": "Lisa Berg", one: "Lisa Berg", "seen": seen[1]}
    assert olle.post(there, data=days | typed).status_code == 303
    page = html.unescape(olle.get(there).get_data(as_text=True))
    assert 'value="Lisa Berg, ' in field(page, "substitute")
    assert 'value="Lisa Berg, ' in field(page, one)


@pytest.mark.usefixtures("many")
def test_who_is_away_and_who_borrows_and_who_holds_a_place_are_typed_too(
    stage: Stage, client_for: ClientFor
) -> None:
    with db.unit_of_work() as session:
        maria = add_person(
            session, None, clock.now(), name="Maria Ek", email="maria@torsby.example",
            roles=[Role.STRATEGY],
        )  # fmt: skip
        stage_account = session.get_one(Account, stage.account_ids[2]).id
    client = client_for(maria)
    page = html.unescape(client.get("/absences/new?person=Olle+Ek").get_data(as_text=True))
    assert "När är Olle Ek borta?" in page and 'value="Olle Ek, ' in field(page, "person")
    wrong = client.get("/absences/new?person=Ola+Ek")
    assert wrong.status_code == 422
    assert "Ingen heter så." in html.unescape(wrong.get_data(as_text=True))

    loans = f"/accounts/{stage_account}/custody/loans"
    assert "<input" in field(
        client.get(loans.rpartition("/")[0]).get_data(as_text=True), "borrower"
    )
    lent = {"borrower": "Karin Holm", "why_lent": "Mässan."}
    assert client.post(loans, data=lent).status_code == 302

    places = f"/incidents/{stage.incident.slug}/roster"
    lisa = client_for(stage.lisa)
    assert (
        lisa.post(f"{places}/writer", data={"person": "Karin Holm", "phone": "070-1"}).status_code
        == 302
    )
    with db.unit_of_work() as session:
        held = {one.place: one.name for one in roster.of_event(session, stage.incident.id)}
        assert held[roster.Place.WRITER] == "Karin Holm"
    assert "Karin Holm, karin@" in lisa.get(places).get_data(as_text=True)
    wrong = lisa.post(f"{places}/writer", data={"person": "Karin Höst"})
    assert wrong.status_code == 422 and "Karin Höst" in html.unescape(wrong.get_data(as_text=True))
