"""Atom (RFC 4287) and JSON Feed 1.1 of what the public site shows. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit
from xml.etree import ElementTree

from console.phrases import for_xml

ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "xml:lang"
PAST_MOST = 100
"""Entries of events that are over: a feed is fetched whole, every few minutes, for years."""
FIRST_YEAR = 2026
"""Of tag URIs (RFC 4151): the year the naming began; never changed, so ids stay what they are."""


@dataclass(frozen=True)
class Item:
    """One message."""

    key: str
    """Stable within the site."""
    event: str
    """Its event's name in addresses."""
    title: str
    text: str
    link: str
    published: datetime
    updated: datetime
    """The newest round that repeated it."""


@dataclass(frozen=True)
class Linked:
    """A document beside the site's pages."""

    key: str
    """Stable within the site."""
    event: str
    """As Item's."""
    title: str
    updated: datetime
    link: str
    media_type: str


Entry = TypeVar("Entry", Item, Linked)


def bounded(entries: Iterable[Entry], over: Collection[str]) -> list[Entry]:
    """Newest first: everything of events that go on, and the newest of those that are over.

    Args:
        over: events in addresses.
    """
    left = PAST_MOST
    kept = []
    for one in sorted(entries, key=lambda one: one.updated, reverse=True):
        if one.event in over:
            left -= 1
        if one.event not in over or left >= 0:
            kept.append(one)
    return kept


def atom(items: tuple[Item, ...], *, title: str, root: str, author: str, note: str) -> bytes:
    """The feed as UTF-8 XML, in Swedish.

    Args:
        note: when we are late, and where else to listen.
        root: the site's whole address without a slash at the end.
    """
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": "sv"})
    _add(feed, "id", _tag(root, "feed"))
    _add(feed, "title", title)
    _add(feed, "subtitle", note)
    _add(feed, "updated", _moment(max((i.updated for i in items), default=_BEGINNING)))
    _add(feed, "link", rel="self", href=f"{root}/atom.xml")
    _add(feed, "link", rel="alternate", href=f"{root}/")
    _add(_add(feed, "author"), "name", author)
    for item in items:
        entry = _add(feed, "entry")
        _add(entry, "id", _tag(root, item.key))
        _add(entry, "title", item.title)
        _add(entry, "published", _moment(item.published))
        _add(entry, "updated", _moment(item.updated))
        _add(entry, "link", rel="alternate", href=item.link)
        _add(entry, "content", item.text, type="text")
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def linked(entries: list[Linked], *, title: str, root: str, path: str, author: str) -> bytes:
    """An Atom feed of documents of another kind, newest first.

    Args:
        path: the feed's own, within the site.
    """
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {_XML_LANG: "sv"})
    _add(feed, "id", _tag(root, path))
    _add(feed, "title", title)
    _add(feed, "updated", _moment(max((one.updated for one in entries), default=_BEGINNING)))
    _add(feed, "link", rel="self", href=f"{root}/{path}")
    _add(feed, "link", rel="alternate", href=f"{root}/")
    _add(_add(feed, "author"), "name", author)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", _tag(root, one.key))
        _add(entry, "title", one.title)
        _add(entry, "updated", _moment(one.updated))
        _add(entry, "link", rel="alternate", href=one.link, type=one.media_type)
    ElementTree.register_namespace("", ATOM)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def json_feed(items: tuple[Item, ...], *, title: str, root: str, author: str, note: str) -> bytes:
    """The feed as UTF-8 JSON, in Swedish; `root` and `note` as for `atom`."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "description": note,
        "home_page_url": f"{root}/",
        "feed_url": f"{root}/feed.json",
        "language": "sv",
        "authors": [{"name": author}],
        "items": [
            {
                "id": _tag(root, item.key),
                "url": item.link,
                "title": item.title,
                "content_text": item.text,
                "date_published": _moment(item.published),
                "date_modified": _moment(item.updated),
            }
            for item in items
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def items_in(feed: bytes, root: str) -> list[Item]:
    """What `json_feed` wrote, read again.

    Raises:
        ValueError, KeyError: it isn't as `json_feed` writes it.
    """
    return [
        Item(
            key=one["id"].removeprefix(_tag(root, "")),
            event=one["url"].split("/")[-2],
            title=one["title"],
            text=one["content_text"],
            link=one["url"],
            published=datetime.fromisoformat(one["date_published"]),
            updated=datetime.fromisoformat(one["date_modified"]),
        )
        for one in json.loads(feed)["items"]
    ]


def linked_in(feed: bytes, root: str) -> list[Linked]:
    """What `linked` wrote, read again.

    Raises:
        ParseError, ValueError, LookupError: it isn't as `linked` writes it.
    """
    found = []
    for one in ElementTree.fromstring(feed).iterfind(f"{{{ATOM}}}entry"):
        link = next(one.iterfind(f"{{{ATOM}}}link")).attrib
        found.append(
            Linked(
                key=one.findtext(f"{{{ATOM}}}id", "").removeprefix(_tag(root, "")),
                event=link["href"].rpartition("/")[2].partition(".")[0],
                title=one.findtext(f"{{{ATOM}}}title", ""),
                updated=datetime.fromisoformat(one.findtext(f"{{{ATOM}}}updated", "")),
                link=link["href"],
                media_type=link["type"],
            )
        )
    return found


_BEGINNING = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)


def _tag(root: str, key: str) -> str:
    parts = urlsplit(root)
    path = f"{parts.path}/{key}".lstrip("/")
    return f"tag:{parts.hostname},{FIRST_YEAR}:{path}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = None if text is None else for_xml(text)
    return element
