"""What the board shows, made once per change and served from memory.

An entry stands while no hint about its event has come since it was begun; a while at most, because
time itself turns *near* into *late*, and a shorter while when no hints can be heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

from console import clock

LONGEST = 10.0
"""Seconds an entry is served without being rendered again."""
DEAF = 1.0
"""The same, while hints can't be heard."""


Value = TypeVar("Value")


@dataclass(frozen=True)
class Rendered:
    body: str
    etag: str

    @classmethod
    def of(cls, body: str) -> Rendered:
        return cls(body, sha256(body.encode()).hexdigest()[:32])


@dataclass(frozen=True)
class _Entry(Generic[Value]):
    value: Value
    heard: int
    """How many hints about the topic had come when it was begun."""
    at: float
    """`clock.elapsed()` then."""


class Cache(Generic[Value]):
    """
    Args:
        heard: topic → how many hints about it have come.
        hears: whether hints can be heard at all just now.
    """

    def __init__(self, heard: Callable[[str], int], hears: Callable[[], bool]) -> None:
        self._heard, self._hears = heard, hears
        self._entries: dict[Hashable, _Entry[Value]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(
        self, key: Hashable, topic: str, make: Callable[[], Value], since: int | None = None
    ) -> Value:
        """The value under `key`, made anew if it no longer stands. Readers who come meanwhile wait
        for that one making.

        Args:
            since: how many hints about the topic had come when the reader began; what was made
                after those is new enough, whatever has come meanwhile. None: this moment's.
        """
        entry = self._entries.get(key)
        if entry is not None and self._stands(entry, topic, since):
            return entry.value
        with self._lock_of(key):
            entry = self._entries.get(key)
            if entry is not None and self._stands(entry, topic, since):
                return entry.value
            # What it is made of may be as old as `since`, so it counts as that old itself.
            heard, at = self._heard(topic) if since is None else since, clock.elapsed()
            value = make()
            self._entries[key] = _Entry(value, heard, at)
            return value

    def forget(self) -> None:
        """Make everything anew."""
        self._entries.clear()

    def _stands(self, entry: _Entry[Value], topic: str, since: int | None) -> bool:
        age = clock.elapsed() - entry.at
        needed = self._heard(topic) if since is None else since
        return entry.heard >= needed and age < (LONGEST if self._hears() else DEAF)

    def _lock_of(self, key: Hashable) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())
