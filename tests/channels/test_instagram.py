"""Pictures on Instagram: containers, and what their status tells of a lost answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Picture
from channels.counting import Limit
from channels.failures import Absent, BadSettings, ChannelError, Reason, Refused, Retry, Unknown
from channels.graph_errors import Unreached
from channels.instagram import Instagram
from simulators.base import Effect
from simulators.instagram import Instagram as Server
from tests.channels.rig import LATER, POST, Rig

SECRET = {"token": Server.TOKEN}
SETTINGS = {"user_id": Server.ACCOUNT}
PICTURE = Picture(
    data=b"\xff\xd8jpeg",
    media_type="image/jpeg",
    alt="Karta över Torsby och Oleby",
    width=2,
    height=1,
    address="https://torsby.example/bild/1.jpg",
)
OTHER = replace(PICTURE, alt="Tankbilens plats", address="https://torsby.example/bild/2.jpg")
SHOWN = replace(POST, pictures=(PICTURE,))


@contextmanager
def rig() -> Iterator[Rig]:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {**SETTINGS, "api": f"http://127.0.0.1:{port}"}, SECRET

    with Server() as server:
        yield Rig(
            Instagram(),
            at,
            server.port,
            lambda: len(server.shown),
            after=b"/media_publish",
            optional=("api",),
            simulator=server,
            publishing=("POST", "/media_publish$"),
            before=("POST", "/media$"),
            post=SHOWN,
            later=replace(LATER, pictures=(PICTURE,)),
        )


@contextmanager
def both() -> Iterator[tuple[Rig, Server]]:
    with rig() as instagram:
        assert isinstance(instagram.simulator, Server)
        yield instagram, instagram.simulator


def test_the_caption_the_address_and_the_alt_text_go_along() -> None:
    with both() as (instagram, server):
        receipt = instagram.publish()
        (post,) = server.shown
        assert receipt.link == server.permalink(post.remote_id)
    assert (post.text, post.extra["pictures"]) == (POST.text, [(PICTURE.address, PICTURE.alt)])


def test_several_pictures_become_one_post() -> None:
    with both() as (instagram, server):
        instagram.publish(post=replace(POST, pictures=(PICTURE, OTHER)))
        (post,) = server.shown
    assert post.text == POST.text
    assert post.extra["pictures"] == [
        (PICTURE.address, PICTURE.alt),
        (OTHER.address, OTHER.alt),
    ]


@pytest.mark.parametrize(
    "pictures",
    [(), (replace(PICTURE, address=None),), (replace(PICTURE, media_type="image/png"),)],
)
def test_without_a_picture_that_can_be_shown_nothing_leaves(pictures: tuple[Picture, ...]) -> None:
    with both() as (instagram, server):
        with pytest.raises(Refused) as error:
            instagram.publish(post=replace(POST, pictures=pictures))
        assert error.value.reason is Reason.PICTURE
        assert server.requests == []


def test_a_picture_that_is_left_out_is_told_of() -> None:
    with both() as (instagram, _server):
        pictures = (PICTURE, replace(PICTURE, media_type="image/png"))
        assert instagram.publish(post=replace(POST, pictures=pictures)).note == (
            "1 of 2 pictures left out"
        )


@pytest.mark.parametrize("pictures", [(PICTURE,), (PICTURE, OTHER)])
def test_containers_are_waited_for(
    pictures: tuple[Picture, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.containers.LOOK_SECONDS", 0.01)
    with both() as (instagram, server):
        server.slow = 3
        instagram.publish(post=replace(POST, pictures=pictures))
        assert len(server.shown) == 1


def test_a_container_that_came_to_nothing_is_made_anew_at_the_next_attempt() -> None:
    with both() as (instagram, server):
        server.new_status = "ERROR"
        with pytest.raises(Refused):
            instagram.publish()
        server.new_status = "FINISHED"
        instagram.publish()
        assert len(server.shown) == 1


def test_a_container_that_takes_too_long_is_tried_again_and_is_the_same_then() -> None:
    with both() as (instagram, server):
        server.slow = 3
        with pytest.raises(Retry):
            instagram.publish(total=1.0)
        assert server.shown == []
        instagram.publish(total=10.0)
        assert (len(server.shown), len(server.containers)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "outcome"), [("ERROR", Refused), ("EXPIRED", Retry), ("PUBLISHED", Unknown)]
)
def test_each_status_of_a_new_container_has_one_outcome(
    status: str, outcome: type[ChannelError]
) -> None:
    with both() as (instagram, server):
        server.new_status = status
        with pytest.raises(ChannelError) as error:
            instagram.publish()
        assert type(error.value) is outcome
        assert ("POST", f"/v25.0/{server.ACCOUNT}/media_publish") not in server.requests


def test_lesson_3_a_second_attempt_after_a_lost_answer_publishes_nothing() -> None:
    with both() as (instagram, server):
        server.fault(Effect.LOSE_ANSWER, "POST", "/media_publish$")
        for _attempt in range(2):
            with pytest.raises(Unknown):
                instagram.publish()
        assert len(server.shown) == 1


def test_lesson_4_a_server_error_with_the_picture_out_is_looked_for_and_found() -> None:
    with both() as (instagram, server):
        server.fault(Effect.ERROR_AFTER, "POST", "/media_publish$")
        with pytest.raises(Unknown):
            instagram.publish()
        found = instagram.read_back()
        assert found is not None
        assert found.remote_id == server.shown[0].remote_id


def test_lesson_4_a_container_that_is_published_is_never_said_not_to_be_out() -> None:
    with both() as (instagram, server):
        server.fault(Effect.LOSE_ANSWER, "POST", "/media_publish$")
        with pytest.raises(Unknown):
            instagram.publish()
        server.lists_late = True
        with pytest.raises(Unknown):
            instagram.read_back()
        server.lists_late = False
        assert instagram.read_back() is not None


@pytest.mark.parametrize("effect", [Effect.ERROR_BEFORE, Effect.DRIP, Effect.DEAD_KEY])
def test_lesson_2_a_link_that_cannot_be_had_does_not_fail_the_post(effect: Effect) -> None:
    with both() as (instagram, server):
        server.fault(effect, "GET", r"/178\d+$")
        receipt = instagram.publish(total=3.0)
        assert (receipt.link, receipt.remote_id) == (None, server.shown[0].remote_id)


@pytest.mark.parametrize(
    ("path", "code", "subcode", "outcome"),
    [
        ("/media", 9004, 2207052, Unreached),
        ("/media", 36000, 2207004, Refused),
        ("/media", 36001, 2207005, Refused),
        ("/media", 36003, 2207009, Refused),
        ("/media", 36004, 2207010, Refused),
        ("/media", -2, 2207003, Retry),
        ("/media", -1, 2207032, Retry),
        ("/media_publish", 9, 2207042, Retry),
        ("/media_publish", 4, 2207051, Retry),
        ("/media_publish", 9007, 2207027, Retry),
        ("/media_publish", -1, 2207001, Unknown),
        ("/media_publish", -2, 2207020, Unknown),
        ("/media_publish", 24, 2207006, Unknown),
        ("/media_publish", 25, 2207050, Refused),
    ],
)
def test_each_documented_error_has_one_outcome(
    path: str, code: int, subcode: int, outcome: type[ChannelError]
) -> None:
    with both() as (instagram, server):
        server.failing.append((path, server.error(code, subcode)))
        with pytest.raises(ChannelError) as error:
            instagram.publish()
        assert type(error.value) is outcome
        assert server.shown == []


def test_a_picture_that_instagram_cannot_fetch_may_be_tried_again() -> None:
    with both() as (instagram, server):
        server.unreachable.add(str(PICTURE.address))
        with pytest.raises(Retry):
            instagram.publish()


def test_the_probe_counts_what_is_left_of_the_day() -> None:
    with both() as (instagram, server):
        server.used = 97
        assert instagram.probe().left == 3
        server.used = 100
        assert (instagram.probe().left, instagram.probe().reason) == (0, Reason.BUSY)


def test_the_probe_says_when_the_token_dies_and_what_it_lacks() -> None:
    with both() as (instagram, server):
        server.expires_at = 1_785_000_000
        server.scopes.remove("instagram_content_publish")
        readiness = instagram.probe()
    assert readiness.expires_at == 1_785_000_000
    assert readiness.missing == ("instagram_content_publish",)


def test_an_account_that_the_token_cannot_see_is_the_wrong_one() -> None:
    with both() as (instagram, _server):
        settings = replace(instagram.settings(), account="178999")
        readiness = instagram.ask(lambda c: instagram.channel.probe(c, settings))
    assert readiness.reason is Reason.WRONG_ACCOUNT


def test_a_worker_that_is_killed_before_publishing_is_followed_by_one_with_the_same_container() -> (
    None
):
    """What was made is known before anything is published, and to whoever comes next."""
    with both() as (instagram, server):

        async def killed(made: str) -> None:
            instagram.kept[SHOWN.key] = made
            raise asyncio.CancelledError

        channel, settings = instagram.channel, instagram.settings()
        with pytest.raises(asyncio.CancelledError):
            instagram.ask(lambda c: channel.publish(c, settings, replace(SHOWN, remember=killed)))
        assert server.shown == []
        instagram.publish()
        assert (len(server.shown), len(server.containers)) == (1, 1)


def test_who_may_not_remember_publishes_nothing() -> None:
    """The row is somebody else's by now: they have a container of their own."""
    with both() as (instagram, server):

        async def refused(_made: str) -> None:
            raise Retry(Reason.NO_CONNECTION)

        post = replace(SHOWN, remember=refused)
        channel, settings = instagram.channel, instagram.settings()
        with pytest.raises(Retry):
            instagram.ask(lambda c: channel.publish(c, settings, post))
        assert server.shown == []


