"""Every file of a site, from one snapshot. Pure but for reading what is served of an event that
can't be drawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from pathlib import Path
from xml.etree.ElementTree import ParseError

from console import phrases
from console.logs import get_logger
from console.site import cap, feeds, fragment, register, render
from console.site.feeds import Entry
from console.site.queries import Snapshot
from console.site.view_model import SiteView
from console.site.words import WORDS

_MARK = re.compile(rb'<meta name="page" content="([0-9a-f]+)">')
_AT = {"sv": "", "en": "en/"}

log = get_logger("site")


def content_of(taken: Snapshot, address: str) -> str:
    """Digest of all that is shown and how: the same as long as no file would change.

    The signed head is left out: it changes with the site, never by itself.
    """
    shown = repr((sorted(taken.views.items()), taken.items, taken.alerts, address, render.hand()))
    return hashlib.sha256(shown.encode()).hexdigest()


def of(taken: Snapshot, address: str, served: Path) -> tuple[Snapshot, dict[str, bytes]]:
    """The site's files; an event that can't be drawn stands as it is served.

    Args:
        address: the live site's whole address, or the console's for an exercise; no slash at the
            end.
        served: folder of the files that are served now.

    Returns:
        The snapshot with what couldn't be drawn set apart, and path within the site → bytes.
    """
    taken, files = _events(taken)
    files |= _kept(taken, served)
    files["site.css"] = render.STYLE.read_bytes()
    for lang, view in taken.views.items():
        pages = {"": render.index(view), "tillganglighet/": render.accessibility(view)}
        files |= {f"{_AT[lang]}{path}index.html": _marked(text) for path, text in pages.items()}
        if not view.exercise:
            files |= register.files(view, address)
            files["register.css"] = render.REGISTER_STYLE.read_bytes()
            files |= fragment.files(view, address)
    swedish = taken.views["sv"]
    files["icon.svg"] = render.icon(swedish)
    files["404.html"] = _marked(render.missing(swedish))
    files |= _feeds(taken, address + swedish.root, served)
    allowed = "Disallow: /" if swedish.exercise else "Disallow:"
    files["robots.txt"] = f"User-agent: *\n{allowed}\n".encode()
    return taken, files


def _events(taken: Snapshot) -> tuple[Snapshot, dict[str, bytes]]:
    """What each event has of its own."""
    files: dict[str, bytes] = {}
    swedish = taken.views["sv"]
    for slug in [page.slug for page in (*swedish.events, *swedish.past)]:
        try:
            drawn = {
                f"{_AT[lang]}h/{slug}/index.html": _marked(render.event(view, page))
                for lang, view in taken.views.items()
                for page in (*view.events, *view.past)
                if page.slug == slug
            }
            drawn |= cap.documents(one for one in taken.alerts if one.slug == slug)
        except Exception:
            if swedish.exercise:
                raise  # it is all that its site is about, and the site stands as it was
            log.error("event_not_drawn", slug=slug, exc_info=True)
            taken = taken.without(slug)
        else:
            files |= drawn
    return taken, files


def _kept(taken: Snapshot, served: Path) -> dict[str, bytes]:
    """What is served of events that can't be drawn; where nothing is, a page that says so."""
    files: dict[str, bytes] = {}
    for lang, view in taken.views.items():
        for one in view.undrawn:
            path = f"{_AT[lang]}h/{one.slug}/index.html"
            old = served / path
            drawn = old.is_file()
            files[path] = old.read_bytes() if drawn else _marked(render.undrawn(view, one))
    for one in taken.views["sv"].undrawn:
        for old in (served / "cap" / f"{one.slug}.xml", *served.glob(f"cap/{one.slug}.*.xml")):
            if old.is_file():
                files[f"cap/{old.name}"] = old.read_bytes()
    return files


def _feeds(taken: Snapshot, root: str, served: Path) -> dict[str, bytes]:
    view = taken.views["sv"]
    gone = {one.slug for one in view.undrawn}
    over = {one.slug for one in view.past} | {one.slug for one in view.undrawn if not one.open}
    items, linked = [*taken.items], cap.entries(taken.alerts, root)
    if gone:
        items += _still(gone, served / "feed.json", feeds.items_in, root)
        linked += _still(gone, served / cap.FEED, feeds.linked_in, root)
    title, author, note = _title(view), view.sender.name, _note(view)
    shown = tuple(feeds.bounded(items, over))
    return {
        "atom.xml": feeds.atom(shown, title=title, root=root, author=author, note=note),
        "feed.json": feeds.json_feed(shown, title=title, root=root, author=author, note=note),
        cap.FEED: feeds.linked(
            feeds.bounded(linked, over),
            title=f"{title}, CAP",
            root=root,
            path=cap.FEED,
            author=author,
        ),
    }


def _still(
    gone: Collection[str], path: Path, read: Callable[[bytes, str], list[Entry]], root: str
) -> list[Entry]:
    """What the feed that is served has of these events."""
    try:
        return [one for one in read(path.read_bytes(), root) if one.event in gone]
    except (OSError, ValueError, LookupError, ParseError):
        return []  # there is none, or another version wrote it


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
