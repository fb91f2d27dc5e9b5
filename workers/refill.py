"""Many questions to platforms side by side, each place taken anew as soon as it is free: one that
hangs for twenty seconds holds up nobody but itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 1.0
"""Between two claims while all that is left hangs."""


async def refill(
    claim: Callable[[int], Sequence[T]], do: Callable[[T], Awaitable[None]], places: int
) -> int:
    """Do what is handed out until nothing is; returns how much it was.

    Args:
        claim: hands out at most so many, asked in a thread; nothing: there is no more for now.
        do: one of them. What it raises ends the whole, once those under way are done.
    """
    done, busy = 0, set[asyncio.Task[None]]()
    try:
        while True:
            free = places - len(busy)
            handed = await asyncio.to_thread(claim, free) if free else ()
            done += len(handed)
            busy |= {asyncio.ensure_future(do(one)) for one in handed}
            if not busy:
                return done
            ended, busy = await asyncio.wait(
                busy, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in ended:
                task.result()
    finally:
        if busy:
            await asyncio.wait(busy)
