"""Draws the public site's pages from plain values. Pure: no database, no request, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from console import phrases
from console.messages import wording
from console.site.view_model import EventPage, Lang, ListPage, RegisterRow, SiteView, Undrawn
from console.site.words import WORDS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
STYLE = TEMPLATES / "site" / "site.css"
"""Goes to /site.css as it is."""
REGISTER_STYLE = TEMPLATES / "site" / "register.css"
"""Goes to /register.css: only the register's pages fetch it."""
ICONS = Path(__file__).resolve().parents[1] / "web" / "static"
"""The console's own: a mode has one sign."""


def event(site: SiteView, page: EventPage) -> str:
    """/h/<slug>/"""
    return _draw("event.html", site, page=page)


def undrawn(site: SiteView, one: Undrawn) -> str:
    """/h/<slug>/ of an event that can't be drawn, and has no page from before."""
    return _draw("undrawn.html", site, one=one)


def index(site: SiteView) -> str:
    """/: what applies now."""
    return _draw("index.html", site)


def accounts(site: SiteView, part: ListPage) -> str:
    """/konton/ and /konton/sida-<n>.html: the public register."""
    return _draw("accounts.html", site, part=part)


def account(site: SiteView, row: RegisterRow) -> str:
    """/konton/<number>.html: that an account is real."""
    return _draw("account.html", site, row=row)


def printed(site: SiteView, groups: list[tuple[str, list[RegisterRow]]]) -> str:
    """/konton/utskrift.html: the whole register on paper, by committee."""
    return _draw("accounts_print.html", site, groups=groups)


def accessibility(site: SiteView) -> str:
    """/tillganglighet/: the accessibility statement."""
    return _draw("accessibility.html", site)


def fragment(site: SiteView, address: str, said: Callable[[EventPage], str]) -> str:
    """/nu.html: what applies now, for another page to include."""
    return _draw("fragment.html", site, address=address, said=said)


def missing(site: SiteView) -> str:
    """404.html"""
    return _draw("missing.html", site)


def icon(site: SiteView) -> bytes:
    """/icon.svg: the sign of the mode, for the browser's tab."""
    mode = "exercise" if site.exercise else "crisis" if site.mode == "crisis" else "calm"
    return (ICONS / f"icon-{mode}.svg").read_bytes()


@cache
def hand() -> str:
    """Digest of all that draws: a newer program draws what hasn't changed anew."""
    digest = hashlib.sha256(Path(phrases.__file__).read_bytes())
    ours = (*Path(__file__).parent.glob("*.py"), *ICONS.glob("icon-*.svg"))
    for path in sorted((*ours, *(TEMPLATES / "site").iterdir())):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _draw(name: str, site: SiteView, page: EventPage | None = None, **more: object) -> str:
    template = _environment(site.lang).get_template(f"site/{name}")
    return template.render(site=site, page=page, t=WORDS[site.lang], **more)


@cache
def _environment(lang: Lang) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def when(at: datetime, relative_to: datetime) -> str:
        return _kept_together(phrases.when(at, relative_to, lang))

    environment.filters["day"] = lambda at: phrases.date_sv(at, lang)
    environment.filters["date"] = lambda at: phrases.day(at, lang)
    environment.filters["clock"] = phrases.clock
    environment.filters["dated"] = lambda at: _kept_together(phrases.dated(at, lang))
    environment.filters["when"] = when
    environment.filters["round_line"] = lambda at, number: wording.round_line(at, number, lang)
    environment.filters["tel"] = lambda phone: "tel:" + "".join(c for c in phone if c not in " -")
    return environment


def _kept_together(moment: str) -> str:
    """On a narrow screen no line ends between "kl" and its time."""
    words, _space, clock = moment.rpartition(" ")
    return f"{words}\N{NO-BREAK SPACE}{clock}"
