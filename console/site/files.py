"""Every file of a site, from one snapshot. Pure."""

from __future__ import annotations

import hashlib
import re

from console import phrases
from console.site import cap, feeds, fragment, register, render
from console.site.queries import Snapshot
from console.site.view_model import SiteView
from console.site.words import WORDS

_MARK = re.compile(rb'<meta name="page" content="([0-9a-f]+)">')


def content_of(taken: Snapshot, address: str) -> str:
    """Digest of all that is shown and how: the same as long as no file would change.

    The signed head is left out: it changes with the site, never by itself.
    """
    shown = repr((sorted(taken.views.items()), taken.items, taken.alerts, address, render.hand()))
    return hashlib.sha256(shown.encode()).hexdigest()


def of(taken: Snapshot, address: str) -> dict[str, bytes]:
    """Path within the site → bytes.

    Args:
        address: the live site's whole address, or the console's for an exercise; no slash at the
            end.
    """
    files: dict[str, bytes] = {"site.css": render.STYLE.read_bytes()}
    for lang, view in taken.views.items():
        at = "" if lang == "sv" else "en/"
        pages = {"": render.index(view), "tillganglighet/": render.accessibility(view)}
        pages |= {
            f"h/{page.slug}/": render.event(view, page) for page in (*view.events, *view.past)
        }
        files |= {f"{at}{path}index.html": _marked(text) for path, text in pages.items()}
        if not view.exercise:
            files |= register.files(view, address)
            files["register.css"] = render.REGISTER_STYLE.read_bytes()
            files |= fragment.files(view, address)
    swedish = taken.views["sv"]
    root = address + swedish.root
    named = {
        "title": _title(swedish),
        "root": root,
        "author": swedish.sender.name,
        "note": _note(swedish),
    }
    files["icon.svg"] = render.icon(swedish)
    files["404.html"] = _marked(render.missing(swedish))
    files["atom.xml"] = feeds.atom(taken.items, **named)
    files["feed.json"] = feeds.json_feed(taken.items, **named)
    files |= cap.files(taken.alerts, title=_title(swedish), root=root, author=swedish.sender.name)
    allowed = "Disallow: /" if swedish.exercise else "Disallow:"
    files["robots.txt"] = f"User-agent: *\n{allowed}\n".encode()
    return files


def mark_of(page: bytes) -> str:
    """What a page says it is: how it is known again from outside, whatever a proxy adds to it."""
    found = _MARK.search(page)
    return found[1].decode() if found else ""


def _marked(page: str) -> bytes:
    mark = hashlib.sha256(page.encode()).hexdigest()[:16]
    return page.replace("</head>", f'<meta name="page" content="{mark}">\n</head>', 1).encode()


def _note(view: SiteView) -> str:
    """What every page says of our being late, for those who only read the feed."""
    words = WORDS["sv"]
    when = words["old_answer"]
    if view.promise_at is not None:
        when = words["after_answer"].format(t=phrases.dated(view.promise_at))
    listen = words["listen"].format(radio=view.sender.radio)
    return f"{when} {listen} {view.sender.phone}."


def _title(view: SiteView) -> str:
    mark = "ÖVNING: " if view.exercise else ""
    return f"{mark}Krisinformation från {view.sender.name}"
