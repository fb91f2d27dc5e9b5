"""Is a post that stands on an account the one whose answer was lost? Pure."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final

from channels.contract import Post

CLOCKS_DIFFER_SECONDS: Final = 600.0
"""A post may seem this much older than its own first attempt: the clocks aren't the same."""


def is_ours(post: Post, shown: object, made_at: float | None) -> bool:
    """Whether `shown`, published at `made_at` (Unix time), is `post` itself: the round's marker
    stands in it, the text is ours, and it isn't older than the first attempt. Without a time it
    is not: yesterday's round says the same.
    """
    if not isinstance(shown, str) or not post.marker or post.marker not in shown:
        return False
    if made_at is None or made_at < post.made_at - CLOCKS_DIFFER_SECONDS:
        return False
    return same_text(shown, post.text)


def same_text(shown: str, ours: str) -> bool:
    """Equal but for what platforms tidy by themselves: white space and the coding of å, ä, ö."""
    return _tidied(shown) == _tidied(ours)


def unix_time(text: object) -> float | None:
    """Of a time such as 2026-11-29T14:30:00+0000; None when it isn't one with an offset."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return when.timestamp() if when.tzinfo else None


def _tidied(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
