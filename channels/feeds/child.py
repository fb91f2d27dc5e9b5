"""`python -m channels.feeds.child`: reads feeds for its parent, one after another, with no keys.

Whatever a body does to the one who reads it, it does here: the parent ends this process when its
time is up. In and out go frames: four bytes of length, then JSON or the body itself.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from channels.feeds import authorities, xml
from channels.feeds.items import Read, Trouble, Unreadable

MEMORY = 1024 * 2**20
"""Bytes of address space; a body that needs more is an attack."""
FEED = "feed"
"""RSS or Atom, or JSON Feed if that is what comes."""


def read(form: str, content_type: str, body: bytes) -> Read:
    """
    Raises:
        Unreadable.
    """
    if form != FEED:
        return authorities.read(form, body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return authorities.read("json_feed", body)
    return xml.read(body, content_type)


def answer(form: str, content_type: str, body: bytes) -> dict[str, Any]:
    """What was read, as JSON has it; `trouble` is empty if all of it was."""
    try:
        found = read(form, content_type, body)
    except xml.PartlyRead as error:
        items = [asdict(item) for item in error.items]
        return {"items": items, "notice": "", "trouble": error.trouble, "detail": error.detail}
    except Unreadable as error:
        return {"items": [], "notice": "", "trouble": error.trouble, "detail": error.detail}
    except Exception as error:
        # Readers of hostile text fail in ways nobody has seen yet.
        name = type(error).__name__
        return {"items": [], "notice": "", "trouble": Trouble.BROKEN, "detail": name}
    items = [asdict(item) for item in found.items]
    return {"items": items, "notice": found.notice, "trouble": "", "detail": ""}


def main(given: BinaryIO, taken: BinaryIO) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while (head := frame(given)) is not None:
        asked = json.loads(head)
        body = frame(given)
        if body is None:
            return
        said = json.dumps(answer(asked["form"], asked["content_type"], body)).encode()
        taken.write(struct.pack("!I", len(said)) + said)
        taken.flush()


def frame(given: BinaryIO) -> bytes | None:
    """The next frame; None: there is no more."""
    length = given.read(4)
    return given.read(struct.unpack("!I", length)[0]) if len(length) == 4 else None


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
