"""What is sent to a Matrix room, what is put in its place, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Edit, Picture, Removal
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.matrix import PAGE, PAGES, Matrix
from channels.matrix_events import EVENT_BYTES
from simulators import matrix as simulated
from simulators.base import Effect
from simulators.matrix import NOW, ROOM, TOKEN, USER
from tests.channels.rig import LATER, POST, Rig
from tests.channels.servers import Sink

SECRET = {"token": TOKEN}
PICTURE = Picture(data=b"\x89PNG...", media_type="image/png", alt="Karta", width=8, height=9)


def rig_on(server: simulated.Matrix) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"server": f"http://127.0.0.1:{port}", "room": ROOM}, SECRET

    return Rig(
        Matrix(),
        at,
        server.port,
        lambda: len(server.shown),
        after=b"PUT /_matrix/client/v3/rooms",
        simulator=server,
        publishing=("PUT", "/send/m.room.message/"),
        pinned=lambda: list(server.states.get("m.room.pinned_events", {}).get("pinned", [])),
        pinning=("PUT", "/state/m.room.pinned_events$"),
        before=("POST", "/upload$"),
        post=replace(POST, pictures=(PICTURE,)),
        later=replace(LATER, pictures=(PICTURE,)),
    )


@contextmanager
def rig() -> Iterator[Rig]:
    with simulated.Matrix() as server:
        yield rig_on(server)


@pytest.fixture
def server() -> Iterator[simulated.Matrix]:
    with simulated.Matrix() as server:
        yield server


def edit(rig: Rig, remote_id: str, text: str, *struck: str) -> None:
    change = Edit(key="e1", remote_id=remote_id, text=text, struck=struck, language="sv")
    rig.ask(lambda client: rig.channel.edit(client, rig.settings(), change))


def sends(server: simulated.Matrix) -> list[str]:
    return [path for method, path in server.requests if method == "PUT" and "/send/" in path]


# What is sent.


def test_a_text_goes_as_it_is_and_rings_nobodys_bell(server: simulated.Matrix) -> None:
    text = "1 < 2 *inte fet* @room\n\nhttps://torsby.example/h/vattnet/"
    receipt = rig_on(server).publish(post=replace(POST, text=text))
    assert server.shown[0].extra == {"msgtype": "m.text", "body": text, "m.mentions": {}}
    assert receipt.link == (
        "https://matrix.to/#/%21vatten%3Akommun.example/%24h%C3%A4ndelse0?via=kommun.example"
    )


def test_a_picture_has_the_text_as_its_caption(server: simulated.Matrix) -> None:
    receipt = rig_on(server).publish()
    assert server.shown[0].extra == {
        "msgtype": "m.image",
        "body": POST.text,
        "filename": "picture.png",
        "url": "mxc://kommun.example/1",
        "info": {"mimetype": "image/png", "size": len(PICTURE.data), "w": 8, "h": 9},
        "m.mentions": {},
    }
    assert server.uploads == [PICTURE.data]
    assert receipt.note is None


def test_a_picture_the_server_will_not_have_is_left_out_and_the_words_go(
    server: simulated.Matrix,
) -> None:
    server.takes_pictures = False
    receipt = rig_on(server).publish()
    assert server.shown[0].extra["msgtype"] == "m.text"
    assert receipt.note == "1 of 1 pictures left out"


def test_the_token_stands_in_the_header_and_never_in_an_address(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    rig.read_back()
    rig.probe()
    rig.edit(receipt.remote_id, "Koka inte.")
    rig.delete(receipt.remote_id)
    assert not any(TOKEN in path for _method, path in server.requests)


# Keys.


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.TRUNCATED])
def test_lesson_3_a_post_whose_answer_is_lost_is_one_post_when_sent_again(
    server: simulated.Matrix, effect: Effect
) -> None:
    rig = rig_on(server)
    server.fault(effect, *rig.publishing)
    with pytest.raises(Unknown):
        rig.publish()
    rig.publish()
    first, second = sends(server)
    assert first == second
    assert len(server.shown) == len(server.events) == 1


def test_a_key_of_another_database_is_another_key(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    rig.publish()
    rig.publish(post=replace(rig.post, made_at=POST.made_at + 86_400))
    assert len(server.shown) == 2


def test_an_edit_and_a_removal_made_again_are_one_event(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    edit(rig, receipt.remote_id, "Koka inte.")
    edit(rig, receipt.remote_id, "Koka inte.")
    assert len(server.events) == 2
    edit(rig, receipt.remote_id, "Koka igen.")
    assert len(server.events) == 3
    assert server.shown[0].text == "Koka igen."


# Reading back.


def test_an_edited_post_is_known_by_what_it_said_when_sent(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    edit(rig, receipt.remote_id, "Koka inte.")
    found = rig.read_back()
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert rig.read_back(replace(POST, text="Koka inte.")) is None
    assert rig.read_back(replace(POST, text="* Koka inte.")) is None


def test_what_another_user_says_is_not_ours(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    server.user = "@granne:kommun.example"
    rig.publish()
    server.user = USER
    assert rig.read_back() is None


def test_a_post_with_the_same_words_from_before_is_another(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    rig.publish()
    assert rig.read_back(replace(POST, made_at=NOW + 601)) is None
    assert rig.read_back(replace(POST, made_at=NOW + 599)) is not None


def test_more_newer_posts_than_are_looked_through_prove_nothing(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    for n in range(PAGE * PAGES + 1):
        rig.publish(post=replace(POST, key=f"k{n}", text=f"Svar {n}"))
    with pytest.raises(Unknown):
        rig.read_back()
    assert rig.read_back(replace(POST, text="Svar 40")) is not None


# Editing.


def test_what_was_wrong_is_struck_through_and_the_rest_escaped(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish(post=POST)
    text = "Rättelse: 1 < 2.\nKoka <allt>. Koka inte."
    edit(rig, receipt.remote_id, text, "Koka <allt>.", "Står inte här.")
    content = server.events[-1]["content"]
    assert content["body"] == f"* {text}"
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": receipt.remote_id}
    assert content["m.new_content"] == {
        "msgtype": "m.text",
        "body": text,
        "format": "org.matrix.custom.html",
        "formatted_body": "Rättelse: 1 &lt; 2.<br/><del>Koka &lt;allt&gt;.</del> Koka inte.",
        "m.mentions": {},
    }


def test_an_edit_keeps_the_picture(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    before = server.shown[0].extra
    edit(rig, receipt.remote_id, "Koka inte.")
    assert server.shown[0].extra == {**before, "body": "Koka inte."}


def test_markup_is_left_out_where_the_event_would_grow_too_large(
    server: simulated.Matrix,
) -> None:
    rig = rig_on(server)
    receipt = rig.publish(post=POST)
    text = "Koka inte. " + "å" * 12_000
    edit(rig, receipt.remote_id, text, "Koka inte.")
    assert "formatted_body" not in server.events[-1]["content"]["m.new_content"]
    assert server.shown[0].text == text
    assert 2 * len(text.encode()) < EVENT_BYTES < 3 * len(text.encode())


@pytest.mark.parametrize(("letter", "most"), [("x", 30_000), ("å", 15_000), ("🚰", 7_500)])
def test_the_longest_text_can_be_sent_edited_and_read_back(
    server: simulated.Matrix, letter: str, most: int
) -> None:
    """Servers escape what isn't ASCII: such a text is three times as long on its way back."""
    rig = rig_on(server)
    receipts = [
        rig.publish(post=replace(POST, key=f"k{n}", text=f"{n}{letter * (most - 1)}"))
        for n in range(PAGE)
    ]
    edit(rig, receipts[0].remote_id, letter * most)
    assert server.shown[0].text == letter * most
    found = rig.read_back(replace(POST, text=f"0{letter * (most - 1)}"))
    assert found is not None and found.remote_id == receipts[0].remote_id
    with pytest.raises(Refused) as error:
        edit(rig, receipts[0].remote_id, letter * most + "y")
    assert error.value.reason is Reason.TOO_LONG


