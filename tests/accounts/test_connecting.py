"""Accounts connected by the platforms' own login, through the console's pages."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from channels.contract import Readiness
from channels.oauth import Failed, Fault, Found
from console import clock, db, sealing
from console.accounts import apps, connecting, readiness
from console.accounts.connecting_models import AccountConnection, AccountRenewal, PlatformApp
from console.accounts.models import Account
from console.accounts.readiness_models import AccountReadiness
from console.accounts.readiness_rules import Score
from console.errors import WrongState
from console.people.models import Person
from simulators.base import Effect
from simulators.facebook import Facebook
from simulators.instagram import Instagram
from simulators.linkedin import LinkedIn
from simulators.mastodon import Mastodon
from simulators.threads import Threads
from simulators.x import X
from tests.accounts.conftest import Cast
from tests.accounts.timeline import entries
from tests.cast import client_for

Move = Callable[[timedelta], None]


@dataclass
class Case:
    """A platform with an account in the register that nobody has connected."""

    kind: str
    make: Callable[[], Any]
    app: tuple[str, str, str] | None
    """Key, id and secret of the app; None: the server gives us one."""
    handle: str
    settings: Callable[[Any], dict[str, Any]]
    """What is stored before: where the simulator is."""
    identity: Callable[[Any], dict[str, Any]]
    token: str
    """The secret's name for the key that posts."""
    form: Callable[[Any], dict[str, str]] = lambda server: {}


META = ("meta", *Facebook.APP)
CASES = {
    one.kind: one
    for one in (
        Case(
            "mastodon", Mastodon, None, "@torsby@social.example", lambda s: {},
            lambda s: {"server": s.url, "account": "torsby"}, "token",
            lambda s: {"server": s.url},
        ),
        Case(
            "x", X, ("x", "app-id-of-torsby", "app-secret-of-torsby"), "@Torsby",
            lambda s: {"server": s.url}, lambda s: {"username": "torsby"}, "access_token",
        ),
        Case(
            "linkedin", LinkedIn, ("linkedin", *LinkedIn.CLIENT), "torsby-kommun",
            lambda s: {"api": s.url, "organisation": s.ORGANISATION},
            lambda s: {"organisation": s.ORGANISATION}, "token",
        ),
        Case(
            "threads", Threads, ("threads", "990602627938098", "threads-hemlighet"),
            "Torsby kommun", lambda s: {"api": s.url}, lambda s: {"user_id": s.ACCOUNT}, "token",
        ),
        Case(
            "facebook", Facebook, META, "torsbykommun",
            lambda s: {"api": s.url, "page_id": s.ACCOUNT}, lambda s: {"page_id": s.ACCOUNT},
            "token",
        ),
        Case(
            "instagram", Instagram, META, "@Torsby kommun", lambda s: {"api": s.url},
            lambda s: {"user_id": s.ACCOUNT}, "token",
        ),
    )
}  # fmt: skip


@dataclass
class Desk:
    """Maria at the settings of one account, and the platform."""

    app: Flask
    case: Case
    server: Any
    maria: FlaskClient
    account_id: int

    def begin(self) -> TestResponse:
        address = f"/accounts/{self.account_id}/connect"
        return self.maria.post(address, data=self.case.form(self.server))

    def address(self) -> str:
        """Where the browser is to go."""
        page = self.begin()
        assert page.status_code == 200, page.text
        found = re.search(r'class="button button-main" href="([^"]+)"', page.text)
        assert found is not None
        return html.unescape(found[1])

    def come_back(self, address: str, client: FlaskClient | None = None) -> TestResponse:
        parts = urlsplit(address)
        return (client or self.maria).get(f"{parts.path}?{parts.query}")

    def connect(self) -> TestResponse:
        return self.come_back(self.server.door.allow(self.address()))

    def stored(self) -> tuple[dict[str, Any], dict[str, Any]]:
        with db.unit_of_work() as session:
            account = session.get_one(Account, self.account_id)
            return account.settings, sealing.unseal(account.secret)

    def says(self) -> str:
        """What the settings page says of the last attempt."""
        page = self.maria.get(f"/accounts/{self.account_id}/settings").text
        found = re.search(r'<p role="alert">.*?<b>(.*?)</b>', page, re.DOTALL)
        return html.unescape(found[1]) if found else ""


