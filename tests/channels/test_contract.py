"""What every channel that publishes must keep."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import (
    SENTENCES,
    BadSettings,
    ChannelError,
    Reason,
    Refused,
    Retry,
    Unknown,
)
from channels.http import Client
from channels.registry import NOT_PUBLISHED, REGISTRY
from tests.channels.conftest import Rig
from tests.channels.servers import free_port
from tests.faults_proxy import FaultProxy

ALL = sorted(set(REGISTRY) - NOT_PUBLISHED)
REAL = sorted(set(ALL) - {"pretend"})


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Rig:
    rig: Rig = request.getfixturevalue(request.param)
    return rig


every = pytest.mark.parametrize("rig", ALL, indirect=True)
real = pytest.mark.parametrize("rig", REAL, indirect=True)


@every
def test_a_published_post_gives_a_receipt_with_its_exact_text(rig: Rig) -> None:
    receipt = rig.publish()
    assert receipt.text == rig.post.text
    assert receipt.remote_id


@every
def test_the_same_key_gives_the_same_remote_id_and_another_key_another(rig: Rig) -> None:
    first, again = rig.publish(), rig.publish()
    other = rig.publish(post=replace(rig.post, key="r2-d8"))
    assert first.remote_id == again.remote_id != other.remote_id


@every
def test_settings_pacing_key_and_fingerprint_hold_no_secret(rig: Rig) -> None:
    settings = rig.settings()
    shown = f"{settings!r} {rig.channel.pacing_key(settings)} {rig.channel.fingerprint(settings)}"
    for secret in rig.at(rig.port)[1].values():
        assert secret not in shown


@every
def test_a_pacing_key_is_kind_host_and_credential(rig: Rig) -> None:
    assert re.fullmatch(rf"{rig.channel.kind}:[\w.]+(:\d+)?:(-|[0-9a-f]{{16}})", _pacing(rig))


@real
def test_a_fingerprint_changes_with_the_target_and_not_with_the_secret(rig: Rig) -> None:
    stored, secret = rig.at(rig.port)
    changed = {name: value + "-ny" for name, value in secret.items()}
    fingerprint = rig.channel.fingerprint(rig.settings())
    assert re.fullmatch("[0-9a-f]{64}", fingerprint)
    assert rig.channel.fingerprint(rig.channel.parse(stored, changed)) == fingerprint
    assert rig.channel.fingerprint(rig.settings(port=rig.port + 1)) != fingerprint


@every
def test_the_cap_lies_between_one_and_sixty_four(rig: Rig) -> None:
    assert 1 <= rig.channel.concurrency <= 64


@every
def test_each_missing_setting_is_named(rig: Rig) -> None:
    stored, secret = rig.at(rig.port)
    for name in (*stored, *secret):
        if name in ("port", "tls", "user"):
            continue
        with pytest.raises(BadSettings) as error:
            rig.channel.parse(_without(stored, name), _without(secret, name))
        assert error.value.field == name
        assert error.value.message.endswith(".")


@real
def test_a_real_channel_refuses_an_exercise_and_nothing_leaves(rig: Rig) -> None:
    with pytest.raises(Refused) as error:
        rig.publish(post=replace(rig.post, exercise=True))
    assert error.value.reason is Reason.EXERCISE
    assert rig.arrived() == 0


@real
def test_a_closed_port_may_be_tried_again(rig: Rig) -> None:
    with pytest.raises(Retry) as error:
        rig.publish(port=free_port())
    assert error.value.reason is Reason.NO_CONNECTION


@real
def test_a_private_address_that_is_not_opened_is_never_connected_to(rig: Rig) -> None:
    async def once() -> None:
        async with Client(("127.0.0.1:1",)) as client:
            await rig.channel.publish(client, rig.settings(proxy.port), rig.post)

    with FaultProxy(rig.port) as proxy:
        with pytest.raises(Refused) as error:
            asyncio.run(once())
        assert error.value.reason is Reason.ADDRESS
        assert proxy.connections == 0


@real
def test_a_lost_answer_is_unknown_and_the_post_was_taken_once(rig: Rig) -> None:
    with FaultProxy(rig.port, "lose_answer", rig.after) as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port)
    assert rig.arrived() == 1


@real
def test_a_reset_after_the_request_left_is_unknown(rig: Rig) -> None:
    with FaultProxy(rig.port, "reset", rig.after) as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port)


@real
def test_a_server_that_hangs_is_unknown_when_the_deadline_strikes(rig: Rig) -> None:
    began = time.monotonic()
    with FaultProxy(rig.port, "hang", rig.after) as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port, total=0.5)
    assert time.monotonic() - began < 3


@real
def test_a_cancelled_attempt_is_left_to_the_caller(rig: Rig) -> None:
    async def once() -> None:
        async with Client(("127.0.0.1",)) as client:
            await asyncio.wait_for(
                rig.channel.publish(client, rig.settings(proxy.port), rig.post), 0.3
            )

    with FaultProxy(rig.port, "hang", rig.after) as proxy, pytest.raises(TimeoutError):
        asyncio.run(once())


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_details_are_one_line_and_bounded() -> None:
    error = ChannelError(Reason.TURNED_DOWN, "no\n\tthanks " + "x" * 1000)
    assert error.detail.startswith("no thanks xxx")
    assert len(error.detail) == 300


def _pacing(rig: Rig) -> str:
    return rig.channel.pacing_key(rig.settings())


def _without(stored: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key != name}
