"""Recipients that the console keeps, each to be reached once by a post however often it is tried.

A mail server keeps no history, so what became of each recipient is written down by whoever keeps
the list: *started* is stored before the recipient's message leaves, and one that is left standing
there has had an answer lost. It is never tried again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Got(StrEnum):
    """What became of a post for one recipient."""

    STARTED = "started"
    """It may have it: under way, or its answer was lost."""
    SENT = "sent"
    REFUSED = "refused"
    """The server won't have this address now; the next post tries it again."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One recipient."""

    key: str
    """Stands for the address in the ledger, and tells nothing about it."""
    address: str = field(repr=False)
    leave: str | None = field(default=None, repr=False)
    """Web address where the recipient leaves the list: a citizen's own, in every message. None:
    staff and partners, who are named by the municipality."""


class Held(Exception):
    """The post was stopped, replaced or locked out meanwhile: nobody more is to have it now."""


class Ledger(Protocol):
    """What is known of each recipient of one post, kept between attempts."""

    async def standing(self) -> Mapping[str, Got]:
        """Key → what is known; who isn't in it hasn't been tried."""
        ...

    async def begin(self, keys: Sequence[str]) -> frozenset[str]:
        """Store *started* for those who still are on the list and haven't been tried; returns them.

        Raises:
            Held.
        """
        ...

    async def may_go(self, key: str) -> bool:
        """Whether one still is on the list: where the platform itself keeps the history.

        Raises:
            Held.
        """
        ...

    async def settle(self, keys: Sequence[str], got: Got | None) -> None:
        """Store what became of them; None: nothing left the house, so they may be tried again."""
        ...


class Forgetful:
    """For recipients that stand in an account's settings only, and go in one message: nothing is
    kept between attempts, and a lost answer is a person's to settle."""

    def __init__(self) -> None:
        self.got: dict[str, Got] = {}

    async def standing(self) -> Mapping[str, Got]:
        return dict(self.got)

    async def begin(self, keys: Sequence[str]) -> frozenset[str]:
        new = frozenset(key for key in keys if key not in self.got)
        self.got |= dict.fromkeys(new, Got.STARTED)
        return new

    async def may_go(self, key: str) -> bool:
        return True

    async def settle(self, keys: Sequence[str], got: Got | None) -> None:
        for key in keys:
            if got is None:
                self.got.pop(key, None)
            else:
                self.got[key] = got