@pytest.mark.parametrize("status", ["FINISHED", "EXPIRED", "ERROR"])
def test_a_container_that_says_it_is_not_published_proves_that_the_post_is_not_out(
    status: str,
) -> None:
    with both() as (instagram, server):
        server.fault(Effect.ERROR_BEFORE, "POST", "/media_publish$")
        with pytest.raises(Unknown):
            instagram.publish()
        (made,) = server.containers.values()
        made.status = status
        with pytest.raises(Absent):
            instagram.read_back()
        instagram.publish()
        assert len(server.shown) == 1


def test_a_container_in_progress_proves_nothing() -> None:
    with both() as (instagram, server):
        server.fault(Effect.ERROR_BEFORE, "POST", "/media_publish$")
        with pytest.raises(Unknown):
            instagram.publish()
        (made,) = server.containers.values()
        made.looks = 99
        assert instagram.read_back() is None


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"user_id": "torsbykommun"}, SECRET, "user_id"),
        (SETTINGS, {"token": ""}, "token"),
        ({**SETTINGS, "api": "http://graph.facebook.com"}, SECRET, "api"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Instagram().parse(settings, secret)
    assert error.value.field == field


def test_a_caption_has_room_for_2200_characters() -> None:
    instagram = Instagram()
    assert instagram.limit(instagram.parse(SETTINGS, SECRET)) == Limit(2_200)
