"""The pages' own files, few and small: on a bad connection each of them is a journey there and
back before anything is seen.

Style sheets that every page of a kind has in common come as one. Text is packed, which is left to
files alone: a page may hold what the visitor sent beside what is secret, and its packed length
would tell of both (the BREACH attack). Each address carries a mark of the content, so that a
browser keeps the file for a year and asks for it again only when it has changed.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

KEPT = "public, max-age=31536000, immutable"
FONT = "public, max-age=604800"
"""Style sheets name the fonts without a mark; a font's content never changes under its name."""
PACKED = (".css", ".js", ".svg")

JOINED: dict[str, tuple[str, ...]] = {
    "css/console.css": (
        "fonts", "tokens", "base", "frame", "band", "menu", "marks", "buttons", "zones", "fields",
        "rows", "plate", "countdown", "kavel", "approval", "staff",
    ),
    "css/last.css": ("forced", "print"),
    "css/for_citizens.css": (
        "tokens", "base", "frame", "buttons", "zones", "fields", "signup", "forced",
    ),
    "css/for_walls.css": (
        "fonts", "tokens", "base", "frame", "marks", "wall_screen", "forced",
    ),
}  # fmt: skip
"""Name of a style sheet that is made of others → theirs, in order. What only some pages have stands
between `console` and `last`."""


def install(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not values["filename"].endswith(".woff2"):
            mark = _mark(folder, values["filename"])
            if mark:
                values["v"] = mark

    def static(filename: str) -> Any:
        if filename.endswith(PACKED):
            return _text(folder, filename)
        return app.send_static_file(filename)

    app.view_functions["static"] = static

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


def _text(folder: Path, name: str) -> Response:
    """A style sheet, script or drawing, packed for those who can unpack it."""
    try:
        paths = _paths(folder, name)
        content, packed, mark = _read(paths, _changed(paths))
    except (OSError, ValueError):  # the latter for what no name may hold
        abort(404)
    pack = request.accept_encodings.quality("gzip") > 0
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    response = Response(packed if pack else content, mimetype=kind)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Encoding")
    if pack:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{mark}-gz" if pack else mark)
    return response.make_conditional(request)


def _mark(folder: Path, name: str) -> str:
    """Of the file as it is now; "": there is none."""
    try:
        paths = _paths(folder, name)
        return _read(paths, _changed(paths))[2]
    except (OSError, ValueError):
        return ""


def _paths(folder: Path, name: str) -> tuple[Path, ...]:
    """What the file is made of.

    Raises:
        FileNotFoundError: the name leads out of the folder.
    """
    if name in JOINED:
        return tuple(folder / "css" / f"{part}.css" for part in JOINED[name])
    path = safe_join(str(folder), name)
    if path is None:
        raise FileNotFoundError(name)
    return (Path(path),)


def _changed(paths: tuple[Path, ...]) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in paths)


@lru_cache(maxsize=200)
def _read(paths: tuple[Path, ...], _as_of: tuple[int, ...]) -> tuple[bytes, bytes, str]:
    """Content, the same packed, and its mark."""
    content = b"\n".join(path.read_bytes() for path in paths)
    return content, gzip.compress(content, mtime=0), sha256(content).hexdigest()[:12]
