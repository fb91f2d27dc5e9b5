"""The switchboard's page: what applies, what is promised, what may be answered; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from console import db
from console.config import Settings
from console.messages.models import Delivery
from console.people.models import Person
from tests.answers.acts import CONTENT, QUESTION, approved, submit, write
from tests.stage import Stage

ClientFor = Callable[[Person | None], FlaskClient]
TRUTH = "Vattnet är inte förgiftat."


@pytest.fixture
def stage(app: Flask, database: Settings) -> Stage:
    return Stage(database)


@pytest.fixture
def url(stage: Stage) -> str:
    return f"/incidents/{stage.incident.slug}/switchboard/"


@pytest.fixture
def olle(stage: Stage, client_for: ClientFor) -> FlaskClient:
    """Any role will do: he runs accounts."""
    return client_for(stage.olle)


def go_out(stage: Stage, kind: str, **fields: object) -> None:
    stage.release(kind, **fields)
    stage.tick()
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state="sent"))


def test_it_says_what_applies_what_is_promised_what_is_true_and_whom_to_call(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    go_out(stage, "first")
    go_out(stage, "rumour")
    approved(stage)
    page = olle.get(url).text
    for said in (
        "Koka ditt kranvatten om du bor i Torsby tätort.", "Utlovat senast", TRUTH,
        "Så vet vi:", "Miljökontoret.", QUESTION, CONTENT, "0980-319 210", "Läget kl",
        "Vi tar nya prover",
    ):  # fmt: skip
        assert said in page, said


def test_before_anything_is_said_it_says_so(olle: FlaskClient, url: str) -> None:
    page = olle.get(url).text
    for said in ("Ingen uppmaning just nu.", "Inget är utlovat.", "Inga rykten är besvarade.",
                 "Inga godkända svar just nu."):  # fmt: skip
        assert said in page, said


def test_it_holds_no_draft_no_name_and_no_form_so_that_a_link_may_show_it(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    go_out(stage, "first")
    submit(stage, write(stage, "Hemlig fråga?", "Hemligt svar."))
    stage.write("update", text="Detta är bara ett utkast.")
    part = olle.get(f"{url}live").text
    for hidden in ("Hemlig", "utkast", "Lisa", "Karin", "Olle", "<form", "csrf"):
        assert hidden not in part, hidden
    assert part in olle.get(url).text


def test_an_answer_that_no_longer_holds_is_gone_from_it(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    approved(stage)
    assert CONTENT in olle.get(f"{url}live").text
    go_out(stage, "first")
    assert CONTENT not in olle.get(f"{url}live").text


def test_without_script_the_server_searches_every_word_wherever_it_stands(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    approved(stage)
    approved(stage, "Var finns vattentankar?", "Vid Nya torget.")
    page = olle.get(f"{url}?q=TORGET+tank").text
    assert "Vid Nya torget." in page and CONTENT not in page
    nothing = olle.get(f"{url}?q=hund").text
    assert "Inget svar passar. Gissa inte: ring informationsenheten." in nothing
    assert CONTENT not in nothing


def test_a_promise_that_has_passed_is_said_to_be_late(
    url: str, stage: Stage, client_for: ClientFor, move_clock: Callable[[timedelta], None]
) -> None:
    go_out(stage, "first")
    move_clock(timedelta(hours=5))
    assert "Vi är sena. Beskedet skulle ha kommit" in client_for(stage.olle).get(url).text


def test_english_is_given_in_english_and_swedish_is_marked_as_swedish(
    olle: FlaskClient, url: str, stage: Stage
) -> None:
    go_out(stage, "rumour")
    olle.post("/language", data={"lang": "en", "back": "/"})
    page = olle.get(url).text
    assert "Rumours and facts" in page and f'<span lang="sv">{TRUTH}</span>' in page


def test_nobody_reads_it_without_logging_in(url: str, client_for: ClientFor) -> None:
    nobody = client_for(None)
    assert nobody.get(url).status_code == 303 and nobody.get(f"{url}live").status_code == 303
