"""The exercise wall stands in for an account, with that account's limits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from channels.contract import BadSettings, Reason, Refused
from channels.http import Client
from channels.platforms import PLATFORMS
from channels.pretend import Pretend, PretendSettings
from tests.channels.conftest import Rig


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