@pytest.fixture
def desk_of(app: Flask, cast: Cast) -> Iterator[Callable[[str], Desk]]:
    servers: list[Any] = []

    def make(kind: str) -> Desk:
        case = CASES[kind]
        server = case.make().__enter__()
        server.now = lambda: clock.now().timestamp()
        servers.append(server)
        settings = app.config["SETTINGS"]
        hosts = (*settings.allow_hosts, f"127.0.0.1:{server.port}")
        app.config["SETTINGS"] = replace(settings, allow_hosts=hosts)
        with db.unit_of_work() as session:
            # Somebody has a password: the console answers.
            session.get_one(Person, cast.maria.id).password_hash = "no digest"
            account = session.get_one(Account, cast.facebook)
            account.platform = account.kind = kind
            account.handle, account.settings = case.handle, case.settings(server)
            account.state, account.secret = "active", None
            if case.app:
                maria = session.get_one(Person, cast.maria.id)
                apps.enter(session, maria, *case.app, clock.now())
        return Desk(app, case, server, client_for(app, cast.maria), cast.facebook)

    yield make
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def x(desk_of: Callable[[str], Desk]) -> Desk:
    return desk_of("x")


@pytest.mark.parametrize("kind", CASES)
def test_an_account_is_connected_and_ready_at_once(
    desk_of: Callable[[str], Desk], kind: str
) -> None:
    desk = desk_of(kind)
    assert ">Anslut</button>" in desk.maria.get(f"/accounts/{desk.account_id}/settings").text
    answer = desk.connect()
    assert (answer.status_code, answer.location) == (303, f"/accounts/{desk.account_id}")
    settings, secret = desk.stored()
    assert desk.case.identity(desk.server).items() <= settings.items()
    assert secret[desk.case.token]
    with db.unit_of_work() as session:
        (one,) = readiness.standings(session, clock.now(), [desk.account_id]) or [None]
        row = session.get_one(AccountReadiness, desk.account_id)
        assert row.answered_at is not None and row.reason == ""
    assert one is not None and one.score is Score.READY, one
    assert "Anslutet." in desk.maria.get(answer.location).text
    (facts,) = [one["facts"] for one in entries("account:connected")]
    assert facts["kind"] == kind and "token" not in str(facts)


