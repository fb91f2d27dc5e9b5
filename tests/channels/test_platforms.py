"""The catalogue says what the platforms say."""

from __future__ import annotations

import pytest

from channels.counting import Counting, Limit
from channels.platforms import PLATFORMS, Repeat, default_repeat, find
from channels.registry import REGISTRY, effective_kind


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("webb", "website"), ("webb-RSS", "website_feed"), ("Facebook", "facebook"),
        ("Instagram", "instagram"), ("X", "x"), ("Twitter", "x"), ("Mastodon", "mastodon"),
        ("Bluesky", "bluesky"), ("YouTube", "youtube"), ("LinkedIn", "linkedin"),
        ("blogg", "blog"), (" e-post ", "email"), ("SMS", "sms"),
    ],
)  # fmt: skip
def test_a_register_may_name_a_platform_as_people_do(name: str, key: str) -> None:
    platform = find(name)
    assert platform is not None
    assert platform.key == key


def test_a_name_nobody_uses_is_not_found() -> None:
    assert find("myspace") is None
    assert find("") is None


def test_no_two_platforms_share_a_name() -> None:
    names = [
        name
        for platform in PLATFORMS.values()
        for name in {platform.key, platform.name.casefold(), *platform.aliases}
    ]
    assert len(names) == len(set(names))
    assert all(find(name) for name in names)


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("x", Limit(280, Counting.WEIGHTED)),
        ("bluesky", Limit(300, Counting.GRAPHEMES, most_bytes=3000)),
        ("mastodon", Limit(500, Counting.GRAPHEMES_LINKS_23)),
        ("telegram", Limit(4096, Counting.UTF16)),
        ("instagram", Limit(2200)),
    ],
)
def test_a_limit_is_the_platforms_own(key: str, limit: Limit) -> None:
    assert PLATFORMS[key].limit == limit


@pytest.mark.parametrize("key", ["email", "sms", "youtube", "other"])
def test_mail_sms_and_what_people_do_repeat_at_key_moments_only(key: str) -> None:
    platform = PLATFORMS[key]
    assert default_repeat(platform, platform.kind) is Repeat.KEY_MOMENTS


def test_an_account_done_by_hand_repeats_at_key_moments_only_whatever_its_platform() -> None:
    facebook = PLATFORMS["facebook"]
    assert default_repeat(facebook, "facebook") is Repeat.EVERY
    assert default_repeat(facebook, "by_hand") is Repeat.KEY_MOMENTS


def test_what_has_no_interface_is_not_said_to_send() -> None:
    assert not PLATFORMS["youtube"].sends
    assert PLATFORMS["blog"].kind == "wordpress"


@pytest.mark.parametrize("key", sorted(PLATFORMS))
def test_a_live_account_on_any_platform_is_sent_written_or_done_by_hand(key: str) -> None:
    assert effective_kind(PLATFORMS[key].kind, False) in set(REGISTRY) - {"pretend"}
