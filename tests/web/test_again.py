"""A session that ends in the middle of something loses nothing typed (5-c)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm

from console import clock
from console.db import unit_of_work
from console.people import queries, tours
from console.people.forms import AddressForm, SecondForm
from console.people.models import Person
from console.web import again, logins
from tests.cast import PASSWORD, Cast, client_for

TYPED = {"name": 'Åsa "Svår" <Berg>', "phone": "070-1", "language": "sv", "password": "hemlig"}


@pytest.fixture
def idle(app: Flask, cast: Cast, move_clock: Callable[[timedelta], None]) -> FlaskClient:
    """Lisa's browser, 40 minutes later."""
    client = client_for(app, cast.lisa)
    assert client.get("/me").status_code == 200
    move_clock(timedelta(minutes=40))
    logins.forget()
    return client


def hidden(page: str) -> dict[str, str]:
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in pairs}


def log_in(client: FlaskClient, person: Person, carried: str) -> str:
    data = {"email": person.email, "password": PASSWORD, "carried": carried}
    return client.post("/login", data=data).text


def test_what_was_posted_waits_through_the_login_and_is_sent_by_its_own_person(
    idle: FlaskClient, cast: Cast
) -> None:
    answer = idle.post("/me", data=TYPED)
    assert answer.status_code == 401
    wrong = idle.post(
        "/login",
        data={
            "email": cast.lisa.email,
            "password": "fel",
            "carried": hidden(answer.text)["carried"],
        },
    )
    page = log_in(idle, cast.lisa, hidden(wrong.text)["carried"])
    assert 'action="/me"' in page
    offered = hidden(page)
    assert offered["name"] == TYPED["name"]
    assert "hemlig" not in page
    assert idle.get("/me").text.count("Svår") == 0
    fields = {k: v for k, v in offered.items() if k in TYPED}
    assert idle.post("/me", data=fields).status_code == 303
    assert "&lt;Berg&gt;" in idle.get("/me").text


def test_nothing_secret_is_carried_and_the_page_says_so(
    app: Flask, idle: FlaskClient, cast: Cast
) -> None:
    secret = {"old_password": "a-b", "password": "c-d", "password_again": "c-d", "new_secret": "e"}
    carried = hidden(idle.post("/me/password", data=secret | {"kind": "webhook"}).text)["carried"]
    with app.app_context():
        unpacked = again.unpack(carried)
    assert unpacked is not None
    assert unpacked.fields == [("kind", "webhook")]
    assert "lösenord och nycklar följde inte med" in log_in(idle, cast.lisa, carried)


@pytest.mark.parametrize(
    ("form", "action"),
    [(AddressForm, "/me/addresses"), (SecondForm, "/me/second-factor/remove")],
)
def test_neither_an_own_address_nor_a_code_is_carried(
    app: Flask, idle: FlaskClient, form: type[FlaskForm], action: str
) -> None:
    """Both open something, and the login page may be left standing."""
    with app.test_request_context():
        names = [field.name for field in form() if field.type == "StringField"]
    answer = idle.post(action, data=dict.fromkeys(names, "canary"))
    with app.app_context():
        unpacked = again.unpack(hidden(answer.text)["carried"])
    assert unpacked is not None and unpacked.incomplete
    assert "canary" not in str(unpacked.fields)


def test_the_page_knows_when_to_warn_before_the_session_ends_5_c(app: Flask, cast: Cast) -> None:
    page = client_for(app, cast.lisa).get("/me").text
    assert 'data-idle-minutes="30" data-idle-warning="5"' in page


def test_what_one_person_typed_is_not_offered_to_another(idle: FlaskClient, cast: Cast) -> None:
    carried = hidden(idle.post("/me", data=TYPED).text)["carried"]
    page = log_in(idle, cast.karin, carried)
    assert "Svår" not in page
    assert "inte skickats" in idle.get("/me").text


def test_a_carried_form_that_was_changed_is_dropped(
    app: Flask, idle: FlaskClient, cast: Cast
) -> None:
    carried = hidden(idle.post("/me", data=TYPED).text)["carried"]
    with app.app_context():
        assert again.unpack(carried) is not None
        middle = len(carried) // 2
        other = "A" if carried[middle] != "A" else "B"
        assert again.unpack(carried[:middle] + other + carried[middle + 1 :]) is None
    assert "Svår" not in log_in(idle, cast.lisa, "x" + carried)


def test_a_form_from_another_site_is_not_carried(app: Flask, idle: FlaskClient, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = idle.post("/me", data=TYPED)
    assert answer.status_code == 400
    assert "carried" not in hidden(answer.text)


def test_a_part_of_a_page_gets_a_login_notice_and_the_page_stays(idle: FlaskClient) -> None:
    answer = idle.post("/me", data=TYPED, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<html" not in answer.text
    assert "/login" in answer.text


def test_a_page_leads_to_the_login_and_back(idle: FlaskClient, cast: Cast) -> None:
    assert idle.get("/notices?x=1").headers["Location"] == "/login?next=/notices?x%3D1"
    answer = idle.post(
        "/login?next=/notices?x%3D1", data={"email": cast.lisa.email, "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/notices?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "/a\nb", "//[",
    ],
)  # fmt: skip
def test_the_way_back_never_leads_to_another_site(app: Flask, cast: Cast, target: str) -> None:
    assert again.safe_next(target) == "/"
    with unit_of_work() as session:
        tours.finish(session, queries.get(session, cast.lisa.id), clock.now())
    answer = app.test_client().post(
        "/login",
        query_string={"next": target},
        data={"email": cast.lisa.email, "password": PASSWORD},
    )
    assert answer.headers["Location"] == "/"


def test_staying_answers_with_a_token_and_only_to_the_page_itself(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = client_for(app, cast.lisa)
    assert client.post("/session").status_code == 400
    answer = client.post("/session", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    saved = client.post("/me", data={"name": "Lisa B", "language": "sv", "csrf_token": answer.text})
    assert saved.status_code == 303


def test_logging_out_ends_the_session_on_the_server(app: Flask, cast: Cast) -> None:
    client = client_for(app, cast.lisa)
    secret = client.get_cookie(logins.COOKIE)
    assert secret is not None
    client.post("/logout")
    thief = app.test_client()
    thief.set_cookie(logins.COOKIE, secret.value)
    assert thief.get("/me").status_code == 303


def test_logging_out_everywhere_ends_every_browser(app: Flask, cast: Cast) -> None:
    here, there = client_for(app, cast.lisa), client_for(app, cast.lisa)
    assert there.get("/me").status_code == 200
    here.post("/me/sessions/end")
    assert here.get("/me").status_code == 303
    assert there.get("/me").status_code == 303
