"""Every notice goes by mail and to each address that works, each once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import clock, sealing
from console.config import Settings
from console.db import unit_of_work
from console.incidents import outbox_addresses
from console.incidents.models import Notice, NoticeSend
from console.people import own_addresses
from console.people.models import OwnAddress, Person
from console.timeline.queries import entries_of
from tests.channels.servers import Sink
from tests.incidents.cast import at, cast, event
from tests.incidents.test_telling import told
from workers.own_addresses import send_own


@pytest.fixture
def phone(database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    sealing.use(database.keys)
    monkeypatch.setenv("BUDKAVLE_HOME", str(database.home))
    monkeypatch.setenv("BUDKAVLE_CONSOLE_URL", "https://kris.torsby.example")
    with Sink() as server:
        monkeypatch.setenv("BUDKAVLE_ALLOW_HOSTS", f"127.0.0.1:{server.port}")
        yield server


def address_of(person: Person, phone: Sink, *, works: bool = True) -> OwnAddress:
    """An address of a person's; `works`: its code has come back."""
    return OwnAddress(
        person_id=person.id,
        kind="other",
        name="JSON, 127.0.0.1",
        sealed=sealing.seal({"target": f"json://127.0.0.1:{phone.port}/x", "code": "123456"}),
        made_at=at(0),
        test_state="sent",
        test_at=at(0),
        tries=0,
        works_since=at(0) if works else None,
    )


def opened(phone: Sink, *, works: bool = True, **changes: Any) -> int:
    """Karin has an own address, and an event locks her accounts."""
    with unit_of_work() as session:
        c = cast(session)
        session.add(address_of(c.karin, phone, works=works))
        session.flush()
        return event(session, c.unit, **changes).id


def sends() -> list[NoticeSend]:
    with unit_of_work() as session:
        return list(session.scalars(select(NoticeSend).order_by(NoticeSend.id)))


def texts(phone: Sink) -> list[dict[str, str]]:
    return [json.loads(body) for _headers, body in phone.requests]


def test_a_lock_notice_goes_to_the_mail_and_once_to_the_address_that_works(phone: Sink) -> None:
    opened(phone)
    with unit_of_work() as session:
        assert set(session.scalars(select(Notice.mail_state))) == {"queued"}
    assert send_own() == 1
    assert send_own() == 0
    [message] = texts(phone)
    assert message["title"] == "Ditt konto är låst: Koka vattnet"
    assert "Torsbybadet på Facebook" in message["message"]
    assert "https://kris.torsby.example/read/" in message["message"]
    assert [one.state for one in sends()] == ["sent"]


def test_an_address_that_was_never_confirmed_gets_nothing(phone: Sink) -> None:
    opened(phone, works=False)
    assert send_own() == 0
    assert sends() == []


def test_an_exercise_says_so_first(phone: Sink) -> None:
    opened(phone, exercise=True)
    send_own()
    assert texts(phone)[0]["title"].startswith("ÖVNING ")


def test_a_notice_with_its_own_words_goes_there_too_with_its_own_page(phone: Sink) -> None:
    with unit_of_work() as session:
        c = cast(session)
        session.add(address_of(c.unit, phone))
        incident = event(session, c.unit)
        told(session, incident, [c.unit])
    send_own()
    [message] = texts(phone)
    assert message["title"] == "Läs det här"
    assert message["message"].endswith("https://kris.torsby.example/incidents/x/")


@pytest.mark.parametrize(("status", "state"), [(403, "failed"), (500, "unknown")])
def test_a_message_that_fails_or_is_lost_is_not_sent_again_by_itself(
    phone: Sink, status: int, state: str
) -> None:
    phone.answers(status)
    incident_id = opened(phone)
    for _ in range(3):
        send_own()
    assert len(phone.requests) == 1
    assert [one.state for one in sends()] == [state]
    with unit_of_work() as session:
        address = session.scalars(select(OwnAddress)).one()
        assert (address.failed_at is not None) == (state == "failed")
        assert f"notice:address:{state}" in [e.tag for e in entries_of(session, incident_id)]


def test_a_start_without_an_answer_is_unknown_and_a_late_answer_settles_it(
    phone: Sink, move_clock: Callable[[timedelta], None]
) -> None:
    opened(phone)
    with unit_of_work() as session:
        [(send, _notice, _address)] = outbox_addresses.claim(session, clock.now(), 5)
    move_clock(timedelta(seconds=70))
    assert send_own() == 0
    assert phone.requests == []
    assert [one.state for one in sends()] == ["unknown"]
    with unit_of_work() as session:
        outbox_addresses.settle(session, send.id, "sent", "", clock.now())
        outbox_addresses.settle(session, send.id, "failed", "x", clock.now())
    assert [one.state for one in sends()] == ["sent"]


def test_two_senders_do_not_take_the_same_message(phone: Sink) -> None:
    opened(phone)
    with unit_of_work() as one, unit_of_work() as other:
        first = outbox_addresses.claim(one, clock.now(), 5)
        second = outbox_addresses.claim(other, clock.now(), 5)
        assert (len(first), len(second)) == (1, 0)


def test_an_address_removed_meanwhile_gets_nothing(phone: Sink) -> None:
    opened(phone)
    with unit_of_work() as session:
        address = session.scalars(select(OwnAddress)).one()
        karin = session.get_one(Person, address.person_id)
        own_addresses.remove(session, karin, address.id, clock.now())
    send_own()
    assert phone.requests == []
    assert [(one.state, one.detail) for one in sends()] == [("failed", "removed")]


def test_who_is_shut_out_meanwhile_gets_nothing_on_their_own_address(phone: Sink) -> None:
    opened(phone)
    with unit_of_work() as session:
        address = session.scalars(select(OwnAddress)).one()
        session.get_one(Person, address.person_id).active = False
    send_own()
    assert phone.requests == []
    assert [(one.state, one.detail) for one in sends()] == [("failed", "shut_out")]
