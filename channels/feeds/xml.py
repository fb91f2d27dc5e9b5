"""RSS and Atom, by feedparser."""

from __future__ import annotations

import calendar
import io
import re
from datetime import UTC, datetime
from typing import Any

import feedparser

from channels.feeds.items import (
    LINE,
    MOST_ITEMS,
    TEXT,
    TITLE,
    Item,
    Read,
    Trouble,
    Unreadable,
    address,
    made,
    moment,
    plain,
    told_apart,
)

_ENTITY = re.compile(rb"<!ENTITY|<\x00!\x00E\x00N\x00T|\x00<\x00!\x00E\x00N", re.IGNORECASE)
_HEAD_BYTES = 64 * 1024
"""Where a document type stands: before the first element."""


def read(body: bytes, content_type: str) -> Read:
    """
    Raises:
        Unreadable: NOT_A_FEED, BROKEN or ENTITIES.
    """
    if _ENTITY.search(body[:_HEAD_BYTES]):
        raise Unreadable(Trouble.ENTITIES)
    # As a stream: bytes by themselves are tried as the name of a file first.
    # Cleaning is ours (nh3), so feedparser needn't do it too.
    found = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not found.get("version"):
        # A bare CAP document comes out whole and empty: quiet would be worse than broken.
        raise Unreadable(Trouble.NOT_A_FEED)
    fault = found.get("bozo_exception") if found.get("bozo") else None
    wrong_charset = isinstance(fault, feedparser.CharacterEncodingOverride)
    harmless = wrong_charset or isinstance(fault, feedparser.NonXMLContentType)
    if fault is not None and not harmless and not found.entries:
        raise Unreadable(Trouble.BROKEN, type(fault).__name__)
    items = told_apart([_item(entry) for entry in found.entries[:MOST_ITEMS]])
    if fault is not None and not harmless:
        # What came before the fault is real; the rest is unknown, and that is said.
        raise PartlyRead(items, type(fault).__name__)
    return Read(items, Trouble.CHARSET if wrong_charset else "")


class PartlyRead(Unreadable):
    """Broken in the middle: `items` are those that stood before."""

    def __init__(self, items: list[Item], detail: str) -> None:
        super().__init__(Trouble.BROKEN, detail)
        self.items = items


def _item(entry: Any) -> Item:
    contents = entry.get("content") or []
    text = entry.get("summary") or (contents[0].get("value") if contents else "")
    alert = any(str(key).startswith("cap_") for key in entry)
    return made(
        entry.get("id"),
        link=address(entry.get("link")),
        title=plain(entry.get("title"), TITLE).replace("\n", " "),
        text=plain(text, TEXT),
        author=plain(entry.get("author"), LINE)[:TITLE],
        at=_at(entry.get("published_parsed") or entry.get("updated_parsed")),
        alert=alert,
        test=str(entry.get("cap_status", "")).strip().lower() == "test",
    )


def _at(value: Any) -> str:
    """feedparser's struct_time is in UTC."""
    try:
        return moment(datetime.fromtimestamp(calendar.timegm(value), UTC)) if value else ""
    except (OverflowError, ValueError, OSError, TypeError):
        return ""
