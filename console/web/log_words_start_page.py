"""The log's sentences about the municipality's own start page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from console import phrases
from console.site.start_page_words import says
from console.web.log_names import Say


class _Told:
    """An entry's facts as `says` reads them."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.shows, self.shown_number = facts["shows"], facts["shown"]
        self.number = facts["number"]


def _clock(moment: str) -> str:
    return phrases.clock(datetime.fromisoformat(moment))


SENTENCES: dict[str, Say] = {
    "start_page:seen": lambda f, n: _(
        "Uppdatering %(n)s syntes på startsidan kl %(at)s.", n=f["number"], at=_clock(f["seen"])
    ),
    "start_page:behind": lambda f, n: phrases.sentence(says(_Told(f))),
    "start_page:left": lambda f, n: _(
        "Startsidan visar fortfarande %(event)s, som är över.", event=f["event"]
    ),
}
