"""Which file of a site's folder an address names, and how it is served. Pure but for looking.

Both servers use it: the public site's own, and the console for an exercise's site.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A site fetches its own style sheet and nothing else."""

CAP_TYPE = "application/cap+xml"
"""Of what lies in the folder cap/, but for the feed there."""

SHARED = ("nu.html", "nu.json", "atom.xml", "feed.json")
"""Names of files that other sites' pages may fetch with a script, in whichever folder."""

FRESH = ("nu.html", "nu.json")
"""Of these, those that a page includes: they may be kept for as long as it takes to be asked for
by a crowd, and while we don't answer."""

INCLUDED_CACHE = "public, max-age=15, stale-if-error=3600"
PICTURES = "bild"
"""Folder of the pictures that platforms fetch, beside the generations, and in the addresses."""
_PICTURE = re.compile(rf"/?{PICTURES}/([0-9a-f]{{64}}\.(?:jpg|png))")

TYPES = {
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
    ".html": "text/html",
    ".css": "text/css",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".rdf": "application/rdf+xml",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
}
"""By whole name, then by ending; anything else by Python's own table."""


def find(root: Path, path: str) -> Path | None:
    """The file that a decoded address path names.

    Args:
        root: the generation that is served, links resolved.

    Returns:
        A file within `root`; a folder whose address lacks its slash; None: there is nothing.
    """
    if any(part.startswith(".") and part != ".well-known" for part in path.split("/")):
        return None
    try:
        target = (root / path.lstrip("/")).resolve(strict=True)
    except (OSError, ValueError):  # not there, too long, a loop of links, a NUL
        return None
    if not target.is_relative_to(root):
        return None
    if target.is_file():
        return None if path.endswith("/") else target
    index = target / "index.html"
    if not index.is_file():
        return None
    return index if path == "" or path.endswith("/") else target


def headers_of(path: Path) -> dict[str, str]:
    """What is said of a file beside its type. Without credentials, since the site knows nobody."""
    headers = {"Access-Control-Allow-Origin": "*"} if path.name in SHARED else {}
    if path.name in FRESH:
        headers["Cache-Control"] = INCLUDED_CACHE
    return headers


def find_picture(folder: Path, path: str) -> Path | None:
    """The picture that a decoded address path names.

    Args:
        folder: the live site's, with its generations.
    """
    named = _PICTURE.fullmatch(path)
    found = folder / PICTURES / named[1] if named else None
    return found if found is not None and found.is_file() else None


def kind_of(path: Path) -> tuple[str, str | None]:
    """(content type, charset or None) of a file."""
    kind = TYPES.get(path.name)
    if kind is None and path.suffix == ".xml" and path.parent.name == "cap":
        kind = CAP_TYPE
    kind = kind or TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("xml", "json", "jsonl"))
    return kind, "utf-8" if text else None
