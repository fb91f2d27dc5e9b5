"""JSON: JSON Feed, and what Swedish authorities publish in shapes of their own.

Each format insists on its shape: an answer of another one is NOT_A_FEED, never an empty list.
Shapes: Sveriges Radio's VMA API v3, Krisinformation.se API v3, SMHI's warnings (ibww) v1, Polisen's
events API; see docs/decisions.md for what we rely on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

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

_POLICE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2}) ([+-]\d{2}:\d{2})")
"""Hours come without their zero."""


def read(form: str, body: bytes) -> Read:
    """
    Args:
        form: a key of `FORMATS`.

    Raises:
        Unreadable: BROKEN: no JSON; NOT_A_FEED: another shape.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] in (b"{", b"["):
            raise Unreadable(Trouble.BROKEN, type(error).__name__) from None
        raise Unreadable(Trouble.NOT_A_FEED) from None
    return Read(told_apart([item for item in FORMATS[form](value) if item.title or item.text]))


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects.

    Raises:
        Unreadable: it is something else.
    """
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unreadable(Trouble.NOT_A_FEED)
    return value[:MOST_ITEMS]


def _json_feed(value: Any) -> list[Item]:
    version = value.get("version") if isinstance(value, dict) else None
    if not isinstance(version, str) or "jsonfeed.org/version/" not in version:
        raise Unreadable(Trouble.NOT_A_FEED)
    return [
        made(
            one.get("id"),
            link=address(one.get("url")),
            title=_line(one.get("title")),
            text=plain(one.get("content_text") or one.get("content_html"), TEXT)
            or plain(one.get("summary"), TEXT),
            at=_iso(one.get("date_published") or one.get("date_modified")),
        )
        for one in _rows(value.get("items"))
    ]


def _vma(value: Any) -> list[Item]:
    """Sveriges Radio: CAP's fields as JSON. An update or a cancellation is an item of its own."""
    if not isinstance(value, dict):
        raise Unreadable(Trouble.NOT_A_FEED)
    found = []
    for one in _rows(value.get("alerts")):
        infos = _rows(one.get("info") or [])
        info = next((i for i in infos if str(i.get("language", "")).startswith("sv")), None)
        info = info or (infos[0] if infos else {})
        areas = [str(a.get("areaDesc", "")) for a in _rows(info.get("area") or [])]
        kind = {"Cancel": "Faran över", "Update": "Uppdatering"}.get(str(one.get("msgType")), "")
        said = _line(info.get("headline") or info.get("event"))
        found.append(
            made(
                one.get("identifier"),
                link=address(info.get("web")),
                title=": ".join(part for part in (kind, said, ", ".join(areas)[:200]) if part),
                text=plain(info.get("description"), TEXT),
                author=_line(info.get("senderName") or one.get("sender")),
                at=_iso(one.get("sent")),
                alert=True,
                test=str(one.get("status")) != "Actual",
            )
        )
    return found


def _krisinformation(value: Any) -> list[Item]:
    found = []
    for one in _rows(value):
        if "Identifier" not in one:
            raise Unreadable(Trouble.NOT_A_FEED)
        text = "\n".join(
            part for part in (plain(one.get(k), TEXT) for k in ("Preamble", "BodyText")) if part
        )
        found.append(
            made(
                one.get("Identifier"),
                link=address(one.get("Web")),
                title=_line(one.get("Headline") or one.get("PushMessage")),
                text=text[:TEXT],
                author=_line(one.get("SenderName")),
                at=_iso(one.get("Published") or one.get("Updated")),
                alert=bool(one.get("IsVma") or one.get("IsTestVma")),
                test=bool(one.get("IsTestVma")),
            )
        )
    return found


def _smhi(value: Any) -> list[Item]:
    """One item for each area of a warning; a changed level is a changed text."""
    found = []
    for warning in _rows(value):
        event = _sv(warning.get("event"))
        if "warningAreas" not in warning:
            raise Unreadable(Trouble.NOT_A_FEED)
        for area in _rows(warning["warningAreas"]):
            said = [
                f"{_sv(one.get('title'))}: {_sv(one.get('text'))}"
                for one in _rows(area.get("descriptions") or [])
            ]
            level = _sv(area.get("warningLevel"))
            where = _sv(area.get("areaName"))
            what = _sv(area.get("eventDescription")) or event
            title = " ".join(part for part in (level, what) if part)
            found.append(
                made(
                    f"{warning.get('id')}/{area.get('id')}",
                    link="https://www.smhi.se/vader/varningar-och-brandrisk/varningar",
                    title=_line(f"{title}: {where}" if where else title),
                    text=plain("\n".join(said), TEXT),
                    author="SMHI",
                    at=_iso(area.get("published")),
                    alert=True,
                )
            )
    return found


def _police(value: Any) -> list[Item]:
    found = []
    for one in _rows(value):
        if "datetime" not in one or "name" not in one:
            raise Unreadable(Trouble.NOT_A_FEED)
        path = str(one.get("url") or "")
        link = address(f"https://polisen.se{path}" if path.startswith("/") else path)
        found.append(
            made(
                one.get("id"),
                link=link,
                title=_line(one["name"]),
                text=plain(one.get("summary"), TEXT),
                author="Polisen",
                at=police_time(str(one["datetime"])),
            )
        )
    return found


FORMATS: dict[str, Callable[[Any], list[Item]]] = {
    "json_feed": _json_feed,
    "vma": _vma,
    "krisinformation": _krisinformation,
    "smhi": _smhi,
    "police": _police,
}


def police_time(text: str) -> str:
    """2026-06-12 9:05:03 +02:00, in UTC; "" for anything else."""
    found = _POLICE.fullmatch(text.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, second, zone = found.groups()
    stamp = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second}{zone}"
    return _iso(stamp)


def _iso(value: Any) -> str:
    """A moment of ISO 8601 in UTC; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return ""
    return moment(found if found.tzinfo else found.replace(tzinfo=UTC))


def _line(value: Any) -> str:
    return plain(value, TITLE).replace("\n", " ")


def _sv(value: Any) -> str:
    """The Swedish of an object with "sv", or the text itself."""
    return plain(value.get("sv") if isinstance(value, dict) else value, LINE)
