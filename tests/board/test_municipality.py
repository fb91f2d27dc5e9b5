"""The page of the whole municipality: plan and custody of every account on one line (6-a)."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from console import clock, db, sealing
from console.accounts import custody_operations
from console.accounts.custody_operations import Content, Paper
from console.config import Settings
from console.people.models import Person
from tests.board.test_start import account, fill_work, laid_out, signed
from tests.cast import Cast, client_for
from tests.web.test_long_lists import queries_of

LINE = re.compile(r'<tr>\s*<th scope="row"><a [^>]*>([^<]+)</a>(.*?)</tr>', re.S)
CELL = re.compile(r"<td>(.*?)</td>", re.S)


def lines(page: str) -> dict[str, list[str]]:
    """Account → the words of its cells."""
    return {
        unescape(name): [
            unescape(" ".join(re.sub(r"<[^>]+>", " ", cell).split())) for cell in CELL.findall(rest)
        ]
        for name, rest in LINE.findall(page)
    }


def get(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/municipality{query}")
    assert answer.status_code == 200
    return answer.text


def test_plan_and_custody_stand_beside_each_other_with_their_links(
    app: Flask, cast: Cast, database: Settings
) -> None:
    """6-a, 3-d, 3.2-b"""
    sealing.use(database.keys)
    kept = account("Badet", cast.olle, cast.maja)
    digital = account("Skolan", cast.olle, cast.maja)
    account("Torget", cast.olle)
    page = account("Sidan", cast.olle, cast.maja, platform="facebook")
    now = clock.now()
    with db.unit_of_work() as session:
        stina = session.get_one(Person, cast.stina.id)
        paper = Paper(number="14", place="Skåpet", handed_in_by="Olle", sealed_at=now, codes=False)
        custody_operations.receive_paper(session, stina, kept, paper, now, changed=True)
        secret = Content(login="skolan", password="Hemligt-och-langt-1")
        custody_operations.seal_digital(session, stina, digital, secret, now, changed=True)
        custody_operations.verify_page_administrator(
            session, stina, page, cast.olle.id, now, verified=True
        )
        session.add(signed(kept, cast))
    text = get(client_for(app, cast.stina))
    found = lines(text)
    lacks, plan, login, people, state = found["Badet"]
    assert (state, people, lacks) == ("Aktiv", "2", "Nej")
    assert plan.startswith("Version 1, underskriven ") and login.startswith("Kuvert 14, ")
    assert found["Skolan"][1] == "Saknas" and found["Skolan"][2].startswith("Digitalt kuvert")
    assert found["Sidan"][2] == "Inget kuvert. 1 av 2 kontrollerade"
    assert found["Torget"][1:4] == ["Saknas", "Saknas", "1"]
    for words in ("Bara en administratör", "Handlingsplan saknas", "Inget kuvert"):
        assert words in found["Torget"][0]
    assert f'href="/accounts/{kept}/plan"' in text and f'href="/accounts/{kept}/custody"' in text
    assert "Skåpet" not in text, "where an envelope lies is the strategy department's own page's"


def test_the_list_is_narrowed_to_a_deviation_by_an_address_that_can_be_shared(
    app: Flask, cast: Cast
) -> None:
    """2.1-c, 3-a, 3-c, 3.2-b"""
    laid_out(cast)
    client = client_for(app, cast.stina)
    assert set(lines(get(client, "?deviation=reports"))) == {"Torget"}
    assert set(lines(get(client, "?deviation=resting"))) == {"Gammalt"}
    assert set(lines(get(client, "?deviation=administrators"))) == {"Vatten"}
    assert set(lines(get(client, "?deviation=coverage"))) == {"Vatten"}
    assert {"Badet", "Gammalt"} == set(lines(get(client, "?deviation=plans")))
    assert "Bokbussen" not in lines(get(client, "?deviation=any"))
    assert set(lines(get(client, "?deviation=any&words=torget"))) == {"Torget"}
    page = get(client)
    assert "Slutrapport saknas (1)" in page and "Alla som avviker (4)" in page
    for odd in ("nothing", "x'--", ""):
        assert len(lines(get(client, f"?deviation={odd}&order={odd}&page={odd}"))) == 7
    assert "Inget konto passar in." in get(client, "?words=finnsinte")


def test_who_only_reads_sees_the_deviations_and_no_button(app: Flask, cast: Cast) -> None:
    """6-a"""
    laid_out(cast)
    for reader in (cast.lisa, cast.greta):
        page = get(client_for(app, reader))
        assert "Bara en administratör" in page and "Utse en till" not in page
        assert client_for(app, reader).get("/").text.count('href="/municipality"') == 1
    for other in (cast.olle, cast.eva, cast.siv):
        assert client_for(app, other).get("/municipality").status_code == 403
        assert "/municipality" not in client_for(app, other).get("/").text


@pytest.mark.parametrize("query", ["", "?deviation=any&order=name&words=konto&page=2"])
def test_the_page_asks_at_most_28_questions_with_500_accounts_as_with_5(
    app: Flask, cast: Cast, query: str
) -> None:
    """6-a"""
    fill_work(1, 10, cast)
    client = client_for(app, cast.stina)
    few = queries_of(client, f"/municipality{query}")
    fill_work(11, 500, cast)
    many = queries_of(client, f"/municipality{query}")
    assert len(many) <= len(few) <= 28, many
    assert "1 av 10" in get(client) and len(lines(get(client))) == 50