def test_another_accounts_post_is_not_edited(server: simulated.Matrix) -> None:
    """Servers take such an edit, and every client passes it over: it would look done."""
    rig = rig_on(server)
    receipt = rig.publish()
    server.user = "@ny:kommun.example"
    with pytest.raises(Refused) as error:
        edit(rig, receipt.remote_id, "Koka inte.")
    assert error.value.reason is Reason.WRONG_ACCOUNT
    assert len(server.events) == 1


def test_an_edit_whose_first_question_is_not_answered_may_be_made_again(
    server: simulated.Matrix,
) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    server.fault(Effect.LOSE_ANSWER, "GET", "/event/")
    with pytest.raises(Retry):
        edit(rig, receipt.remote_id, "Koka inte.")
    server.fault(Effect.LOSE_ANSWER, "PUT", "/send/")
    with pytest.raises(Unknown):
        edit(rig, receipt.remote_id, "Koka inte.")
    edit(rig, receipt.remote_id, "Koka inte.")
    assert len(server.events) == 2


# Deleting.


def test_deleting_a_post_takes_the_words_of_its_edits_too(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    for n in range(2 * PAGE):
        edit(rig, receipt.remote_id, f"Koka inte, {n}.")
    rig.delete(receipt.remote_id)
    assert [event["content"] for event in server.events] == [{}] * (1 + 2 * PAGE)


def test_deleting_leaves_what_others_have_hung_on_the_post(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    edit(rig, receipt.remote_id, "Koka inte.")
    server.events[-1]["sender"] = "@granne:kommun.example"
    rig.delete(receipt.remote_id)
    assert server.events[0]["content"] == {}
    assert server.events[1]["content"] != {}


def test_a_deletion_that_is_cut_short_is_finished_when_made_again(
    server: simulated.Matrix,
) -> None:
    rig = rig_on(server)
    receipt = rig.publish()
    edit(rig, receipt.remote_id, "Koka inte.")
    edit_id = server.events[-1]["event_id"]
    server.fault(Effect.ERROR_BEFORE, "PUT", f"/redact/\\{edit_id}/")
    with pytest.raises(Unknown):
        rig.delete(receipt.remote_id)
    rig.delete(receipt.remote_id)
    assert [event["content"] for event in server.events] == [{}, {}]


def test_what_is_no_event_is_refused(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    with pytest.raises(Refused):
        rig.delete("r1-d7")
    with pytest.raises(Refused):
        edit(rig, "$a/../b", "x")
    assert not server.requests


def test_an_exercise_edits_and_deletes_nothing(server: simulated.Matrix) -> None:
    rig = rig_on(server)
    settings = rig.settings()
    change = Edit(key="e", remote_id="$1", text="x", struck=(), language="sv", exercise=True)
    removal = Removal(remote_id="$1", exercise=True)
    with pytest.raises(Refused):
        rig.ask(lambda client: rig.channel.edit(client, settings, change))
    with pytest.raises(Refused):
        rig.ask(lambda client: rig.channel.delete(client, settings, removal))
    assert not server.requests


# What answers mean.


def no(code: str, **more: Any) -> bytes:
    return json.dumps({"errcode": code, "error": "no", **more}).encode()


def on(sink: Sink) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"server": f"http://127.0.0.1:{port}", "room": ROOM}, SECRET

    return Rig(Matrix(), at, sink.port, lambda: len(sink.requests))


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (401, no("M_UNKNOWN_TOKEN"), Reauthorise, Reason.CREDENTIALS),
        (401, no("M_UNKNOWN_TOKEN", soft_logout=True), Reauthorise, Reason.CREDENTIALS),
        (401, no("M_MISSING_TOKEN"), Reauthorise, Reason.CREDENTIALS),
        (401, no("M_USER_LOCKED"), Reauthorise, Reason.CREDENTIALS),
        (403, no("M_USER_DEACTIVATED"), Reauthorise, Reason.CREDENTIALS),
        (403, no("M_FORBIDDEN"), Refused, Reason.RIGHTS),
        (403, no("M_RESOURCE_LIMIT_EXCEEDED"), Refused, Reason.TURNED_DOWN),
        (403, b"<html>blocked", Refused, Reason.TURNED_DOWN),
        (404, no("M_UNRECOGNIZED"), Refused, Reason.TURNED_DOWN),
        (404, b"<html>", Refused, Reason.TURNED_DOWN),
        (400, no("M_BAD_JSON"), Refused, Reason.TURNED_DOWN),
        (413, no("M_TOO_LARGE"), Refused, Reason.TOO_LONG),
        (413, b"", Refused, Reason.TURNED_DOWN),
        (429, no("M_LIMIT_EXCEEDED"), Retry, Reason.BUSY),
        *((status, b"<html>", Retry, Reason.BUSY) for status in (408, 425, 429)),
        (301, b"", Refused, Reason.ADDRESS),
        (302, b"", Unknown, Reason.BAD_ANSWER),
        (500, no("M_UNKNOWN"), Unknown, Reason.SERVER_ERROR),
        (502, b"<html>", Unknown, Reason.SERVER_ERROR),
        (200, b"{}", Unknown, Reason.BAD_ANSWER),
        (200, b'{"event_id": ""}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"event_id": 7}', Unknown, Reason.BAD_ANSWER),
        (200, b"[]", Unknown, Reason.BAD_ANSWER),
    ],
)
def test_each_answer_has_one_outcome_and_is_asked_once(
    sink: Sink, status: int, body: bytes, outcome: type[ChannelError], reason: Reason
) -> None:
    sink.answers(status, body)
    with pytest.raises(ChannelError) as error:
        on(sink).publish()
    assert type(error.value) is outcome
    assert error.value.reason is reason
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    ("body", "headers", "after"),
    [
        (no("M_LIMIT_EXCEEDED", retry_after_ms=2500), {}, 2.5),
        (no("M_LIMIT_EXCEEDED", retry_after_ms=2500), {"Retry_After": "3"}, 3),
        (no("M_LIMIT_EXCEEDED", retry_after_ms="x"), {}, None),
        (no("M_LIMIT_EXCEEDED", retry_after_ms=10**400), {}, 86_400),
        (no("M_LIMIT_EXCEEDED"), {}, None),
        (b"<html>", {"Retry_After": "30"}, 30),
    ],
)
def test_the_wish_to_wait_is_found_in_header_or_body(
    sink: Sink, body: bytes, headers: dict[str, str], after: float | None
) -> None:
    sink.answers(429, body, **headers)
    with pytest.raises(Retry) as error:
        on(sink).publish()
    assert error.value.after == after


