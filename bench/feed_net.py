"""`python -m bench.feed_net PORT`: the network of feeds in a process of its own. A POST to /round
makes those that change do so."""

from __future__ import annotations

import sys

from aiohttp import web

from simulators.feed_net import FeedNet


def main(port: int) -> None:
    feeds = FeedNet()
    app = feeds.app()

    async def another_round(request: web.Request) -> web.Response:
        feeds.round += 1
        return web.Response()

    app.router.add_post("/round", another_round)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
