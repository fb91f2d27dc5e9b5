"""`python -m bench.sink PORT`: a receiver that answers every post after 50 ms."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

SECONDS = 0.05


async def _post(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(SECONDS)
    return web.json_response({"id": request.headers.get("Idempotency-Key", "floor")})


def main(port: int) -> None:
    app = web.Application()
    app.router.add_post("/{path:.*}", _post)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
