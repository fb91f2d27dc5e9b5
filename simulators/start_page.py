"""A municipality's own website: a start page that includes the fragment, or that somebody writes.

Answers with ETag and honours `If-None-Match` (RFC 9110, 13.1.2), as web servers and CMSs do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from aiohttp import web

from simulators.base import Simulator
from simulators.serving import in_old_letters

FRAME = """<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>{title}</title></head>
<body><header><nav><ul><li><a href="/bygga">Bygga, bo och miljö</a><li><a href="/skola">Skola</a>
</ul></nav></header><main>{inside}<h1>Välkommen till {title}</h1><p>Badet är öppet kl 10.00.</main>
</body></html>"""


class StartPageServer(Simulator):
    """`inside` gives what the start page shows above its own words."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.inside: Callable[[], str] = lambda: ""
        self.fragment: Callable[[], str] = lambda: ""
        """What /nu.html answers, for pages that fetch it by a script."""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.unchanged = 0
        """How often the answer was "not changed"."""

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/", self._page),
            web.get("/nu.html", self._fragment),
            web.get("/hem", self._moved),
            web.get("/runt", self._round),
            web.get("/vilse", self._astray),
            web.get("/latin", self._latin),
        )

    async def _page(self, request: web.Request) -> web.Response:
        text = FRAME.format(title="Torsby kommun", inside=self.inside())
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if self.status == 200 and request.headers.get("If-None-Match") == etag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(
            status=self.status, text=text, content_type="text/html",
            headers={"ETag": etag, **self.headers},
        )  # fmt: skip

    async def _fragment(self, request: web.Request) -> web.Response:
        return web.Response(text=self.fragment(), content_type="text/html")

    async def _moved(self, request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "/"})

    async def _astray(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://[torsby"})

    async def _latin(self, request: web.Request) -> web.Response:
        """The page, with a tag and a date in old letters: no UTF-8."""
        body = FRAME.format(title="Torsby kommun", inside=self.inside())
        return in_old_letters(request, "text/html", body)

    async def _round(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/runt"})
