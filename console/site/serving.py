"""Which file of a site's folder an address names, and how it is served. Pure but for looking.

Both servers use it: the public site's own, and the console for an exercise's site.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A site fetches its own style sheet and nothing else."""

TYPES = {
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
    ".html": "text/html",
    ".css": "text/css",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
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


def kind_of(path: Path) -> tuple[str, str | None]:
    """(content type, charset or None) of a file."""
    kind = TYPES.get(path.name) or TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("xml", "json", "jsonl"))
    return kind, "utf-8" if text else None
