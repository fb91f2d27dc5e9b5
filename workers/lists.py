"""An account's settings filled with its recipients, and the ledger that keeps what became of them.

The ledger asks the database from threads, again and again while it is away or all connections are
taken: a message that may have left is never written down as unsent, and none leaves before it is
written down as begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from channels.listed import Got, Held
from console import db
from console.logs import get_logger
from console.messages.operations import delivery
from console.recipients import rules, sending

T = TypeVar("T")
log = get_logger("lists")
AGAIN_SECONDS = 0.3


class Ledger:
    """`channels.listed.Ledger` of one delivery."""

    def __init__(
        self, delivery_id: int | None, account_id: int, post_key: str, fixed: frozenset[str]
    ) -> None:
        self.delivery_id, self.account_id = delivery_id, account_id
        self.post_key, self.fixed = post_key, fixed

    async def standing(self) -> Mapping[str, Got]:
        return await _ask(lambda s: sending.standing(s, self.post_key))

    async def begin(self, keys: Sequence[str]) -> frozenset[str]:
        def begin(session: Session) -> frozenset[str]:
            self._still_to_go(session)
            return sending.begin(session, self.account_id, self.post_key, keys, self.fixed)

        return await _ask(begin)

    async def may_go(self, key: str) -> bool:
        def ask(session: Session) -> bool:
            self._still_to_go(session)
            return key in self.fixed or sending.still_on(session, self.account_id, key)

        return await _ask(ask)

    async def settle(self, keys: Sequence[str], got: Got | None) -> None:
        await _ask(lambda s: sending.settle(s, self.post_key, keys, got))

    def _still_to_go(self, session: Session) -> None:
        if self.delivery_id is not None and not delivery.may_go_on(session, self.delivery_id):
            raise Held


def filled(
    session: Session,
    settings: Any,
    kind: str,
    account_id: int,
    console_url: str,
    *,
    delivery_id: int | None = None,
    post_key: str = "",
    made_at: float = 0.0,
    ordinary: bool = False,
) -> Any:
    """`settings` of an e-mail or SMS account with everybody it reaches; others as they are.

    Args:
        kind: the delivery's or the account's; an exercise's stand-in isn't filled.
        delivery_id, post_key, made_at: of a delivery; left out when nothing is sent.
        ordinary: the post belongs to no event, and goes to no citizen.

    Raises:
        sealing.KeyTrouble: an address can't be opened.
    """
    if kind not in rules.CHANNELS or not hasattr(settings, "ledger"):
        return settings
    everybody = sending.everybody(
        session,
        account_id,
        settings.recipients,
        post_key,
        made_at,
        console_url,
        citizens=not ordinary,
    )
    if everybody is None:
        return settings
    ledger = Ledger(delivery_id, account_id, post_key, everybody.fixed)
    return replace(settings, listed=everybody.listed, ledger=ledger)


async def _ask(question: Callable[[Session], T]) -> T:
    def ask() -> T:
        with db.unit_of_work() as session:
            return question(session)

    while True:
        try:
            return await asyncio.to_thread(ask)
        except (OperationalError, NoConnection) as error:
            log.warning("database_away", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
