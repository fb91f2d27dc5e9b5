"""What becomes of a post whose pictures a platform won't have: the words are the alert."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from channels.contract import Picture, Post
from channels.failures import Reauthorise, Refused, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Client

T = TypeVar("T")
LATE_SECONDS = 60.0
"""So long after its round was written a post waits for no picture any more."""


async def taken(
    client: Client,
    post: Post,
    pictures: Sequence[Picture],
    upload: Callable[[Picture], Awaitable[T]],
) -> list[T]:
    """What each upload gave, one after the other. Those that the platform refuses are left out,
    and when it is late all of them, where it can't take them up just now: platforms take pictures
    by other servers than words.

    Raises:
        Reauthorise: as an upload does; and when it isn't late, Retry and Unknown.
    """
    late = client.now() - post.made_at >= LATE_SECONDS
    found = []
    try:
        # Late, there must be time left for the words.
        async with asyncio.timeout(client.total / 4 if late else None):
            for picture in pictures:
                try:
                    found.append(await upload(picture))
                except Reauthorise:
                    raise
                except Refused:
                    continue
    except (Retry, Unknown, TimeoutError):
        if not late:
            raise
    return found


def left_out(number: int, of: int) -> str | None:
    """A receipt's note; None when all went along."""
    return f"{number} of {of} pictures left out" if number > 0 else None
