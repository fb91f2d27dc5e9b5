"""What a lock notice says to the person whose account is locked, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class May:
    """Something that is still allowed: a verb, the rest of the sentence, perhaps a link."""

    verb: str
    rest: str
    link_text: str = ""
    url: str = ""


@dataclass(frozen=True)
class NoticeView:
    """`form` beside it is a WTForms form with `queued` (RadioField: posts on their way out)."""

    accounts: tuple[tuple[str, str], ...]
    """Name and platform of each, in register order."""
    since: datetime
    why: str
    until: str
    """How long, a sentence or two."""
    may: tuple[May, ...]
    must_not: str
    """"Skriv inga egna inlägg." (bold)"""
    must_not_rest: str
    phone: str
    read_url: str
    answer_url: str
    """Where a changed answer is posted once it has been read."""
    reader: str = ""
    """Who it is for; said where nobody is logged in."""
    read_at: datetime | None = None
    released_at: datetime | None = None
    held: str = ""
    """Released here, but locked since: by which event, and which accounts, a sentence."""
    held_for_real: bool = False
    """A live event holds any of them; else only the notice's own exercise does."""
