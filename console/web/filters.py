"""Templates' filters: the phrases of `console.phrases`, in the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
from flask import g, url_for

from console import phrases

_PLAIN: dict[str, Callable[..., Any]] = {
    "clock": phrases.clock,
    "clock_s": phrases.clock_s,
    "thousands": phrases.thousands,
}
_WITH_LANGUAGE: dict[str, Callable[..., Any]] = {
    "date_sv": phrases.date_sv,
    "date_year": phrases.date_year,
    "date_short": phrases.date_short,
    "day": phrases.day,
    "week": phrases.week,
    "when": phrases.when,
    "time_left": phrases.time_left,
    "time_left_parts": phrases.time_left_parts,
    "span": phrases.span,
    "every": phrases.every,
}


def _marks_file() -> str:
    """Address of the marks' file, made once a page: a board has a thousand of them."""
    if "marks_file" not in g:
        g.marks_file = url_for("static", filename="marks.svg")
    address: str = g.marks_file
    return address


def install(environment: jinja2.Environment, language: Callable[[], str]) -> None:
    """Give templates the filters, time_words() for the browser's countdowns, and marks_file().

    language: answers "sv" or "en" for the page being rendered.
    """

    def speaking(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: function(*arguments, lang=language())

    environment.filters.update(_PLAIN)
    environment.filters.update({name: speaking(f) for name, f in _WITH_LANGUAGE.items()})
    environment.globals["time_words"] = lambda: phrases.UNITS[language()]
    environment.globals["marks_file"] = _marks_file