def test_what_the_mastodon_server_says_of_itself_is_stored_with_the_key(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("mastodon")
    desk.server.characters, desk.server.software = 1_000, "glitch"
    desk.connect()
    settings, _secret = desk.stored()
    assert (settings["characters"], settings["software"]) == (1_000, "glitch")


def test_a_mastodon_server_is_asked_for_an_app_once(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("mastodon")
    desk.connect()
    desk.connect()
    assert desk.server.registered == ["http://127.0.0.1:8000/connect/mastodon/back"]
    desk.server.door.apps.clear()  # it has forgotten us
    with db.unit_of_work() as session:
        assert session.scalars(select(PlatformApp)).one().key == desk.server.url


def test_a_mastodon_server_that_has_forgotten_our_app_gives_another(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("mastodon")
    back = desk.server.door.allow(desk.address())
    desk.server.door.apps.clear()
    desk.come_back(back)
    assert "känner inte vår app" in desk.says()
    desk.connect()
    assert len(desk.server.registered) == 2
    assert desk.stored()[1]


@pytest.mark.parametrize(
    "typed", ["", "social", "http://127.0.0.1:1", "https://anna:hemligt@social.example"]
)
def test_a_server_that_is_none_is_named_beside_its_field(
    desk_of: Callable[[str], Desk], typed: str
) -> None:
    desk = desk_of("mastodon")
    page = desk.maria.post(f"/accounts/{desk.account_id}/connect", data={"server": typed})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text and "Server där kontot finns" in page.text
    with db.unit_of_work() as session:
        assert session.scalar(select(func.count(AccountConnection.id))) == 0


def test_the_browser_is_sent_with_a_challenge_and_what_we_know_stays_here(x: Desk) -> None:
    query = dict(parse_qsl(urlsplit(x.address()).query))
    assert query["code_challenge_method"] == "S256"
    assert query["scope"].split() == [
        "tweet.read", "tweet.write", "users.read", "media.write", "offline.access",
    ]  # fmt: skip
    assert query["redirect_uri"] == "http://127.0.0.1:8000/connect/x/back"
    with db.unit_of_work() as session:
        row = session.scalars(select(AccountConnection)).one()
        kept = sealing.unseal(row.sealed)
    assert query["state"].encode() not in row.state_digest
    assert kept["verifier"] not in str(query)


# What comes back.


def test_no_at_the_platform_is_told_with_the_way_out_and_changes_nothing(x: Desk) -> None:
    before = x.stored()
    answer = x.come_back(x.server.door.decline(x.address()))
    assert answer.location == f"/accounts/{x.account_id}/settings"
    assert x.says() == "Ingen nyckel kom: någon tryckte nej hos X. Anslut igen och tillåt."
    assert x.stored() == before
    assert x.server.requests == []
    x.connect()
    assert x.says() == ""


@pytest.mark.parametrize("trouble", ["code", "redirect", "app", "no_answer"])
def test_every_refusal_is_a_sentence_and_stores_nothing(x: Desk, trouble: str) -> None:
    """What each platform's refusals come to: tests/channels/test_oauth.py."""
    before = x.stored()
    back = x.server.door.allow(x.address())
    (code,) = x.server.door.codes.values()
    match trouble:
        case "code":
            code.used = True
        case "redirect":
            code.redirect = "https://another.example/back"
        case "app":
            x.server.door.apps.clear()
        case "no_answer":
            x.server.fault(Effect.LOSE_ANSWER, "POST", "token")
    x.come_back(back)
    said = {
        "code": "Svaret från X gäller inte längre. Anslut igen.",
        "redirect": "X känner inte konsolens adress.",
        "app": "X känner inte vår app.",
        "no_answer": "X svarade inte som väntat. Vänta en stund och anslut igen.",
    }[trouble]
    assert said in x.says()
    assert x.stored() == before


@pytest.mark.parametrize(
    ("kind", "right"), [("x", "tweet.write"), ("threads", "threads_content_publish")]
)
def test_a_right_that_is_missing_is_named_and_nothing_is_stored(
    desk_of: Callable[[str], Desk], kind: str, right: str
) -> None:
    """Threads tells of rights only when it is asked about the key."""
    desk = desk_of(kind)
    before = desk.stored()
    desk.server.door.withhold.add(right)
    desk.connect()
    assert desk.says() == f"Nyckeln saknar rättigheter: {right}. Anslut igen och tillåt alla."
    assert desk.stored() == before


def test_another_accounts_key_is_named_and_not_stored(x: Desk) -> None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, x.account_id)
        account.settings = account.settings | {"username": "torsby"}
    before = x.stored()
    x.server.username = "anna_privat"
    x.connect()
    assert x.says() == (
        "Nyckeln hör till anna_privat och inte till @Torsby. Logga ut hos X, logga in med rätt "
        "konto och anslut igen."
    )
    assert x.stored() == before


def test_another_page_than_the_registered_one_is_refused(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("facebook")
    desk.server.pages = {"999": "Annas kafé"}
    desk.connect()
    assert "Nyckeln hör till Annas kafé" in desk.says()


def test_who_runs_no_page_is_told_so(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("facebook")
    desk.server.pages = {}
    desk.connect()
    assert "sköter inget sådant konto hos Facebook" in desk.says()


def test_among_several_pages_a_person_chooses_and_only_that_ones_key_is_stored(
    desk_of: Callable[[str], Desk], cast: Cast
) -> None:
    desk = desk_of("facebook")
    with db.unit_of_work() as session:
        account = session.get_one(Account, desk.account_id)
        account.settings = {"api": desk.server.url}
    desk.server.pages |= {"999": "Torsbybadet"}
    answer = desk.connect()
    assert re.fullmatch(r"/connect/\d+", answer.location)
    page = desk.maria.get(answer.location).text
    assert re.findall(r"<span>([^<]+)<span class=.choice-note", page) == list(
        desk.server.pages.values()
    )
    assert desk.server.token not in page
    assert desk.maria.post(answer.location, data={"picked": "7"}).status_code == 422
    assert desk.maria.post(answer.location, data={}).status_code == 422
    chosen = desk.maria.post(answer.location, data={"picked": "0"})
    assert chosen.location == f"/accounts/{desk.account_id}"
    settings, secret = desk.stored()
    assert settings["page_id"] == desk.server.ACCOUNT
    assert secret == {"token": desk.server.token}
    assert desk.maria.post(answer.location, data={"picked": "1"}).status_code == 409
    number = int(answer.location.rpartition("/")[2])
    other = Found({"page_id": "999"}, "Torsbybadet", {"token": "en-annan"})
    with db.unit_of_work() as session:
        maria = session.get_one(Person, cast.maria.id)
        with pytest.raises(WrongState):  # two presses at once
            connecting.connect(session, maria, number, other, Readiness(), clock.now())
    with db.unit_of_work() as session:
        assert session.scalars(select(AccountConnection.sealed)).all() == [None]


def test_a_press_that_comes_too_late_does_not_say_that_a_connected_account_failed(
    x: Desk, cast: Cast
) -> None:
    x.connect()
    with db.unit_of_work() as session:
        number = session.scalars(select(AccountConnection.id)).one()
        maria = session.get_one(Person, cast.maria.id)
        connecting.fail(session, maria, number, Failed(Fault.NO_ANSWER, "too late"), clock.now())
    assert x.says() == ""
    assert entries("account:connecting:failed") == []


def test_a_choice_is_its_own_sessions_and_its_keys_are_forgotten_in_time(
    desk_of: Callable[[str], Desk], cast: Cast, move_clock: Move
) -> None:
    desk = desk_of("facebook")
    with db.unit_of_work() as session:
        session.get_one(Account, desk.account_id).settings = {"api": desk.server.url}
    where = desk.connect().location
    other = client_for(desk.app, cast.maria)
    assert other.get(where).status_code == 403
    assert other.post(where, data={"picked": "0"}).status_code == 403
    move_clock(timedelta(minutes=11))
    assert desk.maria.get(where).status_code == 409
    assert desk.maria.post(where, data={"picked": "0"}).status_code == 409
    with db.unit_of_work() as session:
        connecting.forget(session, clock.now())
    with db.unit_of_work() as session:
        assert session.scalars(select(AccountConnection.sealed)).all() == [None]


# Moves that aren't allowed.


def test_an_answer_is_used_once(x: Desk) -> None:
    back = x.server.door.allow(x.address())
    x.come_back(back)
    stored = x.stored()
    again = x.come_back(back)
    assert again.status_code == 409
    assert "Svaret är redan använt." in again.text
    assert x.stored() == stored


def test_an_answer_counts_only_in_the_login_where_it_was_asked_for(x: Desk, cast: Cast) -> None:
    """Somebody's own answer, slipped to Maria as a link, must not connect their account."""
    back = x.server.door.allow(x.address())
    for person in (cast.maria, cast.per, cast.olle):
        answer = x.come_back(back, client_for(x.app, person))
        assert answer.status_code == 403
    assert x.stored()[1] == {}
    x.come_back(back)
    assert x.stored()[1] != {}, "and it isn't used up by others"


def test_an_answer_that_comes_too_late_changes_nothing(x: Desk, move_clock: Move) -> None:
    back = x.server.door.allow(x.address())
    move_clock(timedelta(minutes=10, seconds=1))
    answer = x.come_back(back)
    assert answer.status_code == 409
    assert "Det tog för lång tid." in answer.text
    assert x.stored()[1] == {}


@pytest.mark.parametrize("change", ["state=stulet", "app", "head"])
def test_an_answer_to_nothing_is_refused(x: Desk, change: str) -> None:
    parts = urlsplit(x.server.door.allow(x.address()))
    path, query = parts.path, parts.query
    if change == "head":
        assert x.maria.head(f"{path}?{query}").status_code == 405
        assert x.maria.get(f"{path}?{query}").status_code == 303, "looking ahead uses nothing up"
        return
    if change == "app":
        path = "/connect/meta/back"
    else:
        query = f"code=code-1&{change}"
    assert x.maria.get(f"{path}?{query}").status_code == 404
    assert x.stored()[1] == {}


def test_a_newer_attempt_ends_the_older(x: Desk) -> None:
    first = x.address()
    second = x.address()
    assert x.come_back(x.server.door.allow(first)).status_code == 409
    assert x.come_back(x.server.door.allow(second)).status_code == 303


def test_whoever_may_not_change_the_account_may_not_connect_it(x: Desk, cast: Cast) -> None:
    for person in (cast.olle, cast.per):
        client = client_for(x.app, person)
        assert client.post(f"/accounts/{x.account_id}/connect").status_code == 403


def test_an_account_of_another_kind_is_not_connected_so(x: Desk, cast: Cast) -> None:
    assert x.maria.post(f"/accounts/{cast.webhook}/connect").status_code == 409


def test_an_account_that_became_another_meanwhile_is_left_alone(x: Desk) -> None:
    back = x.server.door.allow(x.address())
    with db.unit_of_work() as session:
        account = session.get_one(Account, x.account_id)
        account.settings = account.settings | {"username": "nagon_annan"}
    x.come_back(back)
    assert "Nyckeln hör till torsby" in x.says()
    assert x.stored()[1] == {}


def test_killed_after_the_platforms_answer_nothing_is_half_done_and_it_is_begun_anew(
    x: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = x.server.door.allow(x.address())

    def die(*_args: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(connecting, "connect", die)
        with pytest.raises(SystemExit):
            x.come_back(back)
    assert x.stored()[1] == {}
    assert x.come_back(back).status_code == 409
    x.connect()
    assert x.stored()[1]["access_token"] == "access-3"


def test_without_the_app_the_page_says_who_can_enter_it(x: Desk) -> None:
    with db.unit_of_work() as session:
        session.execute(text("DELETE FROM platform_apps"))
    page = x.maria.get(f"/accounts/{x.account_id}/settings").text
    assert "Vår app hos X är inte inskriven. Be systemadministratören skriva in den." in page
    assert x.begin().status_code == 409


def test_a_platform_that_does_not_answer_about_the_key_stores_nothing(x: Desk) -> None:
    address = x.server.door.allow(x.address())
    x.server.credits = False
    x.come_back(address)
    assert "sade nej" in x.says()
    assert x.stored()[1] == {}


def test_lesson_21_connecting_anew_keeps_a_refresh_token_that_the_platform_does_not_repeat(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("linkedin")
    desk.server.refreshes = True
    desk.connect()
    desk.server.refreshes = False
    desk.connect()
    assert desk.stored()[1]["refresh_token"] == desk.server.refresh


def test_connecting_anew_wakes_a_key_that_was_given_up(x: Desk) -> None:
    x.connect()
    with db.unit_of_work() as session:
        session.get_one(AccountRenewal, x.account_id).dead_at = clock.now()
    page = x.maria.get("/readiness").text
    assert "Inloggningen gäller inte längre. Förnya nyckeln." in page
    assert f'href="/accounts/{x.account_id}/settings"' in page
    assert "Inloggningen gäller inte längre" in x.maria.get("/").text
    x.connect()
    assert "Inloggningen gäller inte längre" not in x.maria.get("/readiness").text


def test_a_key_entered_by_hand_still_works(x: Desk) -> None:
    page = x.maria.get(f"/accounts/{x.account_id}/settings").text
    assert "Åtkomstnyckel (access token)" in page


@pytest.mark.parametrize("kind", ["x", "mastodon", "facebook"])
def test_no_secret_is_said_anywhere(
    desk_of: Callable[[str], Desk],
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    desk = desk_of(kind)
    shown = [desk.begin().text, desk.connect().text]
    desk.server.door.withhold.add("tweet.write")
    desk.server.fault(Effect.WRONG_TYPE, "GET", "verify_credentials|users/me|/me|organ", 9)
    shown.append(desk.connect().text)
    for where in ("/", "/readiness", "/timeline", "/platform-apps"):
        shown.append(desk.maria.get(where).text)
    for where in ("", "/settings"):
        shown.append(desk.maria.get(f"/accounts/{desk.account_id}{where}").text)
    with db.unit_of_work() as session:
        for table in ("account_connections", "accounts", "platform_apps", "account_renewals"):
            shown += map(str, session.execute(text(f"SELECT t::text FROM {table} t")).all())
    said = capfd.readouterr()
    everything = "\n".join([*shown, str(entries("")), caplog.text, said.out, said.err])
    _settings, secret = desk.stored()
    public = {"expires_at", "scope", "issued_at", "client_id"}
    canaries = {value for name, value in secret.items() if name not in public}
    if desk.case.app:
        canaries.add(desk.case.app[2])
    assert canaries
    for canary in canaries:
        assert canary not in everything
