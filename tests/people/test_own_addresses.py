"""Own addresses in *Mina uppgifter*: nothing is relied on before it has come through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from console import clock
from console.config import Settings
from console.db import unit_of_work
from console.errors import WrongState
from console.people import own_addresses
from console.people.models import OwnAddress, Person
from console.timeline.models import Body
from tests.cast import Cast, client_for
from tests.channels.servers import Sink
from workers.own_addresses import send_own

Move = Callable[[timedelta], None]


@pytest.fixture
def phone(app: Flask, database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Where the messages arrive, opened by name for the worker."""
    with Sink() as server:
        monkeypatch.setenv("BUDKAVLE_ALLOW_HOSTS", f"127.0.0.1:{server.port}")
        yield server


def add(app: Flask, cast: Cast, phone: Sink) -> int:
    address = f"json://127.0.0.1:{phone.port}/hemligt-amne"
    answer = client_for(app, cast.olle).post(
        "/me/addresses", data={"kind": "other", "secret_address": address}
    )
    assert answer.status_code == 303, answer.text
    with unit_of_work() as session:
        return own_addresses.of(session, cast.olle.id)[-1].id


def row(address_id: int) -> OwnAddress:
    with unit_of_work() as session:
        return session.get_one(OwnAddress, address_id)


def code(phone: Sink) -> str:
    found = re.search(r"\d{6}", json.loads(phone.requests[-1][1])["message"])
    assert found is not None
    return found[0]


def confirm(app: Flask, cast: Cast, address_id: int, given: str) -> int:
    url = f"/me/addresses/{address_id}/confirm"
    return client_for(app, cast.olle).post(url, data={"code": given}).status_code


def test_an_address_is_tried_when_entered_and_counts_when_its_code_comes_back(
    app: Flask, cast: Cast, phone: Sink
) -> None:
    address_id = add(app, cast, phone)
    page = client_for(app, cast.olle).get("/me/addresses").text
    assert "Inte prövad än: inga meddelanden går hit." in page
    assert send_own() == 1
    assert send_own() == 0
    assert len(phone.requests) == 1
    assert row(address_id).test_state == "sent"
    assert row(address_id).works_since is None
    wrong = "000000" if code(phone) != "000000" else "111111"
    assert confirm(app, cast, address_id, wrong) == 422
    assert row(address_id).works_since is None
    assert confirm(app, cast, address_id, f" {code(phone)[:3]} {code(phone)[3:]} ") == 303
    assert row(address_id).works_since is not None
    assert "Fungerar sedan" in client_for(app, cast.olle).get("/me/addresses").text


def test_the_secret_of_an_address_stands_in_no_row_page_or_timeline_in_the_clear(
    app: Flask, cast: Cast, phone: Sink
) -> None:
    address_id = add(app, cast, phone)
    kept = row(address_id)
    assert b"hemligt-amne" not in (kept.sealed or b"")
    assert kept.name == "JSON, 127.0.0.1"
    assert "hemligt-amne" not in client_for(app, cast.olle).get("/me/addresses").text
    with unit_of_work() as session:
        bodies = [body.canonical for body in session.query(Body)]
        assert any("person:address:added" in body for body in bodies)
        assert not any("hemligt-amne" in body for body in bodies)


def test_an_address_that_does_not_answer_says_so_and_is_not_relied_on(
    app: Flask, cast: Cast, phone: Sink
) -> None:
    phone.answers(403)
    address_id = add(app, cast, phone)
    send_own()
    assert row(address_id).test_state == "failed"
    page = client_for(app, cast.olle).get("/me/addresses").text
    assert "Meddelandet gick inte fram." in page
    assert "Är adress och nyckel rätt?" in page


def test_five_wrong_codes_ask_for_a_new_test_with_a_new_code(
    app: Flask, cast: Cast, phone: Sink, move_clock: Move
) -> None:
    address_id = add(app, cast, phone)
    send_own()
    first = code(phone)
    for _ in range(own_addresses.TRIES):
        assert confirm(app, cast, address_id, "not it") == 422
    confirm(app, cast, address_id, first)
    assert row(address_id).works_since is None
    again = f"/me/addresses/{address_id}/try"
    client_for(app, cast.olle).post(again)
    assert row(address_id).test_state == "sent", "a minute must pass between two tests"
    move_clock(timedelta(minutes=2))
    client_for(app, cast.olle).post(again)
    assert send_own() == 1
    assert confirm(app, cast, address_id, code(phone)) == 303
    assert row(address_id).works_since is not None


def test_nobody_else_can_confirm_try_or_remove_an_address(
    app: Flask, cast: Cast, phone: Sink
) -> None:
    address_id = add(app, cast, phone)
    maja = client_for(app, cast.maja)
    assert maja.post(f"/me/addresses/{address_id}/remove").status_code == 404
    maja.post(f"/me/addresses/{address_id}/confirm", data={"code": "123456"})
    maja.post(f"/me/addresses/{address_id}/try")
    kept = row(address_id)
    assert (kept.removed_at, kept.tries) == (None, 0)


def test_a_removed_address_forgets_its_secret(app: Flask, cast: Cast, phone: Sink) -> None:
    address_id = add(app, cast, phone)
    answer = client_for(app, cast.olle).post(f"/me/addresses/{address_id}/remove")
    assert answer.status_code == 303
    assert row(address_id).sealed is None
    assert send_own() == 0
    assert phone.requests == []


def test_a_person_has_five_addresses_at_most(cast: Cast, app: Flask) -> None:
    with app.test_request_context(), unit_of_work() as session:
        olle = session.get_one(Person, cast.olle.id)
        for n in range(own_addresses.MOST):
            own_addresses.add(session, olle, "other", f"ntfys://h/{n}", "ntfy", clock.now())
        with pytest.raises(WrongState):
            own_addresses.add(session, olle, "other", "ntfys://h/9", "ntfy", clock.now())


def test_an_sms_needs_a_service_and_the_form_says_so(app: Flask, cast: Cast) -> None:
    olle = client_for(app, cast.olle)
    answer = olle.post("/me/addresses", data={"kind": "sms", "secret_address": "070-174 06 00"})
    assert answer.status_code == 422
    assert "Sms är inte inställt." in answer.text
    assert 'value="070-174 06 00"' in answer.text


def test_what_cannot_be_read_is_said_at_the_field(app: Flask, cast: Cast) -> None:
    olle = client_for(app, cast.olle)
    for kind, typed in (("other", "syslog://"), ("other", "inget"), ("ntfy", "x"), ("", "x")):
        answer = olle.post("/me/addresses", data={"kind": kind, "secret_address": typed})
        assert answer.status_code == 422, (kind, typed)
        assert "-fault" in answer.text


def test_a_lost_test_is_unknown_and_not_sent_again(
    app: Flask, cast: Cast, phone: Sink, move_clock: Move
) -> None:
    address_id = add(app, cast, phone)
    with unit_of_work() as session:
        own_addresses.claim(session, clock.now(), 5)
    move_clock(timedelta(seconds=70))
    assert send_own() == 0
    assert row(address_id).test_state == "unknown"
    assert phone.requests == []
