"""A receiver of our own webhook (docs/webhook): it takes every `Idempotency-Key` once."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from simulators.base import Simulator, Taken


class Webhook(Simulator):
    def routes(self) -> Iterable[web.RouteDef]:
        return [web.post("/{account}", self._post), web.head("/{account}", self._there)]

    async def _post(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        one = next((one for one in self.taken if one.key == key), None)
        if one is None:
            text = str((await request.json())["text"])
            one = Taken(f"w{len(self.taken)}", request.match_info["account"], text, key)
            self.taken.append(one)
        return web.json_response({"id": one.remote_id})

    async def _there(self, request: web.Request) -> web.Response:
        return web.Response(status=405)
