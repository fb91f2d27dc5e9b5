"""The address of a list's other pages: the same list, as it is narrowed and sorted."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request


def page_url() -> str:
    """This page's address with %s for a page's number, for the `pager` macro."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    query = urlencode([(name, value) for name, value in kept if value])
    before = f"{query}&" if query else ""
    return f"{request.path}?{before}page=".replace("%", "%%") + "%s"
