"""The pages' own files: each address carries a mark of the content, so that a browser keeps the
file for a year and asks for it again only when it has changed. On a bad connection a page is then
one request."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

KEPT = "public, max-age=31536000, immutable"
FONT = "public, max-age=604800"
"""Style sheets name the fonts without a mark; a font's content never changes under its name."""


def install(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not values["filename"].endswith(".woff2"):
            mark = _mark(folder, values["filename"])
            if mark:
                values["v"] = mark

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            name = (request.view_args or {})["filename"]
            asked = request.args.get("v")
            # A page from before an upgrade asks with the old mark, and gets the new file: not kept.
            if asked and asked == _mark(folder, name):
                response.headers["Cache-Control"] = KEPT
            elif name.endswith(".woff2"):
                response.headers["Cache-Control"] = FONT
        return response


def _mark(folder: Path, name: str) -> str:
    """Of the file as it is now; "": there is none."""
    path = folder / name
    try:
        return _mark_of(path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=500)
def _mark_of(path: Path, _changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]
