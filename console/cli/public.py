"""The public site's own small server: `python -m console.cli.public`.

It needs neither the database nor the console, and knows one folder: the live site's. Any other
web server can do the same; see docs/running.md.
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from console.config import Settings
from console.site.serving import CSP, find, find_picture, headers_of, kind_of

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # may be kept, but is asked about (by ETag) every time
}

KEPT = "public, max-age=31536000, immutable"
"""Of pictures: another one has another name."""

MOST_PACKED = 2**20
"""Bytes; nothing that a citizen reads is so large."""
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)

NOTHING_HERE = (
    '<!doctype html><html lang="sv"><title>Sidan finns inte</title>'
    '<h1>Sidan finns inte</h1><p><a href="/">Till startsidan</a></p></html>'
)

FOLDER = web.AppKey("folder", Path)


def application(folder: Path) -> web.Application:
    """Serve the files under `folder`/current, whatever that link points at right now."""
    app = web.Application(middlewares=[_headers])
    app[FOLDER] = folder
    app.router.add_get("/{path:.*}", _answer)  # HEAD too
    return app


async def _answer(request: web.Request) -> web.StreamResponse:
    picture = find_picture(request.app[FOLDER], request.match_info["path"])
    if picture is not None:
        return web.FileResponse(picture, headers={"Cache-Control": KEPT})
    root = (request.app[FOLDER] / "current").resolve()
    if not root.is_dir():
        return web.Response(
            status=503, text="Webbplatsen är inte skriven än.\n", headers={"Retry-After": "2"}
        )
    found = find(root, request.match_info["path"])
    if found is None:
        page = root / "404.html"
        text = page.read_text() if page.is_file() else NOTHING_HERE
        return web.Response(status=404, text=text, content_type="text/html", charset="utf-8")
    if found.is_dir():
        # Relative to this address, so that it holds behind any proxy.
        raise web.HTTPMovedPermanently(f"./{quote(found.name)}/")
    kind, charset = kind_of(found)
    packed = _packed(request, found) if charset else None
    response = packed or web.FileResponse(found)
    response.content_type, response.charset = kind, charset
    response.headers.update(headers_of(found))
    if charset:
        response.headers["Vary"] = "Accept-Encoding"
    return response


def _packed(request: web.Request, path: Path) -> web.Response | None:
    """Text at a third of its size: on a bad connection that is seconds. None: the file as it is.

    Part of a file (Range) is counted in the file's own bytes. What is packed has a tag of its own,
    since a cache may join parts only of the same bytes. aiohttp's own packing can't be used here:
    it sends the end of an archive after a 304, where there may be nothing.
    """
    accepted = _GZIP.search(request.headers.get("Accept-Encoding", ""))
    seen = path.stat()
    if not accepted or "Range" in request.headers or seen.st_size > MOST_PACKED:
        return None
    tag = f"{seen.st_mtime_ns:x}-{seen.st_size:x}-gz"
    if any(one.value in (tag, "*") for one in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        body = _gzipped(path, seen.st_mtime_ns)
        response = web.Response(body=body, headers={"Content-Encoding": "gzip"})
    response.etag, response.last_modified = tag, seen.st_mtime
    return response


@lru_cache(maxsize=256)
def _gzipped(path: Path, _written: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


@web.middleware
async def _headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def main() -> None:
    settings = Settings.from_env()
    web.run_app(
        application(settings.site_folder),
        host=settings.bind,
        port=settings.public_port,
        print=None,
        access_log=None,
        shutdown_timeout=2,
    )


if __name__ == "__main__":
    main()
