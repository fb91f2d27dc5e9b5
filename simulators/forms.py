"""A multipart form taken apart. The base has read the body by then, so aiohttp's reader can't."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Part:
    data: bytes
    media_type: str = ""
    filename: str = ""

    @property
    def text(self) -> str:
        return self.data.decode()


async def parts(request: web.Request) -> dict[str, Part]:
    """Every field by its name (RFC 7578)."""
    boundary = re.search(r"boundary=([^;\s]+)", request.headers.get("Content-Type", ""))
    if boundary is None:
        return {}
    found = {}
    for piece in (await request.read()).split(f"--{boundary.group(1)}".encode())[1:-1]:
        head, _, data = piece.removesuffix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'\bname="([^"]*)"', head)
        filename = re.search(rb'filename="([^"]*)"', head)
        kind = re.search(rb"Content-Type: (\S+)", head)
        if name:
            found[name.group(1).decode()] = Part(
                data,
                kind.group(1).decode() if kind else "",
                filename.group(1).decode() if filename else "",
            )
    return found
