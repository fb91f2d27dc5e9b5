"""What a bot sends to a Telegram channel, what each answer means, and where its token never is."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import aiohttp
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
from channels.telegram import Telegram
from channels.telegram_api import TelegramSettings
from simulators import telegram as simulated
from simulators.base import Effect
from simulators.telegram import CHAT, CHAT_ID, TOKEN
from tests.channels.rig import POST, Rig
from tests.channels.servers import Sink, free_port
from tests.faults_proxy import FaultProxy

SECRET = {"token": TOKEN}
PICTURE = Picture(data=b"\xff\xd8\xff...", media_type="image/jpeg", alt="Karta", width=8, height=8)
WITH_PICTURE = replace(POST, pictures=(PICTURE,))


def rig_on(server: simulated.Telegram, chat: str = CHAT) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"server": f"http://127.0.0.1:{port}", "chat": chat}, SECRET

    return Rig(
        Telegram(),
        at,
        server.port,
        lambda: len(server.shown),
        optional=("server",),
        simulator=server,
        publishing=("POST", "/sendMessage$"),
        pinned=lambda: list(server.pinned),
        pinning=("POST", "[pP]inChatMessage$"),
    )


@contextmanager
def rig() -> Iterator[Rig]:
    with simulated.Telegram() as server:
        yield rig_on(server)


@pytest.fixture
def server() -> Iterator[simulated.Telegram]:
    with simulated.Telegram() as server:
        yield server


def methods(server: simulated.Telegram) -> list[str]:
    return [path.rpartition("/")[2] for _method, path in server.requests]


def change(remote_id: str, text: str, *struck: str) -> Edit:
    return Edit(key="e", remote_id=remote_id, text=text, struck=struck, language="sv")


def edit(rig: Rig, given: Edit) -> None:
    rig.ask(lambda client: rig.channel.edit(client, rig.settings(), given))


# What is sent.


def test_a_text_goes_as_it_is_without_markup_or_preview(server: simulated.Telegram) -> None:
    text = "1 < 2 *inte fet* _heller_ [x](y)\n\nhttps://torsby.example/h/vattnet/"
    receipt = rig_on(server).publish(post=replace(POST, text=text))
    (one,) = server.shown
    assert one.text == text
    assert set(one.extra) == {"chat_id", "text", "link_preview_options"}
    assert one.extra["link_preview_options"] == {"is_disabled": True}
    assert (receipt.remote_id, receipt.link) == ("1", "https://t.me/torsbykommun/1")


def test_a_channel_by_number_is_linked_by_the_name_it_has(server: simulated.Telegram) -> None:
    receipt = rig_on(server, str(CHAT_ID)).publish()
    assert receipt.link == "https://t.me/torsbykommun/1"


def test_a_picture_carries_a_text_that_fits_under_it(server: simulated.Telegram) -> None:
    receipt = rig_on(server).publish(post=WITH_PICTURE)
    (one,) = server.shown
    assert (one.text, one.extra["photo"]) == (POST.text, PICTURE.data)
    assert receipt.note is None
    assert methods(server) == ["sendPhoto"]


def test_a_text_too_long_for_a_caption_goes_without_its_picture(
    server: simulated.Telegram,
) -> None:
    text = "\N{FIRE}" * 513  # two units each
    receipt = rig_on(server).publish(post=replace(WITH_PICTURE, text=text))
    assert server.shown[0].text == text
    assert receipt.note == "1 of 1 pictures left out"
    assert methods(server) == ["sendMessage"]


def test_of_many_pictures_the_first_goes(server: simulated.Telegram) -> None:
    receipt = rig_on(server).publish(post=replace(POST, pictures=(PICTURE, PICTURE)))
    assert receipt.note == "1 of 2 pictures left out"
    assert len(server.shown) == 1


def test_a_picture_that_is_refused_is_left_out_and_the_words_go(
    server: simulated.Telegram,
) -> None:
    server.takes_pictures = False
    receipt = rig_on(server).publish(post=WITH_PICTURE)
    assert [one.text for one in server.shown] == [POST.text]
    assert receipt.note == "1 of 1 pictures left out"


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER, Effect.EMPTY])
def test_lesson_4_a_picture_whose_answer_is_lost_is_not_sent_again_as_words(
    server: simulated.Telegram, effect: Effect
) -> None:
    server.fault(effect, "POST", "/sendPhoto")
    with pytest.raises(Unknown):
        rig_on(server).publish(post=WITH_PICTURE)
    assert methods(server) == ["sendPhoto"]
    assert len(server.shown) == 1


@pytest.mark.parametrize(
    ("effect", "outcome"), [(Effect.DEAD_KEY, Reauthorise), (Effect.LIMIT, Retry)]
)
def test_a_picture_is_not_tried_again_as_words_when_the_bot_is_turned_away(
    server: simulated.Telegram, effect: Effect, outcome: type[ChannelError]
) -> None:
    server.fault(effect, "POST", "/sendPhoto")
    with pytest.raises(outcome):
        rig_on(server).publish(post=WITH_PICTURE)
    assert methods(server) == ["sendPhoto"]


def test_the_limit_is_counted_in_utf_16(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish(post=replace(POST, text="\N{FIRE}" * 2048))
    with pytest.raises(Refused) as error:
        rig.publish(post=replace(POST, text="\N{FIRE}" * 2048 + "."))
    assert error.value.reason is Reason.TOO_LONG
    assert len(server.shown) == 1


# Editing and deleting.


def test_what_was_wrong_is_struck_through_where_it_stands(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish()
    text = "\N{FIRE}\N{FIRE} Rättelse. Koka \N{POTABLE WATER SYMBOL} i Åmål. Koka inte."
    edit(rig, change("1", text, "Koka \N{POTABLE WATER SYMBOL} i Åmål.", "Står inte här."))
    (entity,) = server.shown[0].extra["entities"]
    assert entity["type"] == "strikethrough"
    units = text.encode("utf-16-le")
    start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    assert units[start:end].decode("utf-16-le") == "Koka \N{POTABLE WATER SYMBOL} i Åmål."


def test_a_caption_is_edited_as_one(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish(post=WITH_PICTURE)
    for _again in range(2):
        edit(rig, change("1", "Koka inte.", "Koka inte."))
    (one,) = server.shown
    assert (one.text, one.edits) == ("Koka inte.", 1)
    assert one.extra["entities"] == [{"type": "strikethrough", "offset": 0, "length": 10}]


def test_a_text_too_long_for_a_caption_is_refused_as_an_edit(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish(post=WITH_PICTURE)
    with pytest.raises(Refused) as error:
        edit(rig, change("1", "x" * 1025))
    assert error.value.reason is Reason.TOO_LONG
    assert server.shown[0].edits == 0


def test_an_edit_whose_answer_is_lost_may_be_made_again(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish()
    server.fault(Effect.LOSE_ANSWER, "POST", "/editMessageText")
    with pytest.raises(Unknown):
        edit(rig, change("1", "Koka inte."))
    edit(rig, change("1", "Koka inte."))
    assert (server.shown[0].text, server.shown[0].edits) == ("Koka inte.", 1)


def test_a_post_older_than_48_hours_is_left_to_a_person(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    rig.publish()
    server.old.add("1")
    with pytest.raises(Refused) as error:
        rig.delete("1")
    assert "can't be deleted" in error.value.detail
    assert len(server.shown) == 1


def test_what_is_no_message_of_telegrams_is_refused(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    with pytest.raises(Refused):
        rig.delete("r1-d7")
    with pytest.raises(Refused):
        edit(rig, change("1/2", "x"))
    assert not server.requests


def test_an_exercise_edits_and_deletes_nothing(server: simulated.Telegram) -> None:
    rig = rig_on(server)
    settings = rig.settings()
    removal = Removal(remote_id="1", exercise=True)
    with pytest.raises(Refused):
        edit(rig, replace(change("1", "x"), exercise=True))
    with pytest.raises(Refused):
        rig.ask(lambda client: rig.channel.delete(client, settings, removal))
    assert not server.requests


# What answers mean.


def no(code: int | None, words: str, **more: Any) -> bytes:
    return json.dumps({"ok": False, "error_code": code, "description": words, **more}).encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        (401, no(401, "Unauthorized"), Reauthorise, Reason.CREDENTIALS),
        (404, no(404, "Not Found"), Reauthorise, Reason.CREDENTIALS),
        (403, no(403, "Forbidden: bot was kicked from the channel chat"), Refused, Reason.RIGHTS),
        (400, no(400, "Bad Request: need administrator rights in the channel chat"), Refused,
         Reason.RIGHTS),
        (400, no(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), Refused, Reason.RIGHTS),
        (400, no(400, "Bad Request: message is too long"), Refused, Reason.TOO_LONG),
        (400, no(400, "Bad Request: MESSAGE_TOO_LONG"), Refused, Reason.TOO_LONG),
        (400, no(400, "Bad Request: chat not found"), Refused, Reason.TURNED_DOWN),
        (400, no(400, "Bad Request: group chat was upgraded to a supergroup chat",
                 parameters={"migrate_to_chat_id": -100}), Refused, Reason.TURNED_DOWN),
        (413, b"<html>", Refused, Reason.TURNED_DOWN),
        (403, b"<html>", Refused, Reason.TURNED_DOWN),
        *((status, b"<html>", Retry, Reason.BUSY) for status in (408, 425, 429)),
        (500, no(500, "Internal Server Error"), Unknown, Reason.SERVER_ERROR),
        (502, b"<html>", Unknown, Reason.SERVER_ERROR),
        (302, b"", Unknown, Reason.BAD_ANSWER),
        (200, b'{"ok": false}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"ok": false, "error_code": []}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"ok": true}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"ok": true, "result": {"message_id": true}}', Unknown, Reason.BAD_ANSWER),
        (200, b'{"ok": true, "result": {"message_id": "7"}}', Unknown, Reason.BAD_ANSWER),
        (200, b"[]", Unknown, Reason.BAD_ANSWER),
    ],
)  # fmt: skip
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
    ("status", "body", "headers", "after"),
    [
        (429, no(429, "Too Many Requests", parameters={"retry_after": 7}), {}, 7),
        (400, no(400, "Bad Request: slow", parameters={"retry_after": 9}), {}, 9),
        (200, no(429, "Too Many Requests", parameters={"retry_after": 3}), {}, 3),
        (429, b"<html>", {"Retry_After": "30"}, 30),
        (429, no(429, "Too Many Requests", parameters={"retry_after": "x"}), {}, None),
        (429, no(429, "Too Many Requests", parameters={"retry_after": 10**400}), {}, 86_400),
        (429, no(429, "Too Many Requests"), {}, None),
    ],
)
def test_the_wish_to_wait_is_found_wherever_it_stands(
    sink: Sink, status: int, body: bytes, headers: dict[str, str], after: float | None
) -> None:
    sink.answers(status, body, **headers)
    with pytest.raises(Retry) as error:
        on(sink).publish()
    assert error.value.after == after


def on(sink: Sink) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"server": f"http://127.0.0.1:{port}", "chat": CHAT}, SECRET

    return Rig(Telegram(), at, sink.port, lambda: len(sink.requests))


# The token.


@pytest.mark.parametrize("mode", ["lose_answer", "reset", "hang", "truncate", "empty"])
def test_no_error_holds_the_token_nor_does_its_traceback(
    server: simulated.Telegram, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FaultProxy(server.port, mode) as proxy, pytest.raises(ChannelError) as error:
        rig_on(server).publish(proxy.port, total=0.5)
    assert TOKEN not in told(error.value) + caplog.text


def test_neither_does_one_where_no_connection_was_made(
    server: simulated.Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Retry) as error:
        rig_on(server).publish(free_port())
    assert TOKEN not in told(error.value)

    async def connect(*_: object, **__: object) -> None:
        raise TimeoutError

    # What aiohttp says of it names the whole address.
    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    with pytest.raises(Retry) as error:
        rig_on(server).publish()
    assert TOKEN not in told(error.value)


def test_neither_does_one_that_repeats_what_telegram_said(sink: Sink) -> None:
    sink.answers(400, no(400, f"Bad Request: bot{TOKEN} is wrong"))
    with pytest.raises(Refused) as error:
        on(sink).publish()
    assert TOKEN not in told(error.value)
    assert "Bad Request: bot… is wrong" in error.value.detail


def test_neither_does_an_answer_to_the_probe(server: simulated.Telegram) -> None:
    server.fault(Effect.LOSE_ANSWER, "POST", "/getChat$")
    with pytest.raises(Retry) as error:
        rig_on(server).probe()
    assert TOKEN not in told(error.value)
    assert TOKEN not in repr(rig_on(server).probe())


def told(error: BaseException) -> str:
    """Everything that a log could make of an error."""
    chain = [error, error.__cause__, error.__context__]
    return "".join(traceback.format_exception(error)) + repr([(each, str(each)) for each in chain])


# The probe.


def test_a_probe_names_the_channel_and_the_bot(server: simulated.Telegram) -> None:
    ready = rig_on(server).probe()
    assert ready.account == CHAT
    assert ready.detail == "bot=@torsby_bot chat=channel"
    assert methods(server) == ["getMe", "getChat", "getChatMember"]


@pytest.mark.parametrize(
    ("status", "may_post", "missing"),
    [("creator", False, False), ("administrator", False, True), ("member", True, True),
     ("left", True, True), ("administrator", True, False)],
)  # fmt: skip
def test_a_bot_that_may_not_post_lacks_a_right(status: str, may_post: bool, missing: bool) -> None:
    with simulated.Telegram(status=status, may_post=may_post) as server:
        ready = rig_on(server).probe()
    assert ready.missing == (("can_post_messages",) if missing else ())
    assert ready.reason is (Reason.RIGHTS if missing else None)


def test_a_channel_that_is_not_there_is_told(server: simulated.Telegram) -> None:
    ready = rig_on(server, "@sunnekommun").probe()
    assert ready.reason is Reason.TURNED_DOWN
    assert "chat not found" in ready.detail


@pytest.mark.parametrize("effect", [Effect.LIMIT, Effect.ERROR_BEFORE, Effect.LOSE_ANSWER])
def test_lesson_21_a_passing_error_is_never_taken_for_a_dead_key(
    server: simulated.Telegram, effect: Effect
) -> None:
    server.fault(effect, "POST", "/getMe$")
    with pytest.raises(Retry):
        rig_on(server).probe()
    assert rig_on(server).probe().reason is None


# Settings.


def settings(**given: Any) -> TelegramSettings:
    return Telegram().parse({"chat": CHAT, **given}, SECRET)


@pytest.mark.parametrize(
    ("stored", "secret", "field"),
    [
        ({"chat": "torsbykommun"}, SECRET, "chat"),
        ({"chat": "https://t.me/torsbykommun"}, SECRET, "chat"),
        ({"chat": "@a b"}, SECRET, "chat"),
        ({"chat": ["@torsbykommun"]}, SECRET, "chat"),
        ({"server": "api.telegram.org"}, SECRET, "server"),
        ({"server": "https://api.telegram.org/bot"}, SECRET, "server"),
        ({}, {"token": "abc"}, "token"),
        ({}, {"token": f"{TOKEN}/../x"}, "token"),
        ({}, {"token": f"{TOKEN}?x"}, "token"),
        ({}, {"token": 110201543}, "token"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    stored: dict[str, Any], secret: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Telegram().parse({"chat": CHAT, **stored}, secret)
    assert error.value.field == field
    assert TOKEN not in str(error.value)


def test_telegrams_own_server_is_used_where_none_is_named() -> None:
    assert settings().server == "https://api.telegram.org"
    assert settings(server="").server == "https://api.telegram.org"


def test_each_chat_has_a_pace_of_its_own() -> None:
    channel = Telegram()
    assert channel.rate is not None
    assert (channel.rate.posts, channel.rate.seconds) == (1, 1)
    keys = {channel.pacing_key(settings(chat=chat)) for chat in (CHAT, CHAT.upper(), "@annan")}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("chat", "link"),
    [("@torsbykommun", "https://t.me/torsbykommun/7"), ("-1001234567890", "https://t.me/c/1234567890/7"),
     ("-4567", None)],
)  # fmt: skip
def test_a_post_is_linked_where_it_can_be_followed(sink: Sink, chat: str, link: str | None) -> None:
    sink.answers(200, b'{"ok": true, "result": {"message_id": 7, "chat": {"id": -1}}}')
    given = settings(chat=chat, server=f"http://127.0.0.1:{sink.port}")
    rig = on(sink)
    receipt = rig.ask(lambda client: rig.channel.publish(client, given, POST))
    assert receipt.link == link
