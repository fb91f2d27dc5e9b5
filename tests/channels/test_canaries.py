"""A server that repeats what it was sent, tokens too: no error and no answer of ours tells them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from aiohttp import web

from channels.contract import Edit, Removal
from channels.failures import ChannelError
from channels.http import Client
from channels.registry import NOT_PUBLISHED, REGISTRY
from tests.channels.rig import Rig
from tests.channels.servers import Sink

STATUSES = (200, 400, 401, 403, 404, 422, 429, 500)
SHAPES = ("text", "object")


def repeated(request: web.Request, body: bytes, shape: str) -> Any:
    """All of the request, as each platform words its refusals."""
    every = " ".join([str(request.rel_url), *request.headers.values(), body.decode("latin-1")])
    # A detail is cut at 300 characters: what comes first is what would be seen.
    said = " ".join([request.headers.get("Authorization", ""), every])
    many = [{"message": said, "detail": said, "title": said, "code": said}]
    more = {"message": said, "detail": said, "title": said, "description": said,
            "error_description": said, "errcode": "M_UNKNOWN", "errors": many, "code": said,
            "id": said, "event_id": said, "uri": said}  # fmt: skip
    error: object = said if shape == "text" else {"message": said, "code": 1, "type": said}
    return {"error": error, **more}


def secrets(stored: Any) -> set[str]:
    """Every text in an account's stored secret that is long enough to be one."""
    if isinstance(stored, dict):
        return set().union(*map(secrets, stored.values()))
    return {stored} if isinstance(stored, str) and len(stored) >= 6 else set()


def credentials(sink: Sink) -> set[str]:
    """What went in Authorization, and the password in it."""
    sent = {
        value.partition(" ")[2]
        for headers, _body in sink.requests
        for name, value in headers.items()
        if name.lower() == "authorization"
    }
    basic = {
        base64.b64decode(value.partition(" ")[2]).decode().partition(":")[2]
        for headers, _body in sink.requests
        for value in headers.values()
        if value.startswith("Basic ")
    }
    return sent | basic


def told(rig: Rig, sink: Sink) -> Iterator[str]:
    """All that the channel says when its requests are answered so, on every way it asks."""
    settings, secret = rig.at(sink.port)
    channel, parsed = rig.channel, rig.channel.parse(settings, secret)
    change = Edit(key="e", remote_id="1", text="Rättat", struck=(), language="sv")
    questions: list[Callable[[Client], Any]] = [
        lambda client: channel.publish(client, parsed, rig.post),
        lambda client: channel.probe(client, parsed),
        lambda client: channel.read_back(client, parsed, rig.post),
        lambda client: channel.edit(client, parsed, change),
        lambda client: channel.delete(client, parsed, Removal(remote_id="1")),
    ]
    for question in questions:
        try:
            yield str(rig.ask(question))
        except ChannelError as error:
            yield f"{error} {error!r}"


@pytest.mark.parametrize("rig", sorted(set(REGISTRY) - NOT_PUBLISHED - {"email"}), indirect=True)
def test_no_error_repeats_a_secret_that_the_server_repeats(rig: Rig, sink: Sink) -> None:
    said = []
    for status, shape in product(STATUSES, SHAPES):

        async def answer(
            request: web.Request, status: int = status, shape: str = shape
        ) -> web.Response:
            return web.json_response(repeated(request, sink.requests[-1][1], shape), status=status)

        sink.answer = answer
        said += told(rig, sink)
    assert len(said) == 5 * len(STATUSES) * len(SHAPES)
    planted = secrets(rig.at(sink.port)[1]) | credentials(sink)
    found = {one for one in said for secret in planted if secret in one}
    assert not found
