"""What Matrix events say, and how a new text is put in the place of an old. Pure.

spec.matrix.org/latest/client-server-api: #mroommessage-msgtypes, #event-replacements.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

from channels.contract import Edit
from channels.failures import Reason, Refused, Unknown
from channels.striking import stretches

EVENT_BYTES = 60_000
"""Somewhat under the 65,536 of a whole event, which the server adds its own to."""
_EVENT = re.compile(r"\$[^\s/?#]{1,254}")


def is_event_id(value: object) -> bool:
    return isinstance(value, str) and _EVENT.fullmatch(value) is not None


def said(text: str) -> dict[str, Any]:
    """A text. Empty mentions: a name in it must ring nobody's bell (#user-and-room-mentions)."""
    return {"msgtype": "m.text", "body": text, "m.mentions": {}}


def replacing(original: str, before: dict[str, Any], change: Edit) -> dict[str, Any]:
    """The event that gives a post its new text: plain, and marked up where a sentence is struck.

    A picture stays. Marking up is left out when the event would grow too large for a server.
    """
    new = {**before, **said(change.text)}
    new = {name: value for name, value in new.items() if not name.startswith("format")}
    if before.get("msgtype") == "m.image":
        new["msgtype"] = "m.image"
    content = {
        **said(f"* {change.text}"),
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": original},
    }
    struck = stretches(change.text, change.struck)
    marked = {
        "format": "org.matrix.custom.html",
        "formatted_body": _marked_up(change.text, struck),
    }
    with_markup = {**content, "m.new_content": {**new, **marked}}
    size = len(json.dumps(with_markup, ensure_ascii=False).encode())
    return with_markup if struck and size <= EVENT_BYTES else content


def _marked_up(text: str, struck: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in struck:
        pieces += [html.escape(text[at:start]), f"<del>{html.escape(text[start:end])}</del>"]
        at = end
    pieces.append(html.escape(text[at:]))
    return "".join(pieces).replace("\n", "<br/>")


def event_id_of(remote_id: str) -> str:
    """Raises Refused for what can't be one."""
    if not is_event_id(remote_id):
        raise Refused(Reason.TURNED_DOWN, "not an event of Matrix's")
    return remote_id


def link(room: str, event_id: str) -> str:
    """matrix.to opens in whatever client the reader has (appendices, #matrixto-navigation)."""
    via = room.partition(":")[2]
    query = f"?via={quote(via, safe='')}" if via else ""
    return f"https://matrix.to/#/{quote(room, safe='')}/{quote(event_id, safe='')}{query}"


def made_at(event: dict[str, Any]) -> float:
    """Unix time, on the server's clock. Raises Unknown when it isn't there."""
    moment = event.get("origin_server_ts")
    if not isinstance(moment, int):
        raise Unknown(Reason.BAD_ANSWER, "an event without its time")
    return moment / 1000


def text_of(event: dict[str, Any]) -> str | None:
    """What a post said when it was sent; None: it is an edit of another, or gone."""
    content = event.get("content")
    if not isinstance(content, dict) or "m.new_content" in content:
        return None
    body = content.get("body")
    return body if isinstance(body, str) else None
