"""Posts on Threads: five hundred characters, five links, with pictures or without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Picture
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.threads import Threads
from simulators.base import Effect
from simulators.threads import Threads as Server
from tests.channels.rig import LATER, POST, Rig

SECRET = {"token": Server.TOKEN}
SETTINGS = {"user_id": Server.ACCOUNT}
PICTURE = Picture(
    data=b"\x89PNG",
    media_type="image/png",
    alt="Karta över Torsby och Oleby",
    width=2,
    height=1,
    address="https://torsby.example/bild/1.png",
)


@contextmanager
def rig() -> Iterator[Rig]:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {**SETTINGS, "api": f"http://127.0.0.1:{port}"}, SECRET

    with Server() as server:
        yield Rig(
            Threads(),
            at,
            server.port,
            lambda: len(server.shown),
            after=b"/threads_publish",
            optional=("api",),
            simulator=server,
            publishing=("POST", "/threads_publish$"),
            before=("POST", "/threads$"),
        )


@contextmanager
def both() -> Iterator[tuple[Rig, Server]]:
    with rig() as threads:
        assert isinstance(threads.simulator, Server)
        yield threads, threads.simulator


def test_a_text_needs_no_picture() -> None:
    with both() as (threads, server):
        receipt = threads.publish()
        (post,) = server.shown
    assert (post.text, post.extra["pictures"]) == (POST.text, [])
    assert receipt.link == server.permalink(post.remote_id)


@pytest.mark.parametrize("count", [1, 2])
def test_pictures_go_along_with_their_alt_texts(count: int) -> None:
    with both() as (threads, server):
        threads.publish(post=replace(POST, pictures=(PICTURE,) * count))
        (post,) = server.shown
    assert post.text == POST.text
    assert post.extra["pictures"] == [(PICTURE.address, PICTURE.alt)] * count


def test_a_picture_without_an_address_is_left_out_and_told_of_but_the_words_go_out() -> None:
    with both() as (threads, server):
        receipt = threads.publish(post=replace(POST, pictures=(replace(PICTURE, address=None),)))
        assert [post.text for post in server.shown] == [POST.text]
    assert receipt.note == "1 of 1 pictures left out"


@pytest.mark.parametrize("count", [1, 2])
def test_the_words_go_out_without_a_picture_that_threads_cannot_fetch(count: int) -> None:
    with both() as (threads, server):
        server.unreachable.add(str(PICTURE.address))
        receipt = threads.publish(post=replace(POST, pictures=(PICTURE,) * count))
        assert [one.extra["pictures"] for one in server.shown] == [[]]
    assert receipt.note == f"{count} of {count} pictures left out"


def test_the_words_go_out_alone_when_a_container_with_pictures_came_to_nothing() -> None:
    post = replace(POST, pictures=(PICTURE,))
    with both() as (threads, server):
        server.slow = 99
        with pytest.raises(Retry):
            threads.publish(post=post, total=1.0)
        (tried,) = server.containers.values()
        tried.looks, tried.status, server.slow = 0, "ERROR", 0
        assert threads.publish(post=post).note == "1 of 1 pictures left out"
        assert [one.extra["pictures"] for one in server.shown] == [[]]


@pytest.mark.parametrize("effect", [Effect.ERROR_BEFORE, Effect.DRIP, Effect.LIMIT])
@pytest.mark.parametrize("count", [1, 2])
def test_a_picture_that_cannot_be_taken_up_keeps_the_words_waiting_for_a_minute_at_most(
    count: int, effect: Effect
) -> None:
    post = replace(POST, pictures=(PICTURE,) * count)
    with both() as (threads, server):
        server.fault(effect, "POST", "/threads$", times=2)
        with pytest.raises(Retry):
            threads.publish(post=post, total=1.0)
        assert server.shown == []
        threads.now = POST.made_at + 61
        assert threads.publish(post=post, total=4.0).note == f"{count} of {count} pictures left out"
        assert [one.extra["pictures"] for one in server.shown] == [[]]


def test_a_picture_that_never_gets_ready_keeps_the_words_waiting_for_a_minute_at_most() -> None:
    post = replace(POST, pictures=(PICTURE,))
    with both() as (threads, server):
        server.slow = 99
        with pytest.raises(Retry):
            threads.publish(post=post, total=1.0)
        (tried,), server.slow = server.containers.values(), 0
        threads.now = POST.made_at + 61
        assert threads.publish(post=post, total=4.0).note == "1 of 1 pictures left out"
        assert [one.extra["pictures"] for one in server.shown] == [[]]
        tried.looks = 0  # it gets ready after all, and nobody asks for it any more
        with pytest.raises(Unknown):
            threads.publish(post=post)
        assert len(server.shown) == 1


def test_the_words_go_out_alone_when_pictures_waited_for_come_to_nothing_at_last() -> None:
    post = replace(POST, pictures=(PICTURE,))
    with both() as (threads, server):
        server.slow = 99
        with pytest.raises(Retry):
            threads.publish(post=post, total=1.0)
        (tried,), server.slow = server.containers.values(), 0
        said = iter(["IN_PROGRESS", "ERROR"])

        def one_look_later() -> float:
            tried.looks, tried.status = 0, next(said, "ERROR")
            return 0.0

        server.delay = one_look_later
        assert threads.publish(post=post).note == "1 of 1 pictures left out"
        assert [one.extra["pictures"] for one in server.shown] == [[]]


def test_a_picture_that_gets_ready_in_time_goes_along_in_the_container_of_the_first_attempt() -> (
    None
):
    post = replace(POST, pictures=(PICTURE,))
    with both() as (threads, server):
        server.slow = 99
        with pytest.raises(Retry):
            threads.publish(post=post, total=1.0)
        (tried,) = server.containers.values()
        tried.looks = 0
        assert threads.publish(post=post).note is None
        assert len(server.containers) == 1


def test_a_container_that_may_have_been_asked_for_is_waited_for_however_late_it_is() -> None:
    post = replace(POST, pictures=(PICTURE,))
    with both() as (threads, server):
        server.fault(Effect.LOSE_ANSWER, "POST", "/threads_publish$")
        with pytest.raises(Unknown):
            threads.publish(post=post)
        (asked,) = server.containers.values()
        asked.status, asked.looks = "FINISHED", 99  # it is being published, and says IN_PROGRESS
        threads.now = POST.made_at + 61
        with pytest.raises(Retry):
            threads.publish(post=post, total=2.0)
        assert len(server.shown) == 1 and len(server.containers) == 1


def test_a_picture_that_fails_as_it_is_looked_at_keeps_the_words_from_nobody() -> None:
    with both() as (threads, server):
        server.new_status = "ERROR"
        real = server.refusal

        def good_again(fields: dict[str, str]) -> Any:
            server.new_status = "ERROR" if "image_url" in fields else "FINISHED"
            return real(fields)

        server.refusal = good_again  # type: ignore[method-assign]
        threads.publish(post=replace(POST, pictures=(PICTURE,)))
        assert [one.extra["pictures"] for one in server.shown] == [[]]
        assert threads.kept[POST.key] in server.containers


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("å" * 500, True),
        ("å" * 501, False),
        ("å" * 496 + "🚱", True),
        ("å" * 497 + "🚱", False),
        ("🚱" * 125, True),
        ("🚱" * 126, False),
    ],
)
def test_the_limit_is_counted_as_threads_counts(text: str, fits: bool) -> None:
    with both() as (threads, server):
        if fits:
            threads.publish(post=replace(POST, text=text))
        else:
            with pytest.raises(Refused) as error:
                threads.publish(post=replace(POST, text=text))
            assert error.value.reason is Reason.TOO_LONG
            assert server.requests == []
        assert len(server.shown) == fits


def test_a_sixth_link_is_refused_before_anything_is_out() -> None:
    links = " ".join(f"https://torsby.example/{n}" for n in range(6))
    with both() as (threads, server):
        with pytest.raises(Refused) as error:
            threads.publish(post=replace(POST, text=links))
        assert error.value.reason is Reason.TURNED_DOWN
        assert "LINK_LIMIT" in error.value.detail
        assert server.shown == []


@pytest.mark.parametrize(
    ("code", "subcode", "outcome"),
    [
        (190, 463, Reauthorise),
        (10, None, Refused),
        (100, None, Refused),
        (4, None, Retry),
        (9, 2207042, Retry),
        (1, None, Unknown),
        (2, None, Unknown),
    ],
)
def test_each_documented_error_has_one_outcome(
    code: int, subcode: int | None, outcome: type[ChannelError]
) -> None:
    with both() as (threads, server):
        server.failing.append(("/threads_publish", server.error(code, subcode)))
        with pytest.raises(ChannelError) as error:
            threads.publish()
        assert type(error.value) is outcome


def test_lesson_3_a_second_attempt_after_a_lost_answer_publishes_nothing() -> None:
    with both() as (threads, server):
        server.fault(Effect.LOSE_ANSWER, "POST", "/threads_publish$")
        for _attempt in range(2):
            with pytest.raises(Unknown):
                threads.publish()
        assert len(server.shown) == 1


def test_the_next_round_of_a_text_is_a_container_of_its_own() -> None:
    with both() as (threads, server):
        threads.publish()
        threads.publish(post=LATER)
        assert [post.text for post in server.shown] == [POST.text, LATER.text]


def test_the_probe_says_whose_the_token_is_when_it_dies_and_what_is_left() -> None:
    with both() as (threads, server):
        server.used, server.expires_at = 240, 1_785_000_000
        readiness = threads.probe()
        assert (readiness.account, readiness.left) == (server.NAME, 10)
        assert readiness.expires_at == 1_785_000_000
        settings = replace(threads.settings(), account="77")
        other = threads.ask(lambda c: threads.channel.probe(c, settings))
    assert other.reason is Reason.WRONG_ACCOUNT


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"user_id": "@torsby"}, SECRET, "user_id"),
        (SETTINGS, {}, "token"),
        ({**SETTINGS, "api": "https://graph.threads.example"}, SECRET, "api"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Threads().parse(settings, secret)
    assert error.value.field == field
