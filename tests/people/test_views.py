from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from console import clock
from console.people.models import Person
from console.people.views import known
from tests.cast import PASSWORD, Cast, client_for

Move = Callable[[timedelta], None]

NEW = "Xq9-mvkr7-wtPz"


def link_on(page: str) -> str | None:
    found = re.search(r"<code>http://[^/]+(/link/[^<]+)</code>", page)
    return found and found[1]


def test_an_invitation_is_shown_once_and_opens_the_console(app: Flask, cast: Cast) -> None:
    siv = client_for(app, cast.siv)
    page = siv.post(
        "/people/invite",
        data={"name": "Nils Ask", "email": "nils@torsby.example", "roles": ["approver"]},
        follow_redirects=True,
    )
    link = link_on(page.text)
    assert link is not None
    reloaded = siv.get(page.request.path)
    assert reloaded.status_code == 200
    assert link_on(reloaded.text) is None
    address = siv.get("/people").text
    person = re.search(r'href="(/people/\d+)">Nils Ask', address)
    assert person is not None
    again = siv.get(person[1]).text
    assert link_on(again) is None
    assert "Inbjuden" in again
    nils = app.test_client()
    asked = nils.get(link).text
    assert "nils@torsby.example" in asked
    assert "data-keep" not in asked, "nobody is logged in yet"
    weak = nils.post(link, data={"password": "kort", "password_again": "kort"})
    assert weak.status_code == 422
    assert "Skriv minst 10 tecken" in weak.text
    assert nils.post(link, data={"password": NEW, "password_again": NEW}).status_code == 303
    assert nils.get(link).status_code == 404
    nils.post("/login", data={"email": "nils@torsby.example", "password": NEW})
    assert "Nils Ask" in nils.get("/me").text
    assert nils.get("/people").status_code == 403


def press_login(browser: FlaskClient, person: Person, password: str = PASSWORD) -> int:
    data = {"email": person.email, "password": password}
    return browser.post("/login", data=data).status_code


def test_a_browser_that_one_has_logged_in_with_lets_one_in_though_the_house_has_mistyped(
    app: Flask, cast: Cast, move_clock: Move
) -> None:
    mine, others, forged = app.test_client(), app.test_client(), app.test_client()
    assert press_login(mine, cast.lisa) == 303
    cookie = mine.get_cookie(known.COOKIE)
    assert cookie is not None and cookie.http_only
    mine.post("/logout")
    for _ in range(5):
        for person in (cast.karin, cast.per, cast.olle, cast.siv):
            press_login(others, person, "Fel-lösen-123")
    assert press_login(others, cast.lisa) == 429
    forged.set_cookie(known.COOKIE, cookie.value[:-4] + "AAAA")
    assert press_login(forged, cast.lisa) == 429
    assert press_login(mine, cast.lisa) == 303
    assert press_login(mine, cast.stina) == 429, "she has never logged in with it"
    move_clock(timedelta(days=91))
    for person in (cast.karin, cast.per, cast.olle, cast.siv) * 5:
        press_login(others, person, "Fel-lösen-123")
    mine.post("/logout")
    assert press_login(mine, cast.lisa) == 429, "too long ago"


def test_several_may_log_in_with_one_browser_and_the_latest_are_known(
    app: Flask, cast: Cast
) -> None:
    browser = app.test_client()
    for person in (cast.lisa, cast.karin, cast.lisa):
        assert press_login(browser, person) == 303
    cookie = browser.get_cookie(known.COOKIE)
    assert cookie is not None
    with app.test_request_context(headers={"Cookie": f"{known.COOKIE}={cookie.value}"}):
        found = known.browser(clock.now())
    assert found is not None
    assert found.people == {cast.lisa.id, cast.karin.id}


def test_faults_in_an_invitation_stand_at_their_fields(app: Flask, cast: Cast) -> None:
    page = client_for(app, cast.siv).post(
        "/people/invite",
        data={"name": "Nils", "email": cast.lisa.email.upper(), "roles": ["approver"]},
    )
    assert page.status_code == 422
    assert 'id="email-fault"' in page.text


def test_roles_deactivation_and_reset_are_a_press_away(app: Flask, cast: Cast) -> None:
    siv, lisa = client_for(app, cast.siv), client_for(app, cast.lisa)
    base = f"/people/{cast.lisa.id}"
    siv.post(f"{base}/roles", data={"roles": ["archivist", "reviewer"]})
    page = siv.get(base).text
    assert re.search(r'value="archivist" checked', page)
    assert not re.search(r'value="information_unit" checked', page)
    made = siv.post(f"{base}/reset")
    assert made.status_code == 303, "a reload of the answer must not make another link"
    assert link_on(siv.get(made.location).text) is not None
    assert link_on(siv.get(made.location).text) is None
    assert lisa.get("/me").status_code == 200
    siv.post(f"{base}/sessions/end")
    assert lisa.get("/me").status_code == 303
    siv.post(f"{base}/deactivate")
    refused = lisa.post("/login", data={"email": cast.lisa.email, "password": PASSWORD})
    assert refused.status_code == 422
    siv.post(f"{base}/reactivate")
    let_in = lisa.post("/login", data={"email": cast.lisa.email, "password": PASSWORD})
    assert let_in.status_code == 303


def test_ones_own_role_as_administrator_cannot_be_removed_on_the_page(
    app: Flask, cast: Cast
) -> None:
    siv = client_for(app, cast.siv)
    answer = siv.post(f"/people/{cast.siv.id}/roles", data={"roles": ["archivist"]})
    assert answer.status_code == 403
    assert "din egen roll" in answer.text
    assert "Stäng av" not in siv.get(f"/people/{cast.siv.id}").text


def test_a_password_against_the_advice_is_saved_with_the_advice_5_f(app: Flask, cast: Cast) -> None:
    client = client_for(app, cast.lisa)
    weak = "Torsby-vatten-2024"
    page = client.post(
        "/me/password",
        data={"old_password": PASSWORD, "password": weak, "password_again": weak},
        follow_redirects=True,
    ).text
    assert "Lösenordet är bytt" in page
    assert "kommunens namn" in page
    answer = app.test_client().post("/login", data={"email": cast.lisa.email, "password": weak})
    assert answer.status_code == 303


def test_too_many_attempts_are_told_when_to_come_back(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    data = {"email": cast.lisa.email, "password": "fel"}
    answers = [client.post("/login", data=data) for _ in range(6)]
    assert [a.status_code for a in answers] == [422] * 5 + [429]
    assert re.search(r"Försök igen kl \d\d\.\d\d\.\d\d", answers[4].text)
    assert re.search(r"Försök igen kl \d\d\.\d\d\.\d\d", answers[5].text)


def test_a_page_shows_only_the_rooms_its_reader_may_enter(app: Flask, cast: Cast) -> None:
    assert 'href="/people"' in client_for(app, cast.siv).get("/me").text
    assert 'href="/people"' not in client_for(app, cast.lisa).get("/me").text
