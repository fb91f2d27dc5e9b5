"""What applies now, for the municipality's own website to include: HTML and JSON. Pure.

The elements carry what a probe recognises them by, whatever page they were put into:

    data-budkavle           crisis | over | calm
    data-budkavle-event     the event's name in addresses
    data-budkavle-number    the newest round's number, as in the posts: "uppdatering 4"
    data-budkavle-said      what `said` gives: the same as long as the words are
    data-budkavle-at        when it was written (RFC 3339)

In calm there is one hidden element, so that a page can be seen to include it before anything
happens. Exercises have no fragment: what stands on a real start page is never one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from console.site import render
from console.site.view_model import EventPage, SiteView, Text, Undrawn
from console.site.words import WORDS

HTML, JSON = "nu.html", "nu.json"


def files(view: SiteView, address: str) -> dict[str, bytes]:
    """Path within the live site → bytes.

    Args:
        address: the live site's whole address, no slash at the end.
    """
    at = "" if view.lang == "sv" else "en/"
    page = render.fragment(view, address, said)
    text = json.dumps(_data(view, address), ensure_ascii=False, indent=1)
    return {f"{at}{HTML}": page.encode(), f"{at}{JSON}": f"{text}\n".encode()}


def addresses(address: str) -> tuple[str, ...]:
    """Where the fragment may be fetched from, every language."""
    return (f"{address}/{HTML}", f"{address}/en/{HTML}")


def said(page: EventPage) -> str:
    """Twelve hex digits that change when what the page tells does: not with the clock, nor with a
    repetition of the same words."""
    texts = [page.title, page.fault_line, page.latest, *page.still]
    texts += [part for one in page.plate for part in (one.headline, one.detail)]
    promise = page.promise_at.isoformat() if page.promise_at else ""
    told = [[text.text, *text.struck] if text else [] for text in texts]
    whole = json.dumps([page.slug, page.over, promise, told])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _data(view: SiteView, address: str) -> dict[str, Any]:
    """JSON of what applies. Moments are UTC; texts that exist in Swedish only say so in `lang`."""
    return {
        "state": view.mode,
        "lang": view.lang,
        "sender": view.sender.name,
        "events": [
            *(_undrawn(view, one, address) for one in view.undrawn if one.open),
            *(_event(view, page, address) for page in view.events),
        ],
    }


def _undrawn(view: SiteView, one: Undrawn, address: str) -> dict[str, Any]:
    return {
        "event": one.slug,
        "over": False,
        "title": _text(one.title),
        "link": f"{address}{view.event_path(one.slug, view.lang)}",
        "number": 0,
        "said": "",
        "updated_at": None,
        "promise_at": None,
        "late": False,
        "fault": _text(Text(WORDS[view.lang]["undrawn"], view.lang)),
        "instructions": [],
        "latest": None,
    }


def _event(view: SiteView, page: EventPage, address: str) -> dict[str, Any]:
    return {
        "event": page.slug,
        "over": page.over,
        "title": _text(page.title),
        "link": f"{address}{view.event_path(page.slug, view.lang)}",
        "number": page.number,
        "said": said(page),
        "updated_at": _moment(page.updated_at),
        "promise_at": _moment(page.promise_at),
        "late": page.late,
        "fault": _text(page.fault_line),
        "instructions": [
            {"headline": _text(one.headline), "detail": _text(one.detail)} for one in page.plate
        ],
        "latest": _text(page.latest),
    }


def _text(text: Text | None) -> dict[str, Any] | None:
    """What was wrong is left out of `text`, since few readers of JSON draw it struck."""
    if text is None:
        return None
    right = "".join(part for part, wrong in text.pieces if not wrong)
    return {"text": " ".join(right.split()), "lang": text.lang}


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
