"""What a webhook sends, and what each answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from channels.failures import BadSettings, ChannelError, Reauthorise, Refused, Retry, Unknown
from channels.webhook import Webhook
from tests.channels.rig import POST, Rig
from tests.channels.servers import Sink
from tests.faults_proxy import FaultProxy

SECRET = {"secret": "en-lång-hemlighet-1"}


def rig_at(sink: Sink) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"url": f"http://127.0.0.1:{port}/krok"}, SECRET

    return Rig(Webhook(), at, sink.port, lambda: sum(1 for _headers, body in sink.requests if body))


@contextmanager
def rig() -> Iterator[Rig]:
    with Sink() as sink:
        yield rig_at(sink)


@pytest.fixture
def webhook(sink: Sink) -> Rig:
    return rig_at(sink)


def test_the_receiver_can_check_the_body_by_its_signature(webhook: Rig, sink: Sink) -> None:
    webhook.publish()
    headers, body = sink.requests[0]
    signed = headers["Budkavle-Timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Budkavle-Signature"] == f"v1={expected}"
    assert headers["Idempotency-Key"] == POST.key
    assert json.loads(body) == {
        "format": 1,
        "key": POST.key,
        "text": POST.text,
        "language": "sv",
        "title": POST.title,
        "link": POST.link,
        "marker": POST.marker,
    }


@pytest.mark.parametrize(
    ("status", "body", "remote_id", "link"),
    [
        (
            200,
            b'{"id": "abc", "link": "https://torsby.example/1"}',
            "abc",
            "https://torsby.example/1",
        ),
        (201, b'{"id": 17}', "17", None),
        (202, b"{}", POST.key, None),
        (204, b"", POST.key, None),
        (200, b'{"id": "abc", "link": "javascript:alert(1)"}', "abc", None),
    ],
)
def test_an_acceptance_gives_the_receivers_id_or_else_our_key(
    webhook: Rig, sink: Sink, status: int, body: bytes, remote_id: str, link: str | None
) -> None:
    sink.answers(status, body)
    receipt = webhook.publish()
    assert (receipt.remote_id, receipt.link) == (remote_id, link)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Reauthorise) for status in (401, 403)),
        *((status, Retry) for status in (408, 409, 425, 429)),
        *((status, Refused) for status in (301, 307, 308, 400, 404, 410, 413, 422, 451)),
        *((status, Unknown) for status in (302, 303, 500, 501, 502, 503, 504, 507)),
    ],
)
def test_each_status_has_one_outcome_and_is_asked_once(
    webhook: Rig, sink: Sink, status: int, outcome: type[ChannelError]
) -> None:
    sink.answers(status, b"<p>no</p>")
    with pytest.raises(ChannelError) as error:
        webhook.publish()
    assert type(error.value) is outcome
    assert len(sink.requests) == 1


@pytest.mark.parametrize(("honours_key", "outcome"), [(True, Retry), (False, Unknown)])
def test_a_receiver_that_a_cache_says_is_away_is_sent_to_again_only_if_it_keeps_keys(
    sink: Sink, honours_key: bool, outcome: type[ChannelError]
) -> None:
    rig = rig_at(sink)
    at = rig.at
    rig.at = lambda port: (at(port)[0] | {"honours_key": honours_key}, SECRET)
    sink.answers(503, Retry_After="5")
    with pytest.raises(outcome):
        rig.publish()


@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"[]", b"null", b'{"id": ', b'{"id": null}', b'{"id": ""}', b'{"id": true}',
     b'{"id": {"a": 1}}', b'{"id": "a\\u0000b"}', b'{"id": "' + b"x" * 501 + b'"}', b"\xff\xfe",
     b"[" * 30_000],
)  # fmt: skip
def test_an_acceptance_that_cannot_be_read_is_unknown(
    webhook: Rig, sink: Sink, body: bytes
) -> None:
    sink.answers(200, body)
    with pytest.raises(Unknown):
        webhook.publish()


@pytest.mark.parametrize("mode", ["truncate", "empty"])
def test_an_acceptance_spoilt_on_its_way_is_unknown(webhook: Rig, sink: Sink, mode: str) -> None:
    with FaultProxy(webhook.port, mode) as proxy, pytest.raises(Unknown):
        webhook.publish(proxy.port)
    assert len(sink.requests) == 1


def test_the_servers_wish_to_wait_is_passed_on(webhook: Rig, sink: Sink) -> None:
    sink.answers(429, Retry_After="30")
    with pytest.raises(Retry) as error:
        webhook.publish()
    assert error.value.after == 30


def test_only_a_receiver_that_says_so_honours_the_key() -> None:
    channel = Webhook()
    plain = channel.parse({"url": "https://a.example/"}, SECRET)
    promised = channel.parse({"url": "https://a.example/", "honours_key": True}, SECRET)
    assert not channel.honours_key(plain)
    assert channel.honours_key(promised)


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"url": "ftp://a.example"}, SECRET, "url"),
        ({"url": "https://"}, SECRET, "url"),
        ({"url": "https://a.example:99999/"}, SECRET, "url"),
        ({"url": "https://me:pw@a.example/"}, SECRET, "url"),
        ({"url": ["https://a.example"]}, SECRET, "url"),
        ({"url": "https://a.example", "honours_key": "ja"}, SECRET, "honours_key"),
        ({"url": "https://a.example"}, {"secret": "kort"}, "secret"),
        ({"url": "https://a.example"}, {"secret": 1234567890123456}, "secret"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        Webhook().parse(settings, secret)
    assert error.value.field == field


def test_accounts_share_a_pace_only_with_the_same_host_and_secret() -> None:
    channel = Webhook()
    first = channel.parse({"url": "https://a.example/1"}, SECRET)
    same = channel.parse({"url": "https://a.example/2"}, SECRET)
    other_host = channel.parse({"url": "https://b.example/1"}, SECRET)
    other_secret = channel.parse({"url": "https://a.example/1"}, {"secret": "x" * 16})
    assert channel.pacing_key(first) == channel.pacing_key(same)
    keys = {channel.pacing_key(each) for each in (first, other_host, other_secret)}
    assert len(keys) == 3
