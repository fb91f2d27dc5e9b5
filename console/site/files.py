"""Every file of a site, from one snapshot. Pure."""

from __future__ import annotations

import hashlib
import re

from console.site import feeds, render
from console.site.queries import Snapshot
from console.site.view_model import SiteView

_MARK = re.compile(rb'<meta name="page" content="([0-9a-f]+)">')


def content_of(taken: Snapshot, address: str) -> str:
    """Digest of all that is shown and how: the same as long as no file would change.

    The signed head is left out: it changes with the site, never by itself.
    """
    shown = repr((sorted(taken.views.items()), taken.items, address, render.hand()))
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
        if not view.exercise:
            pages["konton/"] = render.accounts(view)
        pages |= {
            f"h/{page.slug}/": render.event(view, page) for page in (*view.events, *view.past)
        }
        files |= {f"{at}{path}index.html": _marked(text) for path, text in pages.items()}
    swedish = taken.views["sv"]
    root = address + swedish.root
    named = {"title": _title(swedish), "root": root, "author": swedish.sender.name}
    files["icon.svg"] = render.icon(swedish)
    files["404.html"] = _marked(render.missing(swedish))
    files["atom.xml"] = feeds.atom(taken.items, **named)
    files["feed.json"] = feeds.json_feed(taken.items, **named)
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


def _title(view: SiteView) -> str:
    mark = "ÖVNING: " if view.exercise else ""
    return f"{mark}Krisinformation från {view.sender.name}"
