"""How the platforms know this installation: entered by the system administrator, never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from console import db, sealing
from console.accounts import apps
from console.accounts.connecting_models import PlatformApp
from console.people.models import Person
from tests.accounts.timeline import entries
from tests.cast import Cast

ClientFor = Callable[[Person | None], FlaskClient]
CANARY = "hemlighet-som-aldrig-syns"


@pytest.fixture
def siv(cast: Cast, client_for: ClientFor) -> FlaskClient:
    return client_for(cast.with_role("system_administrator"))


def enter(client: FlaskClient, key: str, client_id: str, secret: str = "") -> int:
    data = {f"{key}-client_id": client_id, f"{key}-secret_app": secret}
    return client.post(f"/platform-apps/{key}", data=data).status_code


def stored(key: str) -> dict[str, str] | None:
    with db.unit_of_work() as session:
        query = select(PlatformApp).where(PlatformApp.key == key)
        row = session.scalars(query).one_or_none()
        return row and {"client_id": row.client_id, **sealing.unseal(row.sealed)}


def test_an_app_is_sealed_and_its_secret_shown_nowhere(siv: FlaskClient) -> None:
    assert enter(siv, "linkedin", " 86app ", CANARY) == 303
    assert stored("linkedin") == {"client_id": "86app", "client_secret": CANARY}
    with db.unit_of_work() as session:
        assert CANARY.encode() not in (session.scalars(select(PlatformApp.sealed)).one() or b"")
    page = siv.get("/platform-apps").text
    assert 'value="86app"' in page and CANARY not in page
    assert "http://127.0.0.1:8000/connect/linkedin/back" in page
    (said,) = entries("app:entered")
    assert said["facts"] == {"app": "linkedin", "secret": True}


def test_a_secret_left_empty_is_kept_for_the_same_app_only(siv: FlaskClient) -> None:
    enter(siv, "meta", "123", CANARY)
    assert enter(siv, "meta", "123") == 303
    assert stored("meta") == {"client_id": "123", "client_secret": CANARY}
    assert enter(siv, "meta", "456") == 422
    assert stored("meta") == {"client_id": "123", "client_secret": CANARY}


def test_x_may_do_without_a_secret(siv: FlaskClient) -> None:
    assert enter(siv, "x", "abc") == 303
    with db.unit_of_work() as session:
        found = apps.app(session, "x")
    assert found is not None and (found.client_id, found.client_secret) == ("abc", "")


@pytest.mark.parametrize(
    ("client_id", "secret", "said"),
    [
        ("", CANARY, "Klistra in appens id som det är."),
        ("två ord", CANARY, "Klistra in appens id som det är."),
        ("86app", "", "Klistra in appens hemlighet."),
        ("86app", "två ord", "Klistra in appens hemlighet som den är."),
    ],
)
def test_what_can_not_be_an_app_is_named_and_changes_nothing(
    siv: FlaskClient, client_id: str, secret: str, said: str
) -> None:
    data = {"threads-client_id": client_id, "threads-secret_app": secret}
    answer = siv.post("/platform-apps/threads", data=data)
    assert answer.status_code == 422
    assert said in answer.text and CANARY not in answer.text
    assert stored("threads") is None


def test_an_app_of_nothing_is_refused(siv: FlaskClient) -> None:
    assert enter(siv, "https://social.example", "a", "b") == 404
    assert enter(siv, "myspace", "a", "b") == 404


def test_nobody_else_may_see_or_enter_them(cast: Cast, client_for: ClientFor) -> None:
    for role in ("strategy", "information_unit", "approver", "reviewer"):
        client = client_for(cast.with_role(role))
        assert client.get("/platform-apps").status_code == 403
        assert enter(client, "x", "abc") == 403
    assert stored("x") is None
