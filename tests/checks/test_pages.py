"""*Bevakning*, over HTTP: one press, what is late, and the proof (4-f)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from console import clock, db
from console.board import rows_checks
from console.monitoring import check_rules
from console.people.models import Person
from tests.cast import Cast
from tests.checks import acts
from tests.upkeep import acts as upkeep

ClientFor = Callable[[Person | None], FlaskClient]
LATE = "Bevakat för sällan"


@pytest.fixture
def school(cast: Cast) -> int:
    return upkeep.register()["@skola"]


def test_an_administrator_checks_in_one_press_from_the_start_pages_row(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    """4-f"""
    olle = client_for(cast.olle)
    assert "Titta till" not in olle.get("/").text, "its first week isn't counted"
    acts.in_use_since(clock.now() - timedelta(days=30))
    acts.tick()
    assert "Titta till" in olle.get("/").text
    page = olle.get("/checks").text
    assert "0 av 2 gånger den här veckan" in page and "minst 2 gånger i veckan" in page
    answer = olle.post(
        f"/accounts/{school}/checks", data={"back": "list"}, follow_redirects=True
    ).text
    assert "Antecknat: kontrollerat kl" in answer and "1 av 2 gånger den här veckan" in answer
    again = olle.post(f"/accounts/{school}/checks", data={"back": "card"}, follow_redirects=True)
    assert "Redan antecknat kl" in again.text and 'id="bevakning"' in again.text


def test_a_missed_week_is_late_for_the_strategy_department_until_somebody_looks(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    """4-f"""
    acts.missed_last_week(school, times=1)
    stina = client_for(cast.stina)
    assert LATE in stina.get("/").text and "Försenat" in stina.get("/").text
    assert LATE in stina.get("/municipality?deviation=checks").text
    assert LATE not in client_for(cast.lisa).get("/").text
    acts.look(cast.olle, school)
    assert LATE in stina.get("/").text, "this week asks for two"
    monday = check_rules.starts(check_rules.monday_of(clock.now()))
    acts.look(cast.maja, school, monday)
    acts.look(cast.maja, school, monday + timedelta(hours=1))
    assert LATE not in stina.get("/").text


def test_the_proof_names_who_when_and_each_week(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    """4-f"""
    acts.missed_last_week(school)
    path = f"/accounts/{school}/checks"
    refused = client_for(cast.olle).post(path, data={"note": "x" * 501})
    assert refused.status_code == 422 and 'href="#note"' in refused.text
    done = client_for(cast.olle).post(
        path, data={"note": "En fråga om skolskjutsen."}, follow_redirects=True
    )
    assert "En fråga om skolskjutsen." in done.text
    page = client_for(cast.greta).get(path).text
    assert "Missades" in page and "0 av 2" in page and "Pågår" in page and "1 av 2" in page
    assert "Olle Ek" in page and "Kontrollerat nu" not in page
    day = (clock.now() - timedelta(days=400)).date()
    past = client_for(cast.greta).get(f"{path}?first={day}&last={day}").text
    assert "Ingen har tittat de här dagarna." in past and "Missades" not in past
    assert client_for(cast.greta).get(f"{path}?first=i+g%C3%A5r&last=x").status_code == 200
    assert client_for(cast.siv).get(path).status_code == 403


def test_who_keeps_the_whole_register_sees_every_account_the_lacking_first(
    cast: Cast, school: int, client_for: ClientFor
) -> None:
    acts.missed_last_week(school)
    page = client_for(cast.stina).get("/checks").text
    assert "Förra veckan missades." in page and page.index("Skolan") < page.index("Webbplatsen")
    assert "Webbplatsen" not in client_for(cast.stina).get("/checks?words=sida").text
    assert "Kontrollerat nu" in page
    assert "Kontrollerat nu" not in client_for(cast.greta).get("/checks?show=all").text


def test_who_is_asked_reads_one_row_in_as_many_questions_however_many_accounts(
    app: Flask, cast: Cast, school: int
) -> None:
    acts.missed_last_week(school)
    seen: list[object] = []
    with app.test_request_context(), db.unit_of_work() as session:
        listen = ("before_cursor_execute", lambda *given: seen.append(given[2]))
        event.listen(db.engine(), *listen)
        (row,) = rows_checks.waiting(session, cast.olle, clock.now())
        deviating = rows_checks.deviations(session, clock.now())
        event.remove(db.engine(), *listen)
        assert row.rest == "3 konton" and row.url == "/checks"
        assert rows_checks.waiting(session, cast.karin, clock.now()) == []
    assert list(deviating[0].found) == [school]
    assert len(seen) <= 6
