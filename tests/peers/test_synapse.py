"""A Matrix homeserver: one event after a lost answer, and what our simulator claims of it."""

from __future__ import annotations

import itertools
import json
import urllib.error
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from channels.contract import Edit, Picture, Receipt
from channels.failures import Reason, Reauthorise, Refused, Retry, Unknown
from channels.matrix import Matrix
from simulators import matrix as simulated
from tests.channels.rig import LATER, POST, Rig
from tests.channels.test_matrix import rig_on
from tests.faults_proxy import FaultProxy
from tests.peers.synapse import Synapse, User
from tests.peers.test_bluesky_pds import png

numbers = itertools.count(1)
SEND = b"/send/m.room.message/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    with Synapse(Path(tmp_path_factory.mktemp("synapse"))) as server:
        yield server


@pytest.fixture
def user(server: Synapse) -> User:
    return server.user(f"torsby{next(numbers)}")


@pytest.fixture
def room(user: User) -> str:
    return user.room()


@pytest.fixture
def rig(user: User, room: str) -> Rig:
    return rig_of(user, room)


def rig_of(user: User, room: str) -> Rig:
    return Rig(
        Matrix(),
        lambda port: (
            {"server": f"http://127.0.0.1:{port}", "room": room}, {"token": user.token},
        ),
        user.server.port,
        lambda: len(user.events(room)),
    )  # fmt: skip


def now_posted(user: User, room: str) -> float:
    """The server's clock, by what it wrote last."""
    moment: float = user.events(room)[-1]["origin_server_ts"] / 1000
    return moment


def test_a_post_stands_as_it_was_written_and_is_read_back(rig: Rig, user: User, room: str) -> None:
    text = (
        "Koka <vattnet> åäö 🚰. Läs https://torsby.example/h/vattnet/.\n\nKl 14.30, uppdatering 3"
    )
    post = replace(POST, text=text)
    assert rig.read_back(post) is None
    receipt = rig.publish(post=post)
    (event,) = user.events(room)
    assert event["event_id"] == receipt.remote_id
    assert event["content"] == {"msgtype": "m.text", "body": text, "m.mentions": {}}
    assert rig.read_back(post) == receipt
    late = replace(post, made_at=now_posted(user, room) + 3600)
    assert rig.read_back(late) is None


def test_lesson_3_a_round_whose_answer_was_lost_is_one_event_however_often_it_is_sent(
    rig: Rig, user: User, room: str
) -> None:
    with FaultProxy(rig.port, "lose_answer", SEND) as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port)
    (event,) = user.events(room)
    receipts = [rig.publish() for _attempt in range(3)]
    assert {receipt.remote_id for receipt in receipts} == {event["event_id"]}
    found = rig.read_back()
    assert found is not None and found.remote_id == event["event_id"]
    assert rig.arrived() == 1
    assert rig.publish(post=LATER).remote_id != event["event_id"]
    assert rig.arrived() == 2


def test_a_picture_carries_the_text_as_its_caption(rig: Rig, user: User, room: str) -> None:
    picture = Picture(data=png(), media_type="image/png", alt="Vit karta", width=1, height=1)
    receipt = rig.publish(post=replace(POST, pictures=(picture,)))
    (event,) = user.events(room)
    assert receipt.note is None
    assert event["content"]["msgtype"] == "m.image"
    assert event["content"]["body"] == POST.text
    assert event["content"]["url"].startswith("mxc://torsby.test/")


def test_a_correction_strikes_what_was_wrong_and_made_again_it_is_one_edit(
    rig: Rig, user: User, room: str
) -> None:
    receipt = rig.publish()
    text = "Rättelse: 1 < 2. Koka inte."
    change = Edit(
        key="e1", remote_id=receipt.remote_id, text=text, struck=("Koka inte.",), language="sv"
    )
    with FaultProxy(rig.port, "lose_answer", SEND) as proxy:
        lost = rig.settings(proxy.port)
        with pytest.raises(Unknown):
            rig.ask(lambda client: rig.channel.edit(client, lost, change))
    rig.ask(lambda client: rig.channel.edit(client, rig.settings(), change))
    original, edited = user.events(room)
    marked = "Rättelse: 1 &lt; 2. <del>Koka inte.</del>"
    assert edited["content"]["m.new_content"]["formatted_body"] == marked
    # What a reader's client is given in the original's place.
    bundled = original["unsigned"]["m.relations"]["m.replace"]
    assert bundled["event_id"] == edited["event_id"]
    assert bundled["content"]["m.new_content"]["body"] == text
    found = rig.read_back()
    assert found is not None and found.remote_id == receipt.remote_id


