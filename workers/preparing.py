"""Claimed rows as requests: each with its account's channel and settings as they are now."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.contract import Channel
from console.accounts.models import Account
from console.messages.operations import outcomes
from console.messages.operations.delivery import Claimed
from workers import lists
from workers.keys_in_round import Key
from workers.posting import target_of, unprepared


@dataclass(frozen=True)
class Ready:
    """A claimed row and all that its request needs."""

    row: Claimed
    channel: Channel[Any]
    settings: Any
    key: Key


def prepare(
    session: Session, rows: list[Claimed], token: uuid.UUID, console_url: str
) -> list[Ready]:
    """Find each row's channel and settings as they are now; refuse what no longer is the target."""
    accounts = {
        account.id: account
        for account in session.execute(
            select(Account.id, Account.settings, Account.secret).where(
                Account.id.in_([row.account_id for row in rows])
            )
        )
    }
    ready: list[Ready] = []
    refused: dict[str, list[int]] = {}
    for row in rows:
        account = accounts[row.account_id]
        try:
            channel, settings, secret = target_of(row, account)
            settings = lists.filled(
                session, settings, row.kind, row.account_id, console_url,
                delivery_id=row.id, post_key=row.idempotency_key, made_at=row.made_at,
                ordinary=row.ordinary,
            )  # fmt: skip
            reason = "" if channel.fingerprint(settings) == row.fingerprint else "target_changed"
        except Exception as error:
            reason = unprepared(row, error)
        if reason:
            refused.setdefault(reason, []).append(row.id)
        else:
            known = {} if row.exercise else secret
            key = Key(row.kind, row.account_id, account.settings, known)
            ready.append(Ready(row, channel, settings, key))
    for reason, ids in refused.items():
        outcomes.refuse_claimed(session, ids, token, reason)
    return ready
