"""Questions that many ask in the same moment, put to the database as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Together(Generic[A, R]):
    """`await together(one)`: its own answer, out of a question asked for all who wait.

    While one question is under way the next ones gather: a thousand accounts with a key each cost
    some dozens of transactions, and whoever is alone waits for nobody.

    Args:
        ask: gives the answers in the order asked; what it raises, each of them gets.
        most: how many go into one question.
    """

    def __init__(self, ask: Callable[[Sequence[A]], Awaitable[Sequence[R]]], most: int) -> None:
        self._ask, self._most = ask, most
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, one: A) -> R:
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._until_nobody_waits())
        return await answer

    async def _until_nobody_waits(self) -> None:
        await asyncio.sleep(0)  # whoever asks in the same turn of the loop comes along
        while self._waiting:
            now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                answers = await self._ask([one for one, _answer in now])
            except Exception as error:
                for _one, answer in now:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for (_one, answer), found in zip(now, answers, strict=True):
                    if not answer.done():
                        answer.set_result(found)
        self._asking = None
