"""The pages that bring a register in and take it out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import db
from console.accounts import queries, sheets
from console.config import Settings
from console.people.models import Person
from tests.cast import Cast

TEXT = "Namn;Plattform;Konto;Tillstånd\n@Bad;Facebook;bad;aktiv\nSkola;Fejsbuck;skola;aktiv\n"
ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture
def stina(client_for: ClientFor, cast: Cast) -> FlaskClient:
    return client_for(cast.stina)


def send(client: FlaskClient, content: bytes, name: str = "konton.csv") -> TestResponse:
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/accounts/import", data=data, content_type="multipart/form-data")


def named() -> list[str]:
    with db.unit_of_work() as session:
        return [account.name for account in queries.all_accounts(session)]


def hidden(page: str) -> dict[str, str]:
    return {
        name: re.search(rf'name="{name}" value="(\w+)"', page)[1] for name in ("digest", "seen")
    }  # type: ignore[index]


def test_a_file_is_shown_and_changes_the_register_only_when_it_is_confirmed(
    stina: FlaskClient,
) -> None:
    """2.1-a"""
    there = send(stina, TEXT.encode()).headers["Location"]
    page = stina.get(there).get_data(as_text=True)
    assert "Lägg till 1 konto" in page and "är ingen känd plattform" in page
    assert stina.get(f"{there}?show=create&page=9").status_code == 200
    assert named() == []
    answer = stina.post(f"{there}/confirm", data=hidden(page))
    assert answer.status_code == 303
    assert named() == ["@Bad"]
    assert "Filen är redan inlagd." in stina.get(there).get_data(as_text=True)
    again = stina.post(f"{there}/confirm", data=hidden(page))
    assert again.status_code == 409 and named() == ["@Bad"]


def test_a_press_without_what_was_shown_changes_nothing(stina: FlaskClient) -> None:
    there = send(stina, TEXT.encode()).headers["Location"]
    answer = stina.post(f"{there}/confirm", data={"digest": "0" * 64, "seen": "0" * 64})
    assert answer.status_code == 409
    assert "Titta igen" in answer.get_data(as_text=True)
    assert named() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * (sheets.LARGEST + 1)])
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(
    stina: FlaskClient, content: bytes
) -> None:
    answer = send(stina, content)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page and 'id="file-fault"' in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_taken_out_comes_back_in_with_no_change(stina: FlaskClient, kind: str) -> None:
    there = send(stina, TEXT.encode()).headers["Location"]
    stina.post(f"{there}/confirm", data=hidden(stina.get(there).get_data(as_text=True)))
    answer = stina.get(f"/accounts/export.{kind}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="konton.{kind}"'
    back = send(stina, answer.data, f"konton.{kind}").headers["Location"]
    page = stina.get(back).get_data(as_text=True)
    assert "Inget i registret skulle ändras." in page and "/confirm" not in page


def test_the_badge_leads_to_the_accounts_own_page_on_the_public_register(
    stina: FlaskClient, client_for: ClientFor, cast: Cast, settings: Settings
) -> None:
    there = send(stina, TEXT.encode()).headers["Location"]
    stina.post(f"{there}/confirm", data=hidden(stina.get(there).get_data(as_text=True)))
    with db.unit_of_work() as session:
        [account] = queries.all_accounts(session)
        number = account.id
    page = client_for(cast.olle).get(f"/accounts/{number}/badge").get_data(as_text=True)
    assert f"Kontrollera: {settings.public_url}/konton/{number}.html" in page
    assert f"Check: {settings.public_url}/en/konton/{number}.html" in page
    with db.unit_of_work() as session:
        queries.account(session, number).public = False
    page = client_for(cast.olle).get(f"/accounts/{number}/badge").get_data(as_text=True)
    assert "/konton/" + str(number) not in page and "inte i det publika registret" in page


def test_the_register_is_not_taken_out_by_just_anybody(client_for: ClientFor, cast: Cast) -> None:
    assert client_for(cast.olle).get("/accounts/export.csv").status_code == 403
