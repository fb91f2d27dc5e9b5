"""Nothing has been handed over before the request that publishes."""

from __future__ import annotations

import asyncio
import time

import pytest

from channels.failures import Reason, Refused, Retry, Unknown
from channels.http import Client
from channels.preparing import preparing


def prepare(total: float, error: Exception | None) -> None:
    """Wait for ever, or fail, inside `preparing`."""

    async def once() -> None:
        async with Client(total=total) as client, preparing(client):
            if error is not None:
                raise error
            await asyncio.Event().wait()

    asyncio.run(once())


def test_a_lost_answer_before_the_post_may_be_tried_again() -> None:
    with pytest.raises(Retry) as error:
        prepare(5, Unknown(Reason.SERVER_ERROR, "500"))
    assert error.value.reason is Reason.NO_CONNECTION
    assert "500" in error.value.detail


def test_preparations_end_before_the_attempts_own_deadline() -> None:
    began = time.monotonic()
    with pytest.raises(Retry):
        prepare(0.4, None)
    assert time.monotonic() - began < 0.4


def test_what_the_server_says_is_passed_on() -> None:
    with pytest.raises(Refused):
        prepare(5, Refused(Reason.TURNED_DOWN))
    with pytest.raises(Retry) as error:
        prepare(5, Retry(Reason.BUSY, after=7))
    assert error.value.after == 7
