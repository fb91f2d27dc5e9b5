"""When a source is read, and which of its items are news. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from channels.feeds.items import Item
from console import listing

CALM, BUSY = timedelta(minutes=15), timedelta(minutes=1)
"""Between two readings of a source; busy: an event is open in earnest."""
OWN_BUSY: Mapping[str, timedelta] = {"police": timedelta(minutes=2)}
"""Form → the same where its owner allows fewer (Polisen: 60 an hour, for everything)."""
CALM_MOST, BUSY_MOST = timedelta(hours=6), timedelta(minutes=10)
"""The longest that a source that fails is left alone."""
ASKED_MOST = timedelta(hours=24)
"""The longest wait that a server may ask for."""
LEASE = timedelta(minutes=3)
"""How long whoever took a source to read it has."""
FRESH = timedelta(hours=24)
"""Of a source's first answer, what is older isn't news."""
AHEAD = timedelta(minutes=10)
"""A clock that goes more ahead than this is wrong."""
ASK_AFTER = timedelta(hours=1)
"""A source that has failed for so long is somebody's to see to."""
OVERDUE = timedelta(minutes=30)
"""A source that nobody has come for in so long after it was due: the feeds process is down."""
NAME, ADDRESS, WORDS = 80, 500, 20


def next_times(
    now: datetime, form: str, failures: int, retry_after: float | None = None
) -> tuple[datetime, datetime]:
    """When a source is read next, (in calm, while an event is open).

    Args:
        failures: readings in a row that failed; each doubles the wait.
        retry_after: seconds that the server asks us to wait.
    """
    calm, busy = CALM, OWN_BUSY.get(form, BUSY)
    if failures:
        factor = 1 << min(failures - 1, 10)
        calm, busy = min(CALM_MOST, calm * factor), min(BUSY_MOST, max(busy, busy * factor))
    asked = timedelta(0) if retry_after is None else timedelta(seconds=min(retry_after, 1e6))
    asked = min(asked, ASKED_MOST)
    return now + max(calm, asked), now + max(busy, asked)


@dataclass(frozen=True, slots=True)
class Known:
    """An item that we have of a source."""

    id: int
    guid: str
    link: str
    content_hash: str
    at: datetime | None = None
    """When it was published; None: its source doesn't say."""
    alert: bool = False
    test: bool = False


Verdict = Literal["new", "changed", "same"]


def judge(
    known: Sequence[Known], items: Iterable[Item]
) -> list[tuple[Item, Verdict, Known | None]]:
    """What each item of an answer is to us; repetitions within the answer are left out.

    An item is one that we know if it has its id; or, where the id it had is gone from the source,
    its link (unless several items share it) or its very words: sources change ids when they move.
    What they say was published at another time is another item: warnings come back in the same
    words, and an authority's may all lead to one page.
    """
    given = list(items)
    guids = {item.guid for item in given}
    links = Counter(item.link for item in given if item.link)
    by_guid = {one.guid: one for one in known}
    left = [one for one in known if one.guid not in guids]
    by_link = _several(left, lambda one: one.link)
    by_hash = _several(left, lambda one: one.content_hash)
    judged: list[tuple[Item, Verdict, Known | None]] = []
    met: set[str] = set()
    taken: set[int] = set()
    for item in given:
        words = item.content_hash
        if item.guid in met or f"{item.link}\n{words}" in met:
            continue
        met |= {item.guid, f"{item.link}\n{words}"}
        before = by_guid.get(item.guid)
        if before is None and item.link and links[item.link] == 1:
            before = _of_its_time(by_link.get(item.link, ()), item)
        if before is None:
            before = _of_its_time(by_hash.get(words, ()), item)
        if before is None or before.id in taken:
            judged.append((item, "new", None))
            continue
        taken.add(before.id)
        same = before.content_hash == words
        judged.append((item, "same" if same else "changed", before))
    return judged


def _several(known: Sequence[Known], name: Callable[[Known], str]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for one in known:
        if name(one):
            found.setdefault(name(one), []).append(one)
    return found


def _of_its_time(known: Sequence[Known], item: Item) -> Known | None:
    """The newest that may have been published when the item was."""
    at = datetime.fromisoformat(item.at) if item.at else None
    return next((one for one in reversed(known) if at is None or one.at in (None, at)), None)


def mentions(text: str, words: Iterable[str]) -> list[str]:
    """Those of the words that the text has, however they are written; each begins a word."""
    folded = " " + listing.fold("".join(c if c.isalnum() else " " for c in text))
    return [word for word in words if (sought := listing.fold(word)) and f" {sought}" in folded]


def words_in(text: str) -> list[str]:
    """Words or phrases as somebody typed them, separated by commas; each once."""
    found = (" ".join(one.split())[:NAME] for one in text.replace("\n", ",").split(","))
    return list(dict.fromkeys(one for one in found if one))[:WORDS]
