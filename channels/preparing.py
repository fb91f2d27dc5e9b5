"""Requests before the one that publishes: whatever is lost there may safely be tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from channels.failures import Reason, Retry, Unknown

if TYPE_CHECKING:
    from channels.http import Client


@asynccontextmanager
async def preparing(client: Client) -> AsyncIterator[None]:
    """Around requests that publish nothing (login, upload, reading).

    They get half of the attempt's time, so that the caller's own deadline, which can only say
    *unknown*, doesn't strike while nothing has been handed over.

    Raises:
        Retry: in the place of Unknown, and when the time is out.
    """
    try:
        async with asyncio.timeout(client.total / 2):
            yield
    except Unknown as error:
        # The sentences of its reasons speak of a post that was handed over; none was.
        detail = f"before the post: {error.reason} {error.detail}"
        raise Retry(Reason.NO_CONNECTION, detail) from error
    except TimeoutError as error:
        raise Retry(Reason.NO_CONNECTION, "before the post: no time left") from error
