"""An item of a feed as the console knows it, and what can be wrong with a feed."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import nh3

from channels.words import N_

MOST_ITEMS = 500
"""Of one answer; feeds hold the newest first."""
TITLE, TEXT, LINE = 300, 5000, 1000
"""Characters."""
NAME_BYTES = 1000
"""Of an id or a link: what an index of the database has room for twice over."""
_KEPT = {"p", "br", "li"}
_BREAK = re.compile(r"<(?:br|/p|li)>")
_TAG = re.compile(r"</?(?:p|li|br)>")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Trouble(StrEnum):
    """Why a source can't be trusted to be read, named so that it is never just quiet."""

    UNREACHABLE = "unreachable"
    PRIVATE = "private"
    """The address, or one it leads to, isn't on the internet, or has no https."""
    NO_ANSWER = "no_answer"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    NOT_A_FEED = "not_a_feed"
    """An answer that is something else: a web page, a bare CAP document, JSON of another shape."""
    BROKEN = "broken"
    """It begins as a feed and can't be read to its end."""
    ENTITIES = "entities"
    """It declares entities of its own, as an attack does and no feed needs."""
    SLOW_TO_READ = "slow_to_read"
    CHARSET = "charset"
    """A notice: it says another character set than it has. It is read all the same."""
    FUTURE = "future"
    """A notice: it dates items ahead of the clock."""


SENTENCES: Mapping[Trouble, str] = {
    Trouble.UNREACHABLE: N_("Servern gick inte att nå."),
    Trouble.PRIVATE: N_("Adressen leder till ett slutet nät, eller saknar https."),
    Trouble.NO_ANSWER: N_("Servern svarade inte i tid."),
    Trouble.CUT_OFF: N_("Svaret bröts av på vägen."),
    Trouble.TOO_LARGE: N_("Svaret är för stort, eller tar aldrig slut."),
    Trouble.REDIRECTS: N_("Adressen skickar vidare för många gånger."),
    Trouble.GONE: N_("Sidan finns inte längre."),
    Trouble.FORBIDDEN: N_("Servern släpper inte in oss."),
    Trouble.BUSY: N_("Servern ber oss vänta."),
    Trouble.SERVER_ERROR: N_("Servern svarade med ett fel."),
    Trouble.NOT_A_FEED: N_("Svaret är inget flöde."),
    Trouble.BROKEN: N_("Flödet är trasigt och går inte att läsa klart."),
    Trouble.ENTITIES: N_("Flödet ser ut som ett angrepp och läses inte."),
    Trouble.SLOW_TO_READ: N_("Flödet tar för lång tid att läsa."),
    Trouble.CHARSET: N_("Flödet anger fel teckenkodning. Det läses ändå."),
    Trouble.FUTURE: N_("Källans klocka går före. Tiderna är våra."),
}
NOTICES = frozenset({Trouble.CHARSET, Trouble.FUTURE})
"""It was read nevertheless."""


class Unreadable(Exception):
    """A source that can't be read now."""

    def __init__(
        self, trouble: Trouble, detail: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.trouble = trouble
        self.detail = detail
        self.retry_after = retry_after
        """Seconds that the server asks us to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """All text is plain; nothing of it has tags or what a database refuses."""

    guid: str
    """As the source knows it; made from the content if it gives none."""
    link: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    at: str = ""
    """ISO 8601 in UTC, as the source says it; "": it doesn't."""
    alert: bool = False
    """A warning to the public, not news."""
    test: bool = False
    """The source says that it is a test: it must start nothing."""

    @property
    def content_hash(self) -> str:
        """What two items with the same words have in common, whatever they are called."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer held."""

    items: list[Item] = field(default_factory=list)
    notice: str = ""
    """A `Trouble` of NOTICES; "": nothing."""


def plain(value: Any, most: int) -> str:
    """Remote HTML, or anything else, as text: cleaned by nh3, a line per paragraph, cut to size."""
    if not isinstance(value, str):
        return ""
    text = _UNSTORABLE.sub("", value[: 20 * most])
    if "<" in text or "&" in text:
        kept = nh3.clean(text, tags=_KEPT, attributes={}, strip_comments=True)
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", kept)))
    lines = (" ".join(line.split()) for line in _UNSTORABLE.sub("", text).splitlines())
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= most else text[: most - 1] + "…"


def address(value: Any) -> str:
    """A web address, or "" for anything else: never a script."""
    text = _UNSTORABLE.sub("", value).strip() if isinstance(value, str) else ""
    fits = len(text.encode()) <= NAME_BYTES
    return text if text.lower().startswith(("https://", "http://")) and fits else ""


def made(guid: Any, **known: Any) -> Item:
    """An item with an id that can be kept: a missing one is made of link or content, and one that
    is too long is known by its hash."""
    item = Item(guid="", **known)
    own = _UNSTORABLE.sub("", str(guid or "")).strip() or item.link or item.content_hash
    if len(own.encode()) > NAME_BYTES:
        own = hashlib.sha256(own.encode()).hexdigest()
    return Item(guid=own, **known)


def told_apart(items: Sequence[Item]) -> list[Item]:
    """An answer's items; those without an id that share a link are known by their words."""
    said: dict[str, set[str]] = {}
    for item in items:
        said.setdefault(item.guid, set()).add(item.content_hash)
    return [
        replace(item, guid=item.content_hash)
        if item.guid == item.link and len(said[item.guid]) > 1
        else item
        for item in items
    ]


def moment(value: datetime | None) -> str:
    if value is None or value.tzinfo is None:
        return ""
    try:
        return value.astimezone(UTC).isoformat()
    except (OverflowError, ValueError):
        return ""