def test_an_error_that_repeats_the_token_is_told_without_it(sink: Sink) -> None:
    sink.answers(401, json.dumps({"errcode": "M_UNKNOWN_TOKEN", "error": TOKEN}).encode())
    with pytest.raises(Reauthorise) as error:
        on(sink).publish()
    assert TOKEN not in f"{error.value} {error.value!r}"


# The probe.


def test_a_probe_names_the_user_and_says_if_the_room_is_encrypted(
    server: simulated.Matrix,
) -> None:
    ready = rig_on(server).probe()
    assert (ready.account, ready.detail, ready.missing) == (USER, "encrypted=no", ())
    server.states["m.room.encryption"] = {"algorithm": "m.megolm.v1.aes-sha2"}
    assert rig_on(server).probe().detail == "encrypted=yes"


def test_an_account_that_is_not_in_the_room_is_told(server: simulated.Matrix) -> None:
    server.joined = ["!annat:kommun.example"]
    ready = rig_on(server).probe()
    assert (ready.reason, ready.detail) == (Reason.RIGHTS, "not in the room")


@pytest.mark.parametrize(
    ("levels", "may"),
    [
        ({}, True),
        ({"events_default": 1}, False),
        ({"events_default": 1, "users_default": 1}, True),
        ({"events_default": 0, "events": {"m.room.message": 50}}, False),
        ({"events_default": 50, "users": {USER: 50}}, True),
        ({"events_default": 50, "users": {USER: 49}}, False),
        ({"events_default": "50", "users": {USER: "100"}}, True),
    ],
)
def test_whether_the_account_may_write_is_counted_in_power(
    server: simulated.Matrix, levels: dict[str, Any], may: bool
) -> None:
    server.states["m.room.power_levels"] = levels
    ready = rig_on(server).probe()
    assert ready.missing == (() if may else ("m.room.message",))
    assert ready.reason is (None if may else Reason.RIGHTS)


