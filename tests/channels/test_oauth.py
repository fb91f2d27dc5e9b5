"""Codes changed for keys at every platform, and what each platform's refusals come to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from channels import oauth
from channels.connecting import FLOWS, RENEWERS, flow, renewer
from channels.failures import Reauthorise, Refused, Retry
from channels.http import Answer, Client
from channels.mastodon_oauth import register
from channels.oauth import App, Asked, Failed, Fault, Found, Granted
from channels.registry import REGISTRY, load
from simulators.base import Effect
from simulators.facebook import Facebook
from simulators.instagram import Instagram
from simulators.linkedin import LinkedIn
from simulators.mastodon import Mastodon
from simulators.threads import Threads
from simulators.x import X
from tests.channels.servers import Sink

NOW = 1_780_002_000.0
BACK = "https://konsol.torsby.example/connect/x/back"
MAKE: dict[str, Callable[[], Any]] = {
    "facebook": Facebook, "instagram": Instagram, "linkedin": LinkedIn, "mastodon": Mastodon,
    "threads": Threads, "x": X,
}  # fmt: skip
TOKENS = r"oauth.*(token|accessToken)$"


class Person:
    """Somebody who connects an account of one kind at its simulator."""

    def __init__(self, kind: str, server: Any) -> None:
        self.kind, self.server = kind, server
        where = "server" if kind in ("mastodon", "x") else "api"
        self.settings = {where: server.url}
        self.verifier = oauth.new_verifier()
        if kind == "mastodon":
            self.app = self.ask(lambda client: register(client, server.url, BACK))
        else:
            self.app = App(*next(iter(server.door.apps.items())))

    def ask(self, question: Callable[[Client], Any]) -> Any:
        async def go() -> Any:
            hosts = (f"127.0.0.1:{self.server.port}",)
            async with Client(hosts, total=4.0, now=lambda: NOW) as client:
                return await question(client)

        return asyncio.run(go())

    def address(self) -> str:
        asked = Asked("state-1", BACK, oauth.challenge_of(self.verifier))
        return flow(self.kind).authorize(self.settings, self.app, asked)

    def code(self) -> str:
        back = dict(parse_qsl(urlsplit(self.server.door.allow(self.address())).query))
        assert back["state"] == "state-1"
        return back["code"]

    def exchange(self, code: str, **changed: str) -> list[Found]:
        granted = Granted(
            code, changed.get("redirect", BACK), changed.get("verifier", self.verifier)
        )
        found: list[Found] = self.ask(
            lambda client: flow(self.kind).exchange(client, self.settings, self.app, granted)
        )
        return found


@contextmanager
def at(kind: str) -> Iterator[Person]:
    with MAKE[kind]() as server:
        yield Person(kind, server)


@pytest.fixture(params=MAKE)
def person(request: pytest.FixtureRequest) -> Iterator[Person]:
    with at(request.param) as found:
        yield found


def test_every_flow_and_renewer_is_of_a_kind_that_there_is() -> None:
    assert set(FLOWS) == set(MAKE) and set(FLOWS) <= set(REGISTRY)
    assert set(RENEWERS) <= set(FLOWS)


def test_a_code_gives_a_key_that_the_channel_takes(person: Person) -> None:
    (found,) = person.exchange(person.code())
    settings = person.settings | dict(found.more) | dict(found.settings)
    channel = load(person.kind)
    parsed = channel.parse(settings, found.secret)
    answer = person.ask(lambda client: channel.probe(client, parsed))  # type: ignore[attr-defined]
    assert (answer.reason, answer.missing) == (None, ())


def test_no_key_and_no_verifier_goes_with_the_browser(person: Person) -> None:
    address = person.address()
    assert person.verifier not in address
    if person.app.client_secret:
        assert person.app.client_secret not in address
    assert person.verifier not in repr(Granted("c", BACK, person.verifier))
    (found,) = person.exchange(person.code())
    assert not [
        value for value in found.secret.values() if len(value) > 12 and value in repr(found)
    ]


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [("used", Fault.CODE), ("unknown", Fault.CODE), ("app", Fault.APP)],
)
def test_a_refusal_is_told_for_what_it_is(person: Person, trouble: str, fault: Fault) -> None:
    code = person.code()
    if trouble == "used":
        person.exchange(code)
    elif trouble == "unknown":
        code = "code-99"
    else:
        person.app = App(person.app.client_id, "another-secret")
    with pytest.raises(Failed) as error:
        person.exchange(code)
    assert error.value.fault is fault
    assert "another-secret" not in str(error.value)


def test_another_address_of_ours_is_told_where_the_platform_tells_it(person: Person) -> None:
    with pytest.raises(Failed) as error:
        person.exchange(person.code(), redirect="https://another.example/back")
    blurred = person.kind in ("mastodon", "linkedin")
    assert error.value.fault is (Fault.CODE if blurred else Fault.REDIRECT)


@pytest.mark.parametrize("kind", ["x", "mastodon"])
def test_a_code_without_its_verifier_gives_nothing(kind: str) -> None:
    with at(kind) as person:
        with pytest.raises(Failed) as error:
            person.exchange(person.code(), verifier=oauth.new_verifier())
        assert error.value.fault is Fault.CODE


@pytest.mark.parametrize(
    "effect",
    [
        Effect.LOSE_ANSWER, Effect.ERROR_BEFORE, Effect.EMPTY, Effect.WRONG_TYPE,
        Effect.TRUNCATED,
    ],
)  # fmt: skip
def test_an_answer_that_is_none_gives_no_key(person: Person, effect: Effect) -> None:
    code = person.code()
    for method in ("GET", "POST"):
        person.server.fault(effect, method, TOKENS, 9)
    with pytest.raises(Failed) as error:
        person.exchange(code)
    assert error.value.fault is Fault.NO_ANSWER


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("mastodon", "write:statuses"),
        ("x", "offline.access"),
        ("linkedin", "w_organization_social"),
        ("facebook", "pages_manage_posts"),
        ("instagram", "instagram_content_publish"),
    ],
)
def test_a_right_that_the_person_took_away_is_named(kind: str, right: str) -> None:
    with at(kind) as person:
        person.server.door.withhold.add(right)
        with pytest.raises(Failed) as error:
            person.exchange(person.code())
        assert (error.value.fault, error.value.names) == (Fault.SCOPES, (right,))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"error": "access_denied"}, Fault.DENIED),
        ({"error": "access_denied", "error_reason": "user_denied"}, Fault.DENIED),
        ({"error": "user_cancelled_login"}, Fault.DENIED),
        ({"error": "user_cancelled_authorize"}, Fault.DENIED),
        ({"error": "unauthorized_scope_error"}, Fault.SCOPES),
        ({"error": "invalid_scope"}, Fault.SCOPES),
        ({"error": "temporarily_unavailable"}, Fault.NO_ANSWER),
        ({"error": "unauthorized_client"}, Fault.APP),
        ({"error": "anything"}, Fault.REFUSED),
    ],
)
def test_what_the_browser_is_sent_back_with(said: dict[str, str], fault: Fault) -> None:
    assert oauth.refused_in_browser(said).fault is fault


def test_a_platforms_words_hold_no_key_and_no_lines() -> None:
    words = oauth.clean("token\nEAABsbCS1iHgBO0123456789012345 is\x00 dead " + "x " * 300)
    assert "EAAB" not in words and "\n" not in words and len(words) <= 200


def test_a_challenge_is_the_hash_of_its_verifier() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oauth.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(oauth.new_verifier()) <= 128
    digest = hashlib.sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == oauth.challenge_of(verifier)


def test_several_pages_are_found_with_a_key_each() -> None:
    with at("facebook") as person:
        person.server.pages |= {"999": "Torsbybadet"}
        one, other = person.exchange(person.code())
        assert (one.called, other.called) == ("Torsby kommun", "Torsbybadet")
        assert one.secret != other.secret


# New keys for old.


def renew(
    server: Any, kind: str, settings: dict[str, Any], secret: dict[str, Any]
) -> dict[str, str]:
    fresh: dict[str, str] = Person(kind, server).ask(
        lambda client: renewer(kind).renew(client, settings, secret)
    )
    return fresh


def scripted(sink: Sink, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and secret of an account at a server that answers as the test says."""
    url = f"http://127.0.0.1:{sink.port}"
    if kind == "linkedin":
        return (
            {"api": url, "client_id": "86app"},
            {"token": "gammal", "refresh_token": "r1", "client_secret": "hemligt-86"},
        )
    return {"api": url, "user_id": "1"}, {"token": "gammal"}


