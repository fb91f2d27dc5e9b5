"""What an approver sees of a list, and how a text message reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from channels.contract import Receipt
from channels.failures import Reason, Retry
from channels.http import Client as Http
from channels.listed import Forgetful, Held, Listed
from channels.registry import load
from console import clock, db
from console.accounts.models import Account
from console.config import Settings
from console.people.models import Person
from console.recipients import operations, queries
from simulators.sms import Sms
from tests.channels.rig import POST
from tests.stage import Stage

Client = Callable[[Person | None], FlaskClient]
STAFF = Listed("k1", "+46700000001")
EVA = Listed("k2", "+46700000002", "https://kris.torsby.example/a/hemlig-2")


@pytest.fixture
def server() -> Iterator[Sms]:
    with Sms() as server:
        server.now = clock.now()
        yield server


def test_the_approver_sees_how_many_of_each_kind_will_get_it(
    database: Settings, client_for: Client
) -> None:
    stage = Stage(
        database,
        accounts=1,
        exercise=False,
        kind="email",
        account_settings={
            "host": "127.0.0.1",
            "tls": "none",
            "from": "kris@torsby.example",
            "recipients": ["nattchef@torsby.example"],
        },
    )
    with db.unit_of_work() as session:
        for kind, address in (("partner", "p4@radio.example"), ("staff", "vd@torsby.example")):
            operations.add(
                session, stage.lisa, stage.account_ids[1], kind, [(1, [address])], "Jour.",
                clock.now(),
            )  # fmt: skip
    version = stage.submit(stage.write("update", text="Vattnet är borta."))
    page = client_for(stage.karin).get(f"/incidents/{stage.incident.slug}/approve/{version.id}")
    assert "Når 1 samverkande, 1 personal, 1 i inställningarna" in page.text
    assert "radio.example" not in page.text


def test_an_account_that_reaches_nobody_says_so(database: Settings) -> None:
    account = Account(id=1, kind="sms", settings={})
    with db.unit_of_work() as session:
        assert queries.reach(session, [account]) == {1: "ingen"}


class List:
    def __init__(self, server: Sms) -> None:
        self.server, self.ledger = server, Forgetful()
        settings = {"api": server.url, "user": "u1", "from": "Torsby"}
        self.settings = load("sms").parse(settings, {"password": "hemlig-1"})
        self.settings = replace(self.settings, listed=(STAFF, EVA), ledger=self.ledger)

    def send(self, text: str = POST.text) -> Receipt:
        post = replace(POST, text=text, made_at=self.server.now.timestamp())

        async def once() -> Receipt:
            async with Http(("127.0.0.1",), total=5.0) as client:
                receipt = await load("sms").publish(client, self.settings, post)  # type: ignore[attr-defined]
                assert isinstance(receipt, Receipt)
                return receipt

        return asyncio.run(once())

    def texts(self, one: Listed) -> list[str]:
        return [taken.text for taken in self.server.to(one.address)]


def test_only_a_citizens_text_says_where_to_leave_and_nobody_has_it_twice(server: Sms) -> None:
    people = List(server)
    assert people.send().note == "2 of 2 have it"
    assert people.send().note == "2 of 2 have it"
    assert people.texts(STAFF) == [POST.text]
    assert people.texts(EVA) == [f"{POST.text}\nAvsluta: {EVA.leave}"]


def test_the_line_is_left_out_where_it_does_not_fit(server: Sms) -> None:
    people = List(server)
    people.send("a" * 600)
    assert people.texts(EVA) == ["a" * 600]


def test_who_left_is_not_sent_to_and_a_stop_keeps_it_from_the_rest(
    server: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = List(server)

    async def left(key: str) -> bool:
        return key != EVA.key

    monkeypatch.setattr(people.ledger, "may_go", left)
    assert people.send().note == "1 of 1 have it"
    assert people.texts(EVA) == []

    async def stopped(key: str) -> bool:
        raise Held

    monkeypatch.setattr(people.ledger, "may_go", stopped)
    with pytest.raises(Retry) as error:
        people.send("Något annat.")
    assert error.value.reason is Reason.BUSY
    assert people.texts(STAFF) == [POST.text]
