"""The exercise wall stands in for an account, with that account's limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Edit, Receipt
from channels.failures import BadSettings, Reason, Refused, Retry
from channels.http import Client
from channels.platforms import PLATFORMS
from channels.pretend import Pretend, PretendSettings
from tests.channels.rig import LATER, POST, Rig


@contextmanager
def rig() -> Iterator[Rig]:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"platform": "x", "account": "7", "wall": "/ovning/vattnet/vagg"}, {}

    post, later = replace(POST, exercise=True), replace(LATER, exercise=True)
    yield Rig(Pretend(), at, 1, lambda: 0, post=post, later=later)


@pytest.fixture
def pretend() -> Iterator[Rig]:
    with rig() as one:
        yield one


def test_a_receipt_links_to_its_place_on_the_wall(pretend: Rig) -> None:
    receipt = pretend.publish()
    assert receipt.link == f"/ovning/vattnet/vagg#{receipt.remote_id}"


def test_a_text_too_long_for_the_real_platform_is_refused(pretend: Rig) -> None:
    with pytest.raises(Refused) as error:
        pretend.publish(post=replace(pretend.post, text="å" * 281))
    assert error.value.reason is Reason.TOO_LONG


def test_a_live_post_is_refused(pretend: Rig) -> None:
    with pytest.raises(Refused):
        pretend.publish(post=replace(pretend.post, exercise=False))


@pytest.mark.parametrize("key", sorted(PLATFORMS))
def test_it_has_the_limit_of_every_platform(key: str) -> None:
    assert Pretend().limit(PretendSettings(key, "1", "/vagg")) == PLATFORMS[key].limit


def test_two_accounts_have_different_ids_for_the_same_key(pretend: Rig) -> None:
    async def ids() -> set[str]:
        async with Client() as client:
            return {
                (
                    await Pretend().publish(
                        client, PretendSettings("x", account, "/vagg"), pretend.post
                    )
                ).remote_id
                for account in ("1", "2")
            }

    assert len(asyncio.run(ids())) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": "myspace"}, "platform"),
        ({"account": ""}, "account"),
        ({"wall": "https://evil.example/"}, "wall"),
        ({"wall": "//evil.example/"}, "wall"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    pretend: Rig, change: dict[str, str], field: str
) -> None:
    stored, _ = pretend.at(1)
    with pytest.raises(BadSettings) as error:
        Pretend().parse(stored | change, {})
    assert error.value.field == field


def change(text: str, **own: object) -> Edit:
    given = {"key": "e", "remote_id": "wall-1", "text": text, "struck": (), "language": "sv"}
    return Edit(**{**given, "exercise": True, **own})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("platform", "edits"),
    [("facebook", True), ("mastodon", True), ("telegram", True), ("matrix", True),
     ("wordpress", True), ("x", False), ("bluesky", False), ("instagram", False), ("sms", False)],
)  # fmt: skip
def test_the_wall_edits_where_the_platform_it_stands_for_does(platform: str, edits: bool) -> None:
    wall = Pretend()
    settings = wall.parse({"platform": platform, "account": "1", "wall": "/vagg"}, {})
    assert wall.can_edit(settings) is edits


def test_an_edited_post_keeps_its_place_and_the_same_edit_again_changes_nothing() -> None:
    wall = Pretend()
    settings = wall.parse({"platform": "facebook", "account": "1", "wall": "/vagg"}, {})

    async def twice() -> list[Receipt]:
        async with Client(()) as client:
            return [await wall.edit(client, settings, change("Rätt.")) for _ in range(2)]

    first, again = asyncio.run(twice())
    assert first == again
    assert (first.remote_id, first.link, first.text) == ("wall-1", "/vagg#wall-1", "Rätt.")


@pytest.mark.parametrize(
    ("text", "own", "reason"),
    [("x" * 501, {}, Reason.TOO_LONG), ("Rätt.", {"exercise": False}, Reason.TURNED_DOWN)],
)
def test_the_wall_refuses_an_edit_as_it_refuses_a_post(
    text: str, own: dict[str, object], reason: Reason
) -> None:
    wall = Pretend()
    settings = wall.parse({"platform": "mastodon", "account": "1", "wall": "/vagg"}, {})

    async def once() -> None:
        async with Client(()) as client:
            await wall.edit(client, settings, change(text, **own))

    with pytest.raises(Refused) as error:
        asyncio.run(once())
    assert error.value.reason is reason


def test_a_wall_that_is_down_takes_nothing_and_may_be_tried_again(pretend: Rig) -> None:
    down = replace(pretend.settings(), down=True)

    async def send() -> None:
        async with Client() as client:
            await Pretend().publish(client, down, pretend.post)

    with pytest.raises(Retry) as error:
        asyncio.run(send())
    assert error.value.reason is Reason.NO_CONNECTION
    assert Pretend().fingerprint(down) == Pretend().fingerprint(replace(down, down=False))
