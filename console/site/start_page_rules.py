"""What a start page shows of an event, read from its HTML. Pure.

The fragment's own marks decide (see `fragment`). A page written by hand is known by a headline of
the event and by the round line beside it ("Kl 14.30, uppdatering 3"), in the text that a visitor
sees: what stands in scripts, templates and hidden elements doesn't count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html.parser import HTMLParser

PATIENCE = timedelta(minutes=5)
"""A start page that doesn't show what applies after this long is an alarm."""
LEFT_PATIENCE = timedelta(minutes=10)
"""So long after an event is over its message may stand before anybody is told."""
EAGER = timedelta(seconds=20)
"""Between two looks while the page is behind, for as long as EAGER_FOR."""
EAGER_FOR = timedelta(minutes=10)
BUSY = timedelta(minutes=1)
"""The same while an event is open."""
CALM = timedelta(minutes=15)


class Shows(StrEnum):
    CURRENT = "current"
    OLDER = "older"
    """An earlier update, or the event without any."""
    NOTHING = "nothing"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Mark:
    """One element that the fragment left on a page."""

    state: str
    """crisis | over | calm"""
    event: str
    number: int
    said: str


@dataclass(frozen=True)
class Page:
    """What a visitor could see."""

    marks: tuple[Mark, ...]
    fetches: tuple[str, ...]
    """Addresses that a script on the page fetches the fragment from."""
    text: str
    """Without markup, in lower case, one space between words."""

    @property
    def included(self) -> bool:
        """Is the fragment there, also in calm?"""
        return bool(self.marks or self.fetches)


@dataclass(frozen=True)
class Wanted:
    """What the page should show of an event."""

    event: str
    """Its name in addresses."""
    said: frozenset[str]
    """What the fragment's words are known by, one for each language."""
    number: int
    """The newest round's."""
    since: int
    """The round from which the words have been these."""
    headlines: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    shows: Shows
    number: int | None = None
    """Which update it shows; None: none, or that can't be seen."""


def judge(page: Page, wanted: Wanted) -> Found:
    """Does the page show what applies?"""
    mine = [mark for mark in page.marks if mark.event == wanted.event]
    for mark in mine:
        if mark.said in wanted.said:
            return Found(Shows.CURRENT, mark.number)
    if mine:
        return Found(Shows.OLDER, max(mark.number for mark in mine))
    if not _named(page, wanted.headlines):
        return Found(Shows.NOTHING)
    number = max(_numbers(page), default=None)
    if number is not None and wanted.since <= number <= wanted.number:
        return Found(Shows.CURRENT, number)
    return Found(Shows.OLDER, number)


def left_over(
    page: Page,
    open_events: Collection[str],
    closed: Collection[str],
    over: Mapping[str, Iterable[str]],
) -> str:
    """Which event that is over the page still tells of; "": none.

    Args:
        closed: events that are over, known by their marks.
        over: those lately over, newest first, each with its headlines, for pages without marks.
    """
    for mark in page.marks:
        if mark.state != "calm" and mark.event in closed:
            return mark.event
    if open_events or not any(True for _ in _numbers(page)):
        return ""
    return next((event for event, lines in over.items() if _named(page, lines)), "")


def _named(page: Page, headlines: Iterable[str]) -> bool:
    return any(line and line in page.text for line in map(_plain, headlines))


_ROUND = re.compile(r"(?:kl\.? )?\d{1,2}[.:]\d{2},? (?:uppdatering|update) (\d{1,6})\b")


def _numbers(page: Page) -> Iterable[int]:
    return (int(found[1]) for found in _ROUND.finditer(page.text))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".!?")


# Reading

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
     "wbr"}
)  # fmt: skip
_UNSEEN = frozenset({"script", "style", "template", "noscript", "title", "textarea", "option"})
_ENDED_BY_THE_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th"})
"""Elements whose end may be left out (HTML, 13.1.2.4)."""
_NUMBER = re.compile(r"[0-9]{1,6}")


def read(html: str) -> Page:
    """Never fails: what isn't HTML is a page without marks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = " ".join("".join(reader.texts).split()).casefold()
    return Page(tuple(reader.marks), tuple(reader.fetches), text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.marks: list[Mark] = []
        self.fetches: list[str] = []
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Elements that are open, each with whether it is hidden."""
        self._names: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ENDED_BY_THE_NEXT and self._open and self._open[-1][0] == tag:
            self.handle_endtag(tag)
        given = {name: value or "" for name, value in attrs}
        style = given.get("style", "").replace(" ", "").lower()
        hidden = self._hidden or tag in _UNSEEN or "hidden" in given or "display:none" in style
        state = given.get("data-budkavle", "")
        if state and (state == "calm" or not hidden):
            number = given.get("data-budkavle-number", "")
            self.marks.append(
                Mark(
                    state,
                    given.get("data-budkavle-event", ""),
                    int(number) if _NUMBER.fullmatch(number) else 0,
                    given.get("data-budkavle-said", ""),
                )
            )
        if given.get("data-budkavle-src") and not hidden:
            self.fetches.append(given["data-budkavle-src"])
        if tag not in _VOID:
            self._open.append((tag, hidden))
            self._names[tag] += 1
        if tag not in _INLINE:
            self.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.texts.append(" ")
        while self._names[tag]:
            name, _hidden = self._open.pop()
            self._names[name] -= 1
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]


_INLINE = frozenset({"a", "b", "em", "i", "mark", "small", "span", "strong", "u", "wbr"})
"""Elements that part no words."""


def pause(now: datetime, *, event_open: bool, behind_since: datetime | None) -> timedelta:
    """How long until the next look."""
    if behind_since is not None and now - behind_since < EAGER_FOR:
        return EAGER
    return BUSY if event_open else CALM
