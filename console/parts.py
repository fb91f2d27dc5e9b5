"""Plain values that several pages are put together from; templates/components draws them.

Pure, and low in the house, so that every noun's view model may use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal[
    "queued", "claimed", "started", "sent", "retry", "unknown", "refused", "by_hand", "confirmed",
    "expired", "stopped", "paused", "missed", "not_repeated", "lock_only", "left_alone", "waiting",
]  # fmt: skip
"""A mark's name; the delivery states, then what an account or text may be besides."""


@dataclass(frozen=True)
class Verb:
    """What mends a fault: a link, a form posted at once, or a telephone call."""

    text: str
    url: str = ""
    how: Literal["get", "post", "call"] = "get"
    phone: str = ""


@dataclass(frozen=True)
class Todo:
    """One thing for a person to do; also one text that waits for approval."""

    key: str
    state: State
    title: str
    why: str
    verb: Verb | None = None


@dataclass(frozen=True)
class PlateItem:
    """One standing instruction: what to do, then where and how."""

    headline: str
    detail: str = ""