def test_what_is_deleted_leaves_no_words_of_its_edits_either(
    rig: Rig, user: User, room: str
) -> None:
    receipt = rig.publish()
    for number in range(7):
        change = Edit(
            key=f"e{number}", remote_id=receipt.remote_id, text=f"Koka inte, {number}.",
            struck=(), language="sv",
        )  # fmt: skip
        rig.ask(lambda client, change=change: rig.channel.edit(client, rig.settings(), change))
    assert rig.arrived() == 8
    rig.delete(receipt.remote_id)
    assert user.events(room) == []
    assert rig.read_back() is None
    rig.delete(receipt.remote_id)
    with pytest.raises(Refused) as error:
        rig.edit(receipt.remote_id, "Koka igen.")
    assert error.value.reason is Reason.TURNED_DOWN


def test_a_server_nobody_has_configured_asks_us_to_wait_after_ten(server: Synapse) -> None:
    user = server.user(f"torsby{next(numbers)}", limited=True)
    rig = rig_of(user, user.room())
    sent: list[Receipt] = []

    def send_on() -> None:
        while len(sent) < 30:
            sent.append(rig.publish(post=replace(POST, key=f"k{len(sent)}")))

    with pytest.raises(Retry) as error:
        send_on()
    assert 9 <= len(sent) <= 12
    assert error.value.reason is Reason.BUSY
    assert "M_LIMIT_EXCEEDED" in error.value.detail
    assert error.value.after is not None and 0 < error.value.after <= 6
    assert rig.arrived() == len(sent)


def test_a_dead_token_asks_for_a_new_one(rig: Rig, user: User) -> None:
    assert rig.probe().reason is None
    user.call("POST", "/_matrix/client/v3/logout", {})
    with pytest.raises(Reauthorise) as error:
        rig.publish()
    assert "M_UNKNOWN_TOKEN" in error.value.detail
    assert user.token not in error.value.detail
    assert rig.probe().reason is Reason.CREDENTIALS


def test_a_user_who_is_locked_or_removed_needs_a_new_token(
    rig: Rig, server: Synapse, user: User
) -> None:
    path = f"/_synapse/admin/v2/users/{quote(user.id)}"
    server.admin.call("PUT", path, {"locked": True})
    with pytest.raises(Reauthorise):
        rig.publish()
    server.admin.call("PUT", path, {"locked": False, "deactivated": True})
    with pytest.raises(Reauthorise):
        rig.publish()


def test_who_may_not_write_in_the_room_is_told_so_and_may_once_let(
    server: Synapse, user: User
) -> None:
    """With the table of power that the room's owner sets, as the probe reads it."""
    levels = {"events_default": 50, "users": {server.admin.id: 100}}
    room = server.admin.room(room_version="11", power_level_content_override=levels)
    rig = rig_of(user, room)
    assert (rig.probe().reason, rig.probe().detail) == (Reason.RIGHTS, "not in the room")
    with pytest.raises(Refused) as error:
        rig.publish()
    assert error.value.reason is Reason.RIGHTS
    user.join(room)
    assert rig.probe().missing == ("m.room.message",)
    with pytest.raises(Refused) as error:
        rig.publish()
    assert type(error.value) is Refused and error.value.reason is Reason.RIGHTS
    assert server.admin.events(room) == []
    server.admin.state(
        room, "m.room.power_levels", {**levels, "users": {server.admin.id: 100, user.id: 50}}
    )
    assert rig.probe().reason is None
    rig.publish()


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_whoever_made_a_room_of_any_kind_may_write_there(user: User, version: str) -> None:
    room = user.room(room_version=version, power_level_content_override={"events_default": 50})
    rig = rig_of(user, room)
    ready = rig.probe()
    assert (ready.account, ready.reason, ready.detail) == (user.id, None, "encrypted=no")
    rig.publish()
    assert rig.read_back() is not None


def test_a_room_that_is_encrypted_is_seen(rig: Rig, user: User, room: str) -> None:
    user.state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert rig.probe().detail == "encrypted=yes"


def test_another_accounts_post_is_neither_edited_nor_deleted(
    rig: Rig, server: Synapse, room: str
) -> None:
    neighbour = server.user(f"granne{next(numbers)}")
    neighbour.join(room)
    theirs = rig_of(neighbour, room).publish()
    with pytest.raises(Refused) as error:
        rig.edit(theirs.remote_id, "Koka inte.")
    assert error.value.reason is Reason.WRONG_ACCOUNT
    assert rig.read_back() is None


def test_the_longest_text_that_we_take_is_taken_and_so_is_its_edit(rig: Rig) -> None:
    receipt = rig.publish(post=replace(POST, text="å" * 15_000))
    rig.edit(receipt.remote_id, "ö" * 15_000)


# What stands first.


