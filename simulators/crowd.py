"""A platform with many accounts behind one address, each with a key of its own.

Each account is a simulator by itself; a request goes to the one whose key it carries, and what is
counted, limited or spoilt is that account's own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from simulators.base import MOST_BYTES, Simulator
from simulators.serving import Serving

Who = Callable[[web.Request], Awaitable[str]]
"""The key that a request carries; empty: none."""


@dataclass
class Latency:
    """Seconds before each answer: log-normal around a median, and some very late. The same seed
    gives the same seconds in the same order."""

    seed: str
    median: float = 0.3
    spread: float = 0.5
    """Of the logarithm: with 0.5 one answer in a hundred takes more than three medians."""
    slow: float = 0.01
    """Share of those that take `slow_seconds`."""
    slow_seconds: float = 20.0
    were_slow: int = 0
    """How many have been, so far."""
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def __call__(self) -> float:
        late, seconds = self._random.random(), self._random.lognormvariate(0.0, self.spread)
        if late < self.slow:
            self.were_slow += 1
            return self.slow_seconds
        return self.median * seconds


@dataclass(frozen=True)
class Member:
    """An account of a platform, and what the console must be told of it."""

    simulator: Simulator
    key: str
    """What its requests are known by."""
    settings: Mapping[str, Any]
    secret: Mapping[str, Any]


class Crowd(Serving):
    """Use as `with Crowd(members, who) as server:`."""

    def __init__(self, members: list[Member], who: Who, port: int = 0) -> None:
        super().__init__(port)
        self.members = {one.key: one.simulator for one in members}
        self.stranger = members[0].simulator
        self._who = who
        self._routes = {one.key: _routes(one.simulator) for one in members}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._any)
        return app

    async def _any(self, request: web.Request) -> web.StreamResponse:
        key = await self._who(request)
        if key not in self.members:
            return self.stranger.dead_key()
        simulator = self.members[key]
        simulator.port = self.port
        match = await self._routes[key].resolve(request)
        request._match_info = match  # as aiohttp itself does when it has found a route
        return await simulator.answer(request, match.handler)


def _routes(simulator: Simulator) -> web.UrlDispatcher:
    dispatcher = web.UrlDispatcher()
    dispatcher.add_routes(simulator.routes())
    return dispatcher


def report(simulator: Simulator) -> dict[str, int]:
    """What a platform has to say of one account: posts taken and shown, posts there twice,
    requests, how many of those were answered very late, and how many were over its limit."""
    texts = Counter((one.account, one.text) for one in simulator.taken)
    delay = simulator.delay
    return {
        "taken": len(simulator.taken),
        "shown": len(simulator.shown),
        "doubles": sum(number - 1 for number in texts.values()),
        "requests": len(simulator.requests),
        "slow": delay.were_slow if isinstance(delay, Latency) else 0,
        "over": simulator.bucket.refused if simulator.bucket else 0,
    }
