"""A platform's own limit on posts: a bucket that fills evenly."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Room for `posts`, filled in `seconds`, for requests of this method and path pattern."""

    posts: int
    seconds: float
    method: str
    path: str
    refused: int = 0
    """How many requests found no room."""
    _full_at: float = field(default_factory=time.monotonic)

    def take(self, method: str, path: str) -> float:
        """Seconds until there is room; 0: there was, and it is taken, or none is needed."""
        if method != self.method or not re.search(self.path, path):
            return 0.0
        each, now = self.seconds / self.posts, time.monotonic()
        full_at = max(self._full_at, now) + each
        if (short := full_at - now - self.seconds) > 0:
            self.refused += 1
            return short
        self._full_at = full_at
        return 0.0