def pinned(user: User, room: str) -> list[str]:
    path = f"/_matrix/client/v3/rooms/{quote(room)}/state/m.room.pinned_events"
    found: list[str] = user.server.call("GET", path, None, user.token)["pinned"]
    return found


def test_a_post_is_pinned_beside_the_municipalitys_own_and_lifted(
    rig: Rig, user: User, room: str
) -> None:
    receipt = rig.publish()
    rig.pin(receipt.remote_id)
    assert pinned(user, room) == [receipt.remote_id], "a room without any pins"
    user.state(room, "m.room.pinned_events", {"pinned": ["$eget"]})
    with FaultProxy(rig.port, "lose_answer", b"PUT") as proxy, pytest.raises(Unknown):
        rig.pin(receipt.remote_id, proxy.port)
    rig.pin(receipt.remote_id)
    assert pinned(user, room) == ["$eget", receipt.remote_id]
    for _again in range(2):
        rig.pin(receipt.remote_id, lift=True)
        assert pinned(user, room) == ["$eget"]
    rig.delete(receipt.remote_id)
    with pytest.raises(Refused):
        rig.pin(receipt.remote_id)
    rig.pin(receipt.remote_id, lift=True)


def test_who_may_write_but_not_change_the_room_is_told_so(server: Synapse, user: User) -> None:
    levels = {"events_default": 0, "state_default": 50, "users": {server.admin.id: 100}}
    room = server.admin.room(room_version="11", power_level_content_override=levels)
    user.join(room)
    rig = rig_of(user, room)
    receipt = rig.publish()
    with pytest.raises(Refused) as error:
        rig.pin(receipt.remote_id)
    assert error.value.reason is Reason.RIGHTS


# The simulator says what the server says.


def questions(room: str, event_id: str, token: str) -> Iterator[tuple[str, str, Any, str]]:
    """Method, path, value and token."""
    base = "/_matrix/client/v3"
    here, elsewhere = f"{base}/rooms/{quote(room)}", f"{base}/rooms/%21annat%3Atorsby.test"
    event, word = quote(event_id), {"msgtype": "m.text", "body": "Hej"}
    for each in ("", "ingen_riktig", token):
        yield "GET", f"{base}/account/whoami", None, each
        yield "PUT", f"{here}/send/m.room.message/t1", word, each
        yield "PUT", f"{here}/redact/{event}/t2{each[:1]}", {}, each
        yield "GET", f"{here}/messages?dir=b&limit=5", None, each
    yield "GET", f"{base}/joined_rooms", None, token
    yield "PUT", f"{here}/send/m.room.message/t3", {**word, "body": "x" * 66_000}, token
    yield "PUT", f"{elsewhere}/send/m.room.message/t4", word, token
    yield "GET", f"{here}/event/%24ingen", None, token
    yield "GET", f"{here}/event/{event}", None, token
    yield "GET", f"{here}/state/m.room.power_levels", None, token
    yield "GET", f"{here}/state/m.room.encryption", None, token
    yield "GET", f"{here}/state/m.room.pinned_events", None, token
    for each in ("", "ingen_riktig", token):
        yield "PUT", f"{here}/state/m.room.pinned_events", {"pinned": [event_id]}, each
    relations = f"/_matrix/client/v1/rooms/{quote(room)}/relations/{event}/m.replace?limit=5"
    yield "GET", relations, None, token


def said(call: Any, question: tuple[str, str, Any, str]) -> tuple[str, int, str, list[str]]:
    """The question, status, the error's code, and the names in what a yes holds."""
    method, path, value, token = question
    name = f"{method} {path.partition('?')[0]}"
    try:
        found = call(method, path, value, token)
    except urllib.error.HTTPError as error:
        return name, error.code, json.loads(error.read())["errcode"], []
    wanted = {"event_id", "joined_rooms", "chunk", "sender", "content"}
    return name, 200, "", sorted(wanted & set(found))


def test_the_simulator_says_what_the_server_says(server: Synapse, user: User) -> None:
    room, theirs = user.room(), []
    event_id = rig_of(user, room).publish().remote_id
    for question in questions(room, event_id, user.token):
        theirs.append(said(server.call, question)[1:])
    with simulated.Matrix() as other:
        ours = []
        event_id = rig_on(other).publish(post=POST).remote_id
        stand_in = Synapse(Path())
        stand_in.port = other.port
        names = list(questions(simulated.ROOM, event_id, simulated.TOKEN))
        for question in names:
            ours.append(said(stand_in.call, question)[1:])
    differ = [
        (name[:2], *pair) for name, *pair in zip(names, ours, theirs, strict=True)
        if pair[0] != pair[1]
    ]  # fmt: skip
    assert not differ
