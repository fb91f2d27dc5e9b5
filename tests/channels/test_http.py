"""The shared client: what it connects to, and what it says when something breaks."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from channels.addresses import Guard, Hosts, is_public
from channels.failures import Reason, Refused, Retry, Unknown
from channels.http import ANSWER_BYTES, Answer, Client
from tests.channels.servers import Sink, free_port
from tests.faults_proxy import FaultProxy

OPEN = ("127.0.0.1",)


def ask(address: str, allow: tuple[str, ...] = OPEN, total: float = 5.0) -> Answer:
    async def once() -> Answer:
        async with Client(allow, total=total) as client:
            return await client.request("POST", address, body=b"{}")

    return asyncio.run(once())


class Names(AbstractResolver):
    """A name service that gives the next of its answers each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.answers.pop(0)
        ]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_wrapping_a_private_address_in_ipv6_does_not_open_it(address: object) -> None:
    assert not is_public(f"::ffff:{address}")


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://127.1/", "https://2130706433/", "https://localhost/",
        "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "krok", "", "https://",
    ],
)  # fmt: skip
def test_an_address_that_is_private_or_not_https_is_refused(address: str) -> None:
    with pytest.raises(Refused) as error:
        ask(address, allow=())
    assert error.value.reason is Reason.ADDRESS


def test_a_name_is_connected_to_only_where_it_was_checked() -> None:
    names = Names(["8.8.8.8", "127.0.0.1"], ["127.0.0.1"])
    guard = Guard(names, Hosts(()))
    assert [each["host"] for each in asyncio.run(guard.resolve("rebind.example"))] == ["8.8.8.8"]
    with pytest.raises(Refused):
        asyncio.run(guard.resolve("rebind.example"))


@pytest.mark.parametrize("entry", ["server.lan", "SERVER.lan", "server.lan:8080"])
def test_an_opened_host_may_be_private(entry: str) -> None:
    guard = Guard(Names(["10.0.0.1"]), Hosts((entry,)))
    assert asyncio.run(guard.resolve("server.lan", 8080))[0]["host"] == "10.0.0.1"


def test_a_host_opened_with_a_port_stays_closed_on_others(sink: Sink) -> None:
    with pytest.raises(Refused):
        ask(f"http://127.0.0.1:{sink.port}/", allow=(f"127.0.0.1:{sink.port + 1}",))
    assert not sink.requests


def test_a_redirect_is_not_followed(sink: Sink) -> None:
    sink.answers(307, Location=f"http://127.0.0.1:{sink.port}/elsewhere")
    assert ask(f"http://127.0.0.1:{sink.port}/").status == 307
    assert len(sink.requests) == 1


def test_an_answer_over_the_limit_is_not_kept_and_its_status_is(sink: Sink) -> None:
    sink.answers(200, b'"' + b"x" * ANSWER_BYTES + b'"')
    answer = ask(f"http://127.0.0.1:{sink.port}/")
    assert (answer.status, answer.body) == (200, None)
    with pytest.raises(Unknown):
        answer.json()


def test_an_answer_that_swells_when_unpacked_is_not_kept(sink: Sink) -> None:
    async def packed(request: web.Request) -> web.Response:
        response = web.Response(body=b"0" * (ANSWER_BYTES * 50))
        response.enable_compression(web.ContentCoding.gzip)
        return response

    sink.answer = packed
    assert ask(f"http://127.0.0.1:{sink.port}/").body is None


def test_a_refusal_whose_body_is_cut_off_is_still_a_refusal(sink: Sink) -> None:
    sink.answers(422, b'{"error": "for long"}')
    with FaultProxy(sink.port, "truncate") as proxy:
        answer = ask(f"http://127.0.0.1:{proxy.port}/")
    assert (answer.status, answer.body) == (422, None)


class Missing(Names):
    async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class Slow(Names):
    async def resolve(self, *_: object, **__: object) -> list[ResolveResult]:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("names", [Missing, Slow])
def test_a_name_that_is_not_resolved_in_time_may_be_tried_again(
    names: type[Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiohttp, "ThreadedResolver", names)
    with pytest.raises(Retry):
        ask("https://torsby.example/", total=0.3)


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    with Sink(certificate) as sink:
        with pytest.raises(Retry):
            ask(f"https://127.0.0.1:{sink.port}/")
        assert not sink.requests


def test_no_detail_tells_more_of_an_address_than_host_and_port() -> None:
    with pytest.raises(Retry) as error:
        ask(f"http://127.0.0.1:{free_port()}/token-in-the-path")
    assert "token" not in str(error.value)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_request_whose_answer_is_lost_is_sent_once_whatever_its_method(
    sink: Sink, method: str
) -> None:
    async def once() -> None:
        async with Client(OPEN) as client:
            await client.request(method, f"http://127.0.0.1:{proxy.port}/", body=b"{}")

    with FaultProxy(sink.port, "lose_answer") as proxy, pytest.raises(Unknown):
        asyncio.run(once())
    assert len(sink.requests) == 1


def test_connections_are_pooled(sink: Sink) -> None:
    async def thrice() -> None:
        async with Client(OPEN) as client:
            for _ in range(3):
                await client.request("POST", f"http://127.0.0.1:{proxy.port}/", body=b"{}")

    with FaultProxy(sink.port) as proxy:
        asyncio.run(thrice())
        assert proxy.connections == 1
    assert len(sink.requests) == 3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 0 "}, 0),
        (
            {
                "Retry-After": "Tue, 24 Nov 2026 09:01:30 GMT",
                "Date": "Tue, 24 Nov 2026 09:00:00 GMT",
            },
            90,
        ),
        (
            {
                "Retry-After": "Tue, 24 Nov 2026 08:00:00 GMT",
                "Date": "Tue, 24 Nov 2026 09:00:00 GMT",
            },
            0,
        ),
        ({"Retry-After": "Tue, 24 Nov 2026 09:01:30 GMT"}, None),
        ({"Retry-After": "Tue, 24 Nov 99999999999999999999 09:01:30 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "²"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert Answer(503, headers, b"").retry_after() == seconds
