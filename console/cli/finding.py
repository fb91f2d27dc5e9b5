"""What `budkavle doctor` finds: one line each, with the way to mend it."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, NOTE, BAD = "ok", "note", "BAD"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and the way to mend it."""

    mark: str
    what: str
    how: str
    mend: str = ""
