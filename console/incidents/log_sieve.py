"""What narrows an event's log: kind, account, person and words as they stand in its sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from console.listing import fold
from console.timeline.queries import LoggedEntry, Sieve, entries_of

LOG_PAGE = 100
"""Entries on a page."""
SEARCHED = 5_000
"""Entries looked through for words at a time; the page offers to go on among older ones."""
AT_A_TIME = 500
KINDS: dict[str, tuple[LazyString, tuple[str, ...]]] = {
    "messages": (_l("Meddelanden"), ("message", "translation", "approver")),
    "rounds": (_l("Omgångar och löften"), ("broadcast", "round", "promise")),
    "accounts": (_l("Inlägg på konton"), ("delivery", "pin")),
    "faults": (_l("Fel och rättelser"), ("fault", "correction", "removal")),
    "locks": (_l("Lås och meddelanden till folk"), ("lock", "notice")),
    "rumours": (_l("Rykten och svar"), ("rumour", "answer")),
    "notes": (_l("Anteckningar"), ("note",)),
    "staff": (_l("Stab och skift"), ("handover", "shift", "duty", "roster", "first_hour")),
    "monitoring": (_l("Omvärld"), ("item", "feed", "check")),
    "review": (_l("Utvärdering"), ("evaluation",)),
    "event": (
        _l("Händelsen"),
        ("incident", "exercise", "inject", "export", "timeline", "view_link", "site", "record"),
    ),
}
"""What can be chosen → its name, and the first words of its entries' tags."""


class Told(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def who(self) -> str: ...


@dataclass(frozen=True)
class Found:
    entries: Sequence[LoggedEntry]
    """Newest first; a page of them at most."""
    older: int | None
    """Where the next page begins, if there may be more."""


def find(
    session: Session,
    incident_id: int,
    before: int | None,
    sieve: Sieve,
    words: str,
    tell: Callable[[Sequence[LoggedEntry]], Sequence[Told]],
) -> Found:
    """A page of an event's log.

    Args:
        before: only entries with a lower number.
        words: all of them stand in the sentence, its kind, or the name of who did it; what is
            searched is what is read. Empty: all.
        tell: the entries' sentences in the reader's language.
    """
    sought = fold(words).split()
    if not sought:
        entries = entries_of(session, incident_id, limit=LOG_PAGE + 1, before=before, sieve=sieve)
        shown = entries[:LOG_PAGE]
        return Found(shown, shown[-1].n if len(entries) > LOG_PAGE else None)
    found: list[LoggedEntry] = []
    for _batch in range(SEARCHED // AT_A_TIME):
        some = entries_of(session, incident_id, limit=AT_A_TIME, before=before, sieve=sieve)
        for entry, line in zip(some, tell(some), strict=True):
            whole = fold(f"{line.kind} {line.text} {line.who}")
            if all(word in whole for word in sought):
                found.append(entry)
                if len(found) == LOG_PAGE:
                    return Found(found, entry.n)
        if len(some) < AT_A_TIME:
            return Found(found, None)
        before = some[-1].n
    return Found(found, before)


def link(slug: str, facts: Mapping[str, Any]) -> tuple[str, LazyString] | None:
    """Where more stands about an entry, and what to call it: the message has its exact texts, its
    approval and its receipts. Pages of nouns above this one have fixed addresses."""
    for name, folder, text in _PLACES:
        number = facts.get(name)
        if isinstance(number, int):
            return f"/incidents/{slug}/{folder}/{number}", text
    return None


_PLACES = (
    ("correction", "messages", _l("Visa rättelsen")),
    ("message", "messages", _l("Visa meddelandet")),
    ("rumour", "rumours", _l("Visa ryktet")),
    ("handover", "handovers", _l("Visa överlämningen")),
    ("removal", "removals", _l("Visa borttagningen")),
)
