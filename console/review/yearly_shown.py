"""A yearly report's figures in words: the same on the page and in the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from console import phrases
from console.review.charts import Row, Series, bars
from console.review.figures_shown import NOTHING, Chart, Table, Tile, span


def tiles(content: Mapping[str, Any]) -> list[Tile]:
    """
    Args:
        content: `yearly_queries.content`.
    """
    found = content["figures"]
    half, followers = found["half_seconds"], found["followers"]
    asked = found["checks_asked"]
    return [
        Tile("posts", phrases.thousands(found["posts"]), _("Inlägg")),
        Tile("comments", phrases.thousands(found["comments"]), _("Kommentarer i inkorgen")),
        Tile("answered", phrases.thousands(found["answered"]), _("Besvarade frågor")),
        Tile(
            "half",
            NOTHING if half is None else span(timedelta(seconds=half)),
            _("Hälften fick svar inom"),
        ),
        Tile(
            "checks",
            _("%(n)s av %(all)s", n=found["checks_made"], all=asked) if asked else NOTHING,
            _("Kontroller som reglerna kräver"),
        ),
        Tile(
            "followers",
            NOTHING if followers is None else phrases.thousands(followers),
            _("Följare eller kontakter"),
        ),
    ]


def chart(content: Mapping[str, Any]) -> Chart:
    """What happened month by month."""
    heading = _("Inlägg, kommentarer och svar månad för månad")
    series = [
        Series(_("Inlägg"), "solid"),
        Series(_("Kommentarer"), "lines"),
        Series(_("Besvarade frågor"), "open"),
    ]
    months = [(_month(key), values) for key, *values in content["figures"]["months"]]
    table = Table(
        "chart_months",
        heading,
        (_("Månad"), *(one.name for one in series)),
        [(name, *map(str, values)) for name, values in months],
        _("Inget är räknat."),
    )
    rows = [Row(name, values, str(sum(values))) for name, values in months]
    return Chart(bars("months", heading, series, rows, _count), table)


def period(content: Mapping[str, Any]) -> str:
    """Från 1 juli 2025 till 30 juni 2026"""
    lang = _language()
    first, last = (date.fromisoformat(content[name]) for name in ("first", "last"))
    return _(
        "Från %(first)s till %(last)s", first=phrases.day(first, lang), last=phrases.day(last, lang)
    )


def _month(key: str) -> str:
    year, month = map(int, key.split("-"))
    return format_date(date(year, month, 1), "LLL y", locale=_language())


def _count(number: float) -> str:
    return phrases.thousands(int(number))


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "sv"
