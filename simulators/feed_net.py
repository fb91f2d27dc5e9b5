"""A network of feeds on loopback: calm ones, broken ones, hostile ones. The path's first word says
which kind; the rest tells them apart."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from email.utils import format_datetime

from aiohttp import web

from console import clock
from simulators.serving import in_old_letters

ITEMS = 15
_LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
)  # fmt: skip


def rss(name: str, *, round_: int = 0, ids: str = "", title: str = "", at: str = "") -> str:
    """A feed of `ITEMS` items as blogs write them; another round brings one more.

    Args:
        ids: begins every id; the same items under other ids have the same words and links.
        at: every item's date; "": none.
    """
    rows = []
    for n in range(round_ + ITEMS, round_, -1):
        date = f"<pubDate>{at}</pubDate>" if at else ""
        rows.append(
            f"<item><title>{title or 'Nytt från'} {name} {n}</title>"
            f"<link>https://{name}.example/inlagg/{n}</link>"
            f'<guid isPermaLink="false">{ids}{name}-{n}</guid>{date}'
            f"<description>&lt;p&gt;Vattnet i {name} går att dricka &lt;b&gt;igen&lt;/b&gt;. "
            f"Läs mer på &lt;a href='https://{name}.example/'&gt;sidan&lt;/a&gt;, "
            f"del {n}.&lt;/p&gt;"
            f"&lt;script&gt;alert({n})&lt;/script&gt;</description></item>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{name}</title><link>https://{name}.example/</link>{''.join(rows)}"
        "</channel></rss>"
    )


class FeedNet:
    """Answers for all of them. `asked` counts requests by path; `round` makes changing ones
    change."""

    def __init__(self) -> None:
        self.round = 0
        self.asked: dict[str, int] = {}
        self.agents: set[str] = set()
        self.kinds: dict[str, Callable[[web.Request, str], Awaitable[web.StreamResponse]]] = {
            "calm": self.calm,
            "changing": self.changing,
            "renamed": self.renamed,
            "moved": self.moved,
            "lent": self.lent,
            "login": self.login,
            "html": self.html,
            "cap": self.cap,
            "gone": self.gone,
            "error": self.error,
            "wait": self.wait,
            "refused": self.refused,
            "half": self.half,
            "latin": self.latin,
            "mute": self.mute,
            "silent": self.silent,
            "endless": self.endless,
            "laughs": self.laughs,
            "deep": self.deep,
            "private": self.private,
            "circle": self.circle,
            "charset": self.charset,
            "future": self.future,
            "file": self.file,
        }

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{kind}/{name:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] = self.asked.get(request.path, 0) + 1
        self.agents.add(request.headers.get("User-Agent", ""))
        return await self.kinds[request.match_info["kind"]](request, request.match_info["name"])

    def _conditional(self, request: web.Request, text: str) -> web.Response:
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=text, content_type="application/rss+xml", headers={"ETag": tag})

    async def calm(self, request: web.Request, name: str) -> web.Response:
        return self._conditional(request, rss(name))

    async def changing(self, request: web.Request, name: str) -> web.Response:
        return self._conditional(request, rss(name, round_=self.round))

    async def renamed(self, request: web.Request, name: str) -> web.Response:
        """Each round every item has another id."""
        return self._conditional(request, rss(name, ids=f"{self.round}-"))

    async def moved(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPMovedPermanently(f"/calm/{name}")

    async def lent(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPFound(f"/calm/{name}")

    async def login(self, request: web.Request, name: str) -> web.Response:
        """Says for a round that it has moved for good, to a page to log in on."""
        if self.round == 0:
            raise web.HTTPMovedPermanently(f"/html/{name}")
        return self._conditional(request, rss(name))

    async def html(self, request: web.Request, name: str) -> web.Response:
        return web.Response(
            text="<!doctype html><html><body><h1>Logga in</h1></body></html>",
            content_type="text/html",
        )

    async def cap(self, request: web.Request, name: str) -> web.Response:
        space = "urn:oasis:names:tc:emergency:cap:1.2"
        text = f'<alert xmlns="{space}"><identifier>{name}</identifier></alert>'
        return web.Response(text=text, content_type="application/cap+xml")

    async def gone(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPGone

    async def error(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPInternalServerError

    async def wait(self, request: web.Request, name: str) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7200"})

    async def refused(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPForbidden

    async def half(self, request: web.Request, name: str) -> web.Response:
        """A feed that ends in the middle of an item."""
        text = rss(name)
        return web.Response(text=text[: len(text) // 2], content_type="application/rss+xml")

    async def latin(self, request: web.Request, name: str) -> web.StreamResponse:
        """A whole feed, whose tag, date and kind are in old letters: no UTF-8."""
        return in_old_letters(request, 'application/rss+xml; x="å"', rss(name))

    async def mute(self, request: web.Request, name: str) -> web.StreamResponse:
        """Closes without an answer."""
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    async def silent(self, request: web.Request, name: str) -> web.Response:
        """Takes the question and says nothing."""
        await asyncio.sleep(60)
        return web.Response()

    async def endless(self, request: web.Request, name: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b"<!-- aldrig slut -->" * 4096)
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.CancelledError):
            return response

    async def laughs(self, request: web.Request, name: str) -> web.Response:
        text = (
            f'<?xml version="1.0"?><!DOCTYPE rss [{_LAUGHS}]><rss version="2.0"><channel>'
            "<title>&l9;</title><item><title>&l9;</title></item></channel></rss>"
        )
        return web.Response(text=text, content_type="application/rss+xml")

    async def deep(self, request: web.Request, name: str) -> web.Response:
        """Small, well-formed for as long as it goes, and slower the deeper it gets."""
        text = '<rss version="2.0"><channel>' + "<div>" * 300_000
        return web.Response(text=text, content_type="application/rss+xml")

    async def private(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPFound("https://10.0.0.1/flode.xml")

    async def circle(self, request: web.Request, name: str) -> web.Response:
        raise web.HTTPFound(request.path)

    async def charset(self, request: web.Request, name: str) -> web.Response:
        """Says UTF-8 and is Latin-1."""
        body = rss(name).encode("latin-1")
        return web.Response(body=body, content_type="application/rss+xml", charset="utf-8")

    async def future(self, request: web.Request, name: str) -> web.Response:
        at = clock.now().replace(year=clock.now().year + 3, day=1)
        return self._conditional(request, rss(name, at=format_datetime(at)))

    async def file(self, request: web.Request, name: str) -> web.Response:
        """The name of a file that a careless reader would open."""
        return web.Response(body=b"/etc/hostname", content_type="application/rss+xml")
