"""Every file of a site, from one snapshot. Pure."""

from __future__ import annotations

import json

from console.site import feeds, render
from console.site.queries import Snapshot
from console.site.view_model import SiteView

MARK = "generation.json"
"""Says which picture a folder shows: what a node serves can be asked for from outside."""


def of(taken: Snapshot, content: str, address: str) -> dict[str, bytes]:
    """Path within the site → bytes.

    Args:
        content: digest of what is shown (`Snapshot.content`, before the head was added).
        address: the live site's whole address, or the console's for an exercise; no slash at the
            end.
    """
    files: dict[str, bytes] = {"site.css": render.STYLE.read_bytes()}
    for lang, view in taken.views.items():
        at = "" if lang == "sv" else "en/"
        pages = {
            "": render.index(view),
            "konton/": render.accounts(view),
            "tillganglighet/": render.accessibility(view),
        }
        pages |= {
            f"h/{page.slug}/": render.event(view, page) for page in (*view.events, *view.past)
        }
        files |= {f"{at}{path}index.html": text.encode() for path, text in pages.items()}
    swedish = taken.views["sv"]
    root = address + swedish.root
    named = {"title": _title(swedish), "root": root, "author": swedish.sender.name}
    files["atom.xml"] = feeds.atom(taken.items, **named)
    files["feed.json"] = feeds.json_feed(taken.items, **named)
    files["robots.txt"] = (
        b"User-agent: *\nDisallow: /\n" if swedish.exercise else b"User-agent: *\n"
    )
    files[MARK] = json.dumps({"generation": taken.generation, "content": content}).encode()
    return files


def _title(view: SiteView) -> str:
    mark = "ÖVNING: " if view.exercise else ""
    return f"{mark}Krisinformation från {view.sender.name}"
