"""A success that says that nothing is left of the allowance says when to come back."""

from __future__ import annotations

from typing import Any

import pytest

from channels import registry
from tests.channels.rig import POST, Rig
from tests.channels.servers import Sink

DATE = "Thu, 28 May 2026 20:26:40 GMT"  # 1780000000
MASTODON: dict[str, Any] = {
    "kind": "mastodon",
    "settings": {"account": "torsby"},
    "at": "server",
    "secret": {"token": "nyckel-1"},
    "body": b'{"id": "1", "url": "https://mastodon.example/@torsby/1"}',
}
X: dict[str, Any] = {
    "kind": "x",
    "settings": {"username": "torsby"},
    "at": "server",
    "secret": {"client_id": "app", "access_token": "access", "refresh_token": "refresh"},
    "body": b'{"data": {"id": "1", "text": "Koka vattnet"}}',
}


@pytest.mark.parametrize(
    ("platform", "headers", "rest"),
    [
        (MASTODON, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "2026-05-28T20:28:10Z"}, 90),
        (MASTODON, {"X_RateLimit_Remaining": "1", "X_RateLimit_Reset": "1780000090"}, None),
        (MASTODON, {"X_RateLimit_Remaining": "0"}, None),
        (X, {"x_rate_limit_remaining": "0", "x_rate_limit_reset": "1780000090"}, 90),
        (X, {"x_rate_limit_remaining": "7", "x_rate_limit_reset": "1780000090"}, None),
        (
            X,
            {
                "x_rate_limit_remaining": "7",
                "x_rate_limit_reset": "1780000090",
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": "1780003600",
            },
            3600,
        ),
        (X, {}, None),
    ],
)  # fmt: skip
def test_the_last_one_allowed(
    sink: Sink, platform: dict[str, Any], headers: dict[str, str], rest: float | None
) -> None:
    sink.answers(200, platform["body"], Date=DATE, **headers)

    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        address = {platform["at"]: f"http://127.0.0.1:{port}"}
        return {**platform["settings"], **address}, platform["secret"]

    rig = Rig(registry.load(platform["kind"]), at, sink.port, lambda: len(sink.requests))  # type: ignore[arg-type]  # it is sent to
    assert rig.publish(post=POST).rest == rest
