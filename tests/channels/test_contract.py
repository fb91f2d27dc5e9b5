"""What every channel that publishes must keep."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from channels import api_base
from channels.contract import Edit, Pin, Removal
from channels.failures import SENTENCES, BadSettings, ChannelError, Reason, Refused, Retry, Unknown
from channels.http import Client
from channels.platforms import PLATFORMS
from channels.registry import NOT_PUBLISHED, REGISTRY
from tests.channels.rig import Rig
from tests.channels.servers import free_port
from tests.faults_proxy import FaultProxy

ALL = sorted(set(REGISTRY) - NOT_PUBLISHED)
REAL = sorted(set(ALL) - {"pretend"})


every = pytest.mark.parametrize("rig", ALL, indirect=True)
real = pytest.mark.parametrize("rig", REAL, indirect=True)


@every
def test_a_published_post_gives_a_receipt_with_its_exact_text(rig: Rig) -> None:
    receipt = rig.publish()
    assert receipt.text == rig.post.text
    assert receipt.remote_id


@every
def test_the_next_round_is_another_post(rig: Rig) -> None:
    assert rig.publish().remote_id != rig.publish(post=rig.later).remote_id


@every
def test_where_keys_are_honoured_the_same_attempt_again_is_the_same_post(rig: Rig) -> None:
    if not rig.channel.honours_key(rig.settings()):
        pytest.skip("the platform knows no keys")
    first, again = rig.publish(), rig.publish()
    assert first.remote_id == again.remote_id
    assert rig.arrived() <= 1


@real
def test_what_is_read_back_is_the_post_itself_and_never_another_round(rig: Rig) -> None:
    settings = rig.settings()
    if not rig.channel.can_read_back(settings):
        with pytest.raises(Refused) as error:
            rig.read_back()
        assert error.value.reason is Reason.CANNOT
        assert not rig.channel.absence_proves(settings)
        return
    assert rig.read_back() is None
    first = rig.publish()
    assert rig.read_back(rig.later) is None
    second = rig.publish(post=rig.later)
    for post, receipt in ((rig.post, first), (rig.later, second)):
        found = rig.read_back(post)
        assert found is not None
        assert (found.remote_id, found.link) == (receipt.remote_id, receipt.link)
    assert rig.arrived() == 2


@every
def test_a_probe_publishes_nothing_and_finds_nothing_wrong(rig: Rig) -> None:
    assert rig.probe().reason is None
    assert rig.arrived() == 0


@every
def test_everything_that_is_asked_for_is_named_and_a_secret_is_asked_for_as_one(rig: Rig) -> None:
    stored, secret = rig.at(rig.port)
    if rig.channel.kind == "pretend":
        assert rig.channel.asks == ()
        return
    asked = {ask.name: ask.kind for ask in rig.channel.asks}
    # `api` names a simulator on this machine and is nobody's to fill in.
    assert set(stored) - {api_base.SETTING} | set(secret) <= set(asked)
    assert {name for name, kind in asked.items() if kind == "secret"} >= set(secret)


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
        if name in rig.optional:
            continue
        with pytest.raises(BadSettings) as error:
            rig.channel.parse(_without(stored, name), _without(secret, name))
        assert error.value.field == name
        assert error.value.message.endswith(".")


@every
def test_what_a_channel_cannot_edit_or_delete_is_refused_and_so_is_an_exercise(rig: Rig) -> None:
    settings = rig.settings()

    async def ask(delete: bool) -> None:
        async with Client(("127.0.0.1",)) as client:
            if delete:
                await rig.channel.delete(client, settings, Removal(remote_id="1", exercise=True))
            else:
                change = Edit(
                    key="e1", remote_id="1", text="Nytt", struck=(), language="sv", exercise=True
                )
                await rig.channel.edit(client, settings, change)

    for able, delete in (
        (rig.channel.can_edit(settings), False),
        (rig.channel.can_delete(settings), True),
    ):
        if able and rig.channel.kind == "pretend":
            asyncio.run(ask(delete))
        else:
            with pytest.raises(Refused) as error:
                asyncio.run(ask(delete))
            assert error.value.reason is (Reason.EXERCISE if able else Reason.CANNOT)


@every
def test_what_a_channel_cannot_pin_is_refused_and_so_is_an_exercise(rig: Rig) -> None:
    settings, given = rig.settings(), Pin(remote_id="1", exercise=True)
    able = rig.channel.can_pin(settings)
    for ask in (rig.channel.pin, rig.channel.unpin):
        if able and rig.channel.kind == "pretend":
            rig.ask(lambda client, ask=ask: ask(client, settings, given))
            continue
        with pytest.raises(Refused) as error:
            rig.ask(lambda client, ask=ask: ask(client, settings, given))
        assert error.value.reason is (Reason.EXERCISE if able else Reason.CANNOT)


def test_the_catalogue_promises_what_the_channels_can() -> None:
    for platform in PLATFORMS.values():
        if platform.kind in REAL:
            with import_module(f"tests.channels.test_{platform.kind}").rig() as rig:
                assert rig.channel.can_pin(rig.settings()) is platform.pins, platform.key
        else:
            assert not platform.pins


@real
def test_a_real_channel_refuses_an_exercise_and_nothing_leaves(rig: Rig) -> None:
    """Lesson 20: the second wall."""
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
