"""People's own addresses: sent once from a child that reaches the open internet and no more."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from channels import own_address
from channels.failures import BadSettings
from channels.own_address import Message, Outcome
from tests.channels.servers import Sink, free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


def send(*addresses: str, allow: tuple[str, ...] = (), seconds: float = 20.0) -> list[Outcome]:
    messages = [
        Message(key=key, address=address, title="ÖVNING Läs", text="Ditt konto är låst.")
        for key, address in enumerate(addresses)
    ]
    return own_address.send(messages, allow, seconds)


def test_an_address_that_is_opened_by_name_gets_the_message(sink: Sink) -> None:
    [outcome] = send(f"json://127.0.0.1:{sink.port}/x", allow=(f"127.0.0.1:{sink.port}",))
    assert outcome == Outcome(0, "sent", "")
    [(_headers, body)] = sink.requests
    assert json.loads(body)["title"] == "ÖVNING Läs"


def test_a_private_address_is_never_reached_whatever_it_is_called(sink: Sink) -> None:
    """Neither by number nor by name, in clear text or not (server-side request forgery)."""
    port = sink.port
    outcomes = send(
        f"json://127.0.0.1:{port}/x",
        f"jsons://127.0.0.1:{port}/x",
        f"jsons://localhost:{port}/x",
        f"jsons://[::1]:{port}/x",
        f"jsons://[::ffff:127.0.0.1]:{port}/x",
        f"ntfys://localhost:{port}/topic",
    )
    assert {one.state for one in outcomes} == {"failed"}
    assert {one.detail for one in outcomes[:3]} == {"address"}
    assert sink.requests == []


def test_a_redirect_inwards_is_not_followed(sink: Sink) -> None:
    with Sink() as inner:
        sink.answers(307, Location=f"http://127.0.0.1:{inner.port}/x")
        [outcome] = send(f"json://127.0.0.1:{sink.port}/x", allow=(f"127.0.0.1:{sink.port}",))
        assert len(sink.requests) == 1
        assert inner.requests == []
    assert outcome.state != "sent"


def test_what_a_server_answers_decides_what_is_known(sink: Sink) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("hang"):
            await asyncio.sleep(30)
        return web.Response(status=int(request.path[-3:]))

    sink.answer = answer
    base, shut = f"json://127.0.0.1:{sink.port}", free_port()
    outcomes = send(
        f"{base}/403", f"{base}/500", f"{base}/hang", f"json://127.0.0.1:{shut}/x",
        allow=("127.0.0.1",), seconds=15,
    )  # fmt: skip
    assert [one.state for one in outcomes] == ["failed", "unknown", "unknown", "failed"]
    assert outcomes[0].detail == "turned_down: 403"
    assert outcomes[3].detail == "no_connection"
    assert len(sink.requests) == 3, "each once, whatever came back"


def test_who_has_not_answered_in_time_is_unknown_and_the_rest_is_known(sink: Sink) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("hang"):
            await asyncio.sleep(30)
        return web.Response()

    sink.answer = answer
    base = f"json://127.0.0.1:{sink.port}"
    slow = f"{base}/hang?rto=25"
    quick, lost = send(f"{base}/x", slow, allow=("127.0.0.1",), seconds=6)
    assert quick.state == "sent"
    assert lost == Outcome(1, "unknown", "no_answer")


SHUT = """
import requests, os, socket, subprocess
from channels import own_address_child
from channels.addresses import Hosts
own_address_child._shut_in(Hosts([]), requests)
try:
    {act}
except own_address_child.Shut:
    print("shut")
"""


@pytest.mark.parametrize(
    "act",
    [
        "open({secret!r})",
        "open({secret!r}, 'w')",
        "os.system('true')",
        "subprocess.run(['true'])",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
        "socket.socket(socket.AF_UNIX).connect('/run/x')",
        "socket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_the_child_is_shut_in_whatever_a_library_tries(act: str, tmp_path: Path) -> None:
    """Some services take a template or a key from a file that their address names."""
    secret = tmp_path / "secret.json"
    secret.write_text("hemligt")
    code = SHUT.format(act=act.format(secret=str(secret)))
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.stdout == "shut\n", said.stderr


@pytest.mark.parametrize("address", ["syslog://", "mailto://a:b@c.se", "dbus://", "inget", "ntfy"])
def test_an_address_that_does_not_go_over_the_web_is_refused_when_entered(address: str) -> None:
    with pytest.raises(BadSettings) as refused:
        own_address.check(address)
    assert refused.value.field == "address"


def test_an_address_is_named_without_its_secrets() -> None:
    assert own_address.check("ntfys://tk_hemlig@ntfy.sh/hemligt") == "ntfy, ntfy.sh"