@pytest.mark.parametrize(("version", "may"), [("11", False), ("12", True), ("org.x", False)])
def test_whoever_made_a_room_of_the_newer_kind_may_write(
    server: simulated.Matrix, version: str, may: bool
) -> None:
    server.states["m.room.power_levels"] = {"events_default": 50}
    server.states["m.room.create"] = {"sender": USER, "content": {"room_version": version}}
    assert (rig_on(server).probe().reason is None) is may


def test_a_room_without_a_table_of_power_is_open_to_all(server: simulated.Matrix) -> None:
    del server.states["m.room.power_levels"]
    assert rig_on(server).probe().reason is None


@pytest.mark.parametrize(
    "effect",
    [Effect.LIMIT, Effect.ERROR_BEFORE, Effect.LOSE_ANSWER, Effect.WRONG_TYPE, Effect.EMPTY],
)
def test_lesson_21_a_passing_error_is_never_taken_for_a_dead_key(
    server: simulated.Matrix, effect: Effect
) -> None:
    server.fault(effect, "GET", "whoami")
    with pytest.raises(Retry):
        rig_on(server).probe()
    assert rig_on(server).probe().reason is None


# Settings.


@pytest.mark.parametrize(
    ("stored", "secret", "field"),
    [
        ({"server": "kommun.example"}, SECRET, "server"),
        ({"server": "https://matrix.example/_matrix"}, SECRET, "server"),
        ({"room": "#vatten:kommun.example"}, SECRET, "room"),
        ({"room": "vatten"}, SECRET, "room"),
        ({"room": "!a/../b:x"}, SECRET, "room"),
        ({"room": ["!a:b"]}, SECRET, "room"),
        ({}, {"token": "två ord"}, "token"),
        ({}, {"token": 7}, "token"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    stored: dict[str, Any], secret: dict[str, Any], field: str
) -> None:
    whole = {"server": "https://matrix.example", "room": ROOM, **stored}
    with pytest.raises(BadSettings) as error:
        Matrix().parse(whole, secret)
    assert error.value.field == field


def test_a_room_of_the_newer_kind_has_no_server_in_its_id() -> None:
    given = {
        "server": "https://matrix.example/",
        "room": "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
    }
    assert Matrix().parse(given, SECRET).server == "https://matrix.example"


def test_the_fingerprint_changes_with_the_room() -> None:
    channel = Matrix()
    server = "https://matrix.example"
    rooms = (ROOM, "!annat:kommun.example")
    given = [channel.parse({"server": server, "room": room}, SECRET) for room in rooms]
    assert channel.fingerprint(given[0]) != channel.fingerprint(given[1])
    assert channel.pacing_key(given[0]) == channel.pacing_key(given[1])
