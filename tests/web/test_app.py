"""What the assembled console does on every page."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask, Response, abort, request, send_file
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from console import clock, create_app, db, live
from console.config import Settings
from console.db import unit_of_work
from console.errors import BadInput, NotFound, Stale, WrongState
from console.incidents.views.common import enter
from console.messages.process_models import Heartbeat
from console.people.models import Person
from console.people.operations import create_first_admin_link
from console.timeline.operations import record
from console.timeline.signing import sign_and_store
from console.web import guard, logins
from tests.cast import PASSWORD, Cast, client_for
from tests.stage import Stage

NEW = "Xq9-mvkr7-wtPz"


def test_an_empty_installation_answers_only_the_first_administrators_page(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    for address in ("/", "/login", "/people", "/me", "/nowhere", "/link/abc"):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert "Installationen är tom" in answer.text
    assert client.post("/login", data={"email": "a@x.se", "password": "x"}).status_code == 503
    assert client.get("/healthz").json["database"]["ok"]  # type: ignore[index]
    assert client.get("/static/marks.svg").status_code == 200
    assert client.get("/first/wrong").status_code == 404
    with unit_of_work() as session:
        path = create_first_admin_link(session, clock.now())
    assert path is not None
    assert client.get(path).status_code == 200
    who = {"name": "Siv Åker", "email": "siv@torsby.example"}
    differs = client.post(path, data={**who, "password": NEW, "password_again": NEW + "x"})
    assert differs.status_code == 422
    assert client.get("/login").status_code == 503
    made = client.post(path, data={**who, "password": NEW, "password_again": NEW})
    assert made.headers["Location"] == "/login"
    assert client.post("/login", data={"email": who["email"], "password": NEW}).status_code == 303
    assert client.get("/people").status_code == 200
    assert client.get(path).status_code == 404


def test_health_names_what_is_missing_and_then_nothing(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["missing"] == ["ticker", "workers", "site"]
    with unit_of_work() as session:
        for kind, age in (("ticker", 1), ("worker", 14), ("site", 14)):
            at = clock.now() - timedelta(seconds=age)
            session.add(Heartbeat(name=f"{kind}-1", kind=kind, at=at))
    answer = client.get("/healthz")
    assert answer.json is not None
    assert (answer.status_code, answer.json["missing"]) == (200, [])
    assert 13 < answer.json["workers"]["age_seconds"] < 20


def test_health_counts_what_the_site_shows_as_it_was_and_names_nothing(
    app: Flask, cast: Cast
) -> None:
    client = app.test_client()
    with unit_of_work() as session:
        for name, age, detail in (("new", 1, "storm live"), ("gone", 60, "koka")):
            at = clock.now() - timedelta(seconds=age)
            session.add(Heartbeat(name=name, kind="site", at=at, detail=detail))
    answer = client.get("/healthz")
    assert answer.json is not None
    assert answer.json["site"]["stuck"] == 2
    assert "storm" not in answer.text


def test_health_says_when_the_timeline_is_not_proved_and_takes_no_console_away_for_it(
    app: Flask, cast: Cast
) -> None:
    client = app.test_client()

    def proof() -> tuple[bool, bool]:
        answer = client.get("/healthz").json
        assert answer is not None
        return answer["proof"]["ok"], "proof" in answer["missing"]

    sign_and_store(app.config["SETTINGS"], clock.now())
    assert proof() == (True, False)
    with unit_of_work() as session:
        record(session, "backup:drilled", body={}, now=clock.now() - timedelta(seconds=61))
    assert proof() == (False, False)
    sign_and_store(app.config["SETTINGS"], clock.now())
    assert proof() == (True, False)


def test_health_says_when_redis_is_away(app: Flask, cast: Cast) -> None:
    live.connect("redis://127.0.0.1:1/0")
    answer = app.test_client().get("/healthz")
    assert answer.json is not None
    assert "redis" in answer.json["missing"]


def test_every_answer_carries_the_strict_headers(app: Flask, cast: Cast) -> None:
    client = client_for(app, cast.siv)
    for address in ("/", "/people", "/nowhere", "/healthz", "/static/marks.svg"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert client.get("/people").headers["Cache-Control"] == "no-store"


def test_no_file_that_is_fetched_is_left_in_the_browsers_store(
    make_app: Callable[..., Flask], cast: Cast
) -> None:
    app = make_app()

    @guard.public("a test")
    def file() -> Response:
        return send_file(BytesIO(b"%PDF"), mimetype="application/pdf")

    app.add_url_rule("/file", "file", file)
    assert app.test_client().get("/file").headers["Cache-Control"] == "no-store"


def test_behind_https_cookies_are_secure_and_the_browser_stays_there(
    make_app: Callable[..., Flask], cast: Cast
) -> None:
    app = make_app(console_url="https://budkavle.torsby.example")
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"email": cast.lisa.email, "password": PASSWORD}
    at = {"base_url": "https://budkavle.torsby.example"}
    answer = app.test_client().post("/login", data=form, **at)
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "; Secure" in answer.headers["Set-Cookie"]
    plain = app.test_client().post("/login", data=form)
    assert "Strict-Transport-Security" not in plain.headers, "never over http (RFC 6797, 7.2)"
    assert "; Secure" in plain.headers["Set-Cookie"]


def test_the_cookie_ends_with_the_browser_and_no_script_reads_it_5_c(
    app: Flask, cast: Cast
) -> None:
    answer = app.test_client().post("/login", data={"email": cast.lisa.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].lower()
    assert "max-age" not in cookie
    assert "expires" not in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_form_without_a_token_changes_nothing(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = client_for(app, cast.siv)
    answer = client.post(f"/people/{cast.lisa.id}/deactivate")
    assert answer.status_code == 400
    page = client.get(f"/people/{cast.lisa.id}").text
    assert "Stäng av" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    data = {"csrf_token": token[1]}
    assert client.post(f"/people/{cast.lisa.id}/deactivate", data=data).status_code == 303


def test_nothing_is_changed_by_get(app: Flask) -> None:
    changing = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "POST" in (rule.methods or ())
    ]
    assert changing == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("Händelsen finns inte."), 404),
        (WrongState("Händelsen är stängd."), 409),
        (Stale("Texten har ändrats."), 409),
        (BadInput("Skriv ett namn.", field="name"), 422),
    ],
)
def test_a_refusal_is_a_page_with_its_sentence_and_a_way_out(
    make_app: Callable[..., Flask], cast: Cast, error: Exception, status: int
) -> None:
    app = make_app()

    @guard.public("a test")
    def refuse() -> str:
        raise error

    app.add_url_rule("/refuse", "refuse", refuse)
    client = client_for(app, cast.lisa)
    page = client.get("/refuse")
    assert page.status_code == status
    assert str(error) in page.text
    assert 'href="/"' in page.text
    part = client.get("/refuse", headers={"HX-Request": "true"})
    assert part.status_code == status
    assert str(error) in part.text
    assert "<html" not in part.text


def test_a_fault_of_ours_shows_no_traceback(make_app: Callable[..., Flask], cast: Cast) -> None:
    app = make_app()

    @guard.public("a test")
    def break_() -> str:
        raise ZeroDivisionError("the secret reason")

    app.add_url_rule("/break", "break", break_)
    answer = client_for(app, cast.lisa).get("/break")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "loggen" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        f"/notices/{2**63}",
        f"/people/{10**30}",
        "/incidents/koka%00vattnet/log",
        "/people?words=a%00b",
    ],
)
def test_an_address_that_nothing_can_have_leads_nowhere(
    app: Flask, cast: Cast, address: str
) -> None:
    assert client_for(app, cast.siv).get(address).status_code == 404


def test_a_character_that_cannot_be_kept_is_refused_and_nothing_is_saved(
    app: Flask, cast: Cast
) -> None:
    client = client_for(app, cast.lisa)
    answer = client.post("/me", data={"name": "Lisa\x00Berg", "phone": "1", "language": "sv"})
    assert answer.status_code == 400
    assert "inte går att spara" in answer.text
    with unit_of_work() as session:
        assert session.get_one(Person, cast.lisa.id).name == "Lisa Berg"
    nobody = client_for(app, None)
    answer = nobody.post("/login", data={"email": "a\x00b@torsby.example", "password": "x"})
    assert answer.status_code == 400


def test_a_database_that_is_away_is_said_on_a_page(app: Flask, cast: Cast) -> None:
    client = client_for(app, cast.lisa)
    assert client.get("/").status_code == 200
    db.connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    clock.forget_sample()
    logins.forget()
    page = client.get("/me")
    assert page.status_code == 503
    assert "Databasen svarar inte" in page.text
    health = client.get("/healthz").json
    assert health is not None
    assert "database" in health["missing"]


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT 1", {}, Exception()), NoConnection("all are taken")]
)
def test_a_database_that_goes_away_in_the_middle_of_an_events_page_is_said_on_a_page(
    make_app: Callable[..., Flask], database: Settings, error: Exception
) -> None:
    """The page of the fault has a frame too, and that asks the database about the event."""
    app = make_app()
    stage = Stage(database)

    @guard.public("a test")
    def going() -> None:
        with unit_of_work() as session:
            enter(session, stage.incident.slug)
            db.connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
            raise error

    app.add_url_rule("/going", "going", going)
    page = client_for(app, stage.lisa).get("/going")
    assert page.status_code == 503
    assert "Det som redan är godkänt ligger kvar" in page.text


def test_an_abort_is_a_page_too(make_app: Callable[..., Flask], cast: Cast) -> None:
    app = make_app()

    @guard.public("a test")
    def large() -> str:
        abort(413)

    app.add_url_rule("/large", "large", large)
    assert "för stort" in app.test_client().get("/large").text


def test_swedish_first_then_what_the_browser_or_the_person_asks_for(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    assert '<html lang="sv"' in client.get("/login").text
    german = {"Accept-Language": "de"}
    assert '<html lang="sv"' in client.get("/login", headers=german).text
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert '<html lang="en"' in client.get("/login", headers=english).text
    came = {"Referer": "http://localhost/login?next=/me"}
    answer = client.post("/language", data={"lang": "en"}, headers=came)
    assert answer.headers["Location"] == "/login?next=/me"
    assert '<html lang="en"' in client.get("/login").text
    lisa = client_for(app, cast.lisa)
    lisa.post("/language", data={"lang": "en"})
    assert '<html lang="en"' in client_for(app, cast.lisa).get("/me").text


@pytest.mark.parametrize("referrer", ["https://evil.example/x", "http://localhost//evil.example"])
def test_the_language_switch_leads_nowhere_else(app: Flask, cast: Cast, referrer: str) -> None:
    answer = app.test_client().post("/language", data={"lang": "en"}, headers={"Referer": referrer})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("page", ["/login/code?next=/me", "/me/password"])
def test_the_language_is_switched_on_a_page_that_a_form_was_answered_with_too(
    app: Flask, cast: Cast, page: str
) -> None:
    client = client_for(app, cast.lisa)
    came = {"Referer": f"http://localhost{page}"}
    answer = client.post("/language", data={"lang": "en"}, headers=came, follow_redirects=True)
    assert answer.status_code == 200
    assert '<html lang="en"' in answer.text


def test_without_a_database_the_console_says_how_to_start(database: Settings) -> None:
    with pytest.raises(BadInput) as refusal:
        create_app(replace(database, database_url=None))
    assert "budkavle up" in refusal.value.message


def test_the_key_for_form_tokens_is_made_once_and_is_the_owners_alone(
    database: Settings, make_app: Callable[..., Flask]
) -> None:
    first, second = make_app(), make_app()
    assert first.secret_key == second.secret_key
    assert len(str(first.secret_key)) >= 32
    assert stat.S_IMODE((database.keys / "web").stat().st_mode) == 0o600
    assert [path.name for path in database.keys.iterdir()] == ["web"]


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7")])
def test_a_browsers_address_is_taken_from_a_proxy_only_where_one_is_trusted(
    make_app: Callable[..., Flask], proxies: int, seen: str
) -> None:
    app = make_app(proxies=proxies)
    headers = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}

    @guard.public("a test")
    def address() -> str:
        return str(request.remote_addr)

    app.add_url_rule("/address", "address", address)
    with unit_of_work() as session:
        Cast.enter(session)
    assert app.test_client().get("/address", headers=headers).text == seen
