"""`python -m simulators`: platforms in a process of their own, beside a bare server.

Reads lines of JSON, and answers each with one:

- first, kind → how many accounts; answered with kind → port, and the bare server's as `floor`;
- `{"seed": …, "latency": fields of Latency, "faults": [[kind, account's number, effect], …]}`: from
  now on answers come late, and these posts go wrong; what was counted before is forgotten;
- `{}`: answered with kind → what each account has to say.

The bare server answers `POST /<kind>/<account's number>` as late as that account of that platform
does, request by request. Leaves when its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from aiohttp import web

from simulators.base import Effect
from simulators.crowd import Latency, Member, report
from simulators.platforms import members, server, spoil
from simulators.serving import Serving


class Floor(Serving):
    """What a platform would be that does nothing but answer."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: dict[str, Latency] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{kind}/{n}", self._post)
        return app

    async def _post(self, request: web.Request) -> web.Response:
        await request.read()
        delay = self.delays["{kind} {n}".format(**request.match_info)]
        await asyncio.sleep(delay())
        return web.json_response({"id": "floor"})


Crowds = dict[str, list[Member]]


def begin(crowds: Crowds, floor: Floor, wanted: dict[str, Any]) -> None:
    for kind, accounts in crowds.items():
        for n, one in enumerate(accounts, 1):
            seed = f"{wanted['seed']} {kind} {n}"
            one.simulator.delay = Latency(seed, **wanted["latency"])
            floor.delays[f"{kind} {n}"] = Latency(seed, **wanted["latency"])
            one.simulator.requests.clear()
    for kind, n, effect in wanted["faults"]:
        if kind in crowds:
            spoil(crowds[kind][n - 1], kind, Effect(effect))


async def main() -> None:
    wanted: dict[str, int] = json.loads(sys.stdin.readline())
    crowds = {kind: members(kind, number, time.time) for kind, number in wanted.items()}
    ports, floor = {}, Floor()
    for kind, accounts in crowds.items():
        platform = server(kind, accounts)
        await platform.begin()
        ports[kind] = platform.port
    await floor.begin()
    print(json.dumps(ports | {"floor": floor.port}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if asked := json.loads(line):
            begin(crowds, floor, asked)
        said = {kind: [report(one.simulator) for one in crowds[kind]] for kind in crowds}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