def ask_sink(sink: Sink, kind: str) -> dict[str, str]:
    settings, secret = scripted(sink, kind)

    async def go() -> dict[str, str]:
        async with Client((f"127.0.0.1:{sink.port}",), total=4.0, now=lambda: NOW) as client:
            return await renewer(kind).renew(client, settings, secret)

    return asyncio.run(go())


@pytest.mark.parametrize("kind", ["linkedin", "threads"])
@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"access_token": ""}', b'{"access_token": null}', b"<p>", b"[]"]
)
def test_lesson_21_an_empty_answer_is_no_key(sink: Sink, kind: str, body: bytes) -> None:
    sink.answers(200, body)
    with pytest.raises(Retry):
        ask_sink(sink, kind)


@pytest.mark.parametrize(
    ("kind", "status", "body", "error"),
    [
        ("linkedin", 400, b'{"error": "invalid_grant"}', Reauthorise),
        ("linkedin", 401, b'{"error": "invalid_client"}', Refused),
        ("linkedin", 500, b"", Retry),
        ("linkedin", 429, b"{}", Retry),
        ("linkedin", 400, b'{"error": "invalid_request"}', Retry),
        ("threads", 401, b'{"error": {"code": 190, "message": "expired"}}', Reauthorise),
        ("threads", 400, b'{"error": {"code": 100, "message": "too young"}}', Refused),
        ("threads", 500, b'{"error": {"code": 2, "message": "?"}}', Retry),
        ("threads", 400, b'{"error": {"code": 4, "message": "limit"}}', Retry),
    ],
)
def test_only_a_clear_word_buries_a_key(
    sink: Sink, kind: str, status: int, body: bytes, error: type[Exception]
) -> None:
    sink.answers(status, body)
    with pytest.raises(error) as raised:
        ask_sink(sink, kind)
    assert type(raised.value) is error
    for canary in ("gammal", "r1", "hemligt-86"):
        assert canary not in str(raised.value)


def test_a_refusal_in_metas_shape_and_in_nobodys() -> None:
    def fault(status: int, body: bytes) -> Fault:
        return oauth.refused(Answer(status, {}, body)).fault

    assert fault(400, b'{"error": {"code": 100, "error_subcode": 36007}}') is Fault.CODE
    assert fault(400, b'{"error": {"code": 191, "message": ""}}') is Fault.REDIRECT
    assert fault(502, b"<p>") is Fault.NO_ANSWER
    assert fault(401, b"{}") is Fault.APP
