"""What becomes of a post whose pictures a platform won't have: the words are the alert."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TypeVar

from channels.failures import Reauthorise, Refused

T = TypeVar("T")


async def taken(uploads: Iterable[Awaitable[T]]) -> list[T]:
    """What each upload gave, one after the other; those that the platform refuses are left out.

    Raises:
        Reauthorise, Retry, Unknown: as an upload does.
    """
    found = []
    for upload in uploads:
        try:
            found.append(await upload)
        except Reauthorise:
            raise
        except Refused:
            continue
    return found


def left_out(number: int, of: int) -> str | None:
    """A receipt's note; None when all went along."""
    return f"{number} of {of} pictures left out" if number > 0 else None
