"""Whom a post goes to, and what became of it for each: the ledger of `channels.listed`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, delete, exists, func, select, text
from sqlalchemy.orm import Session

from channels.listed import Got, Listed
from console import sealing
from console.recipients.marks import mark
from console.recipients.models import Recipient, RecipientSend
from console.recipients.rules import Kind, State


@dataclass(frozen=True, slots=True)
class Everybody:
    """A post's recipients when an attempt begins."""

    listed: tuple[Listed, ...]
    fixed: frozenset[str]
    """Keys of those in the account's settings, who don't leave."""


def everybody(
    session: Session,
    account_id: int,
    of_settings: Sequence[str],
    post_key: str,
    made_at: float,
    console_url: str,
    *,
    citizens: bool = True,
) -> Everybody | None:
    """Those of the account's settings and those on its list, each address once.

    Whoever came to the list after the post was made has the next one: so the recipients of a post
    only grow fewer, and nobody can get it twice by leaving and coming back.

    Args:
        made_at: Unix time at which the post's round was written; 0 counts everybody.
        citizens: they have asked for news of a crisis, and for nothing else.

    Returns:
        None where nothing stands but the settings' own: then nothing is kept about the post.

    Raises:
        sealing.KeyTrouble: an address can't be opened.
    """
    tried = exists().where(RecipientSend.post_key == post_key)
    rows = _on(session, account_id, made_at, citizens)
    if not rows and not session.scalar(select(tried)):
        return None
    found: dict[str, Listed] = {}
    for address in of_settings:
        key = mark(session, address.lower()).hex()
        found.setdefault(key, Listed(key, address))
    fixed = frozenset(found)
    for row in rows:
        secret = sealing.unseal(row.sealed)
        leave = f"{console_url}/a/{secret['leave']}" if row.kind == Kind.CITIZEN else None
        key = row.mark_digest.hex()
        found.setdefault(key, Listed(key, secret["address"], leave))
    return Everybody(tuple(found.values()), fixed)


def _on(session: Session, account_id: int, made_at: float, citizens: bool) -> Sequence[Recipient]:
    order = case((Recipient.kind == Kind.PARTNER, 0), (Recipient.kind == Kind.STAFF, 1), else_=2)
    query = select(Recipient).where(Recipient.account_id == account_id, Recipient.state == State.ON)
    if not citizens:
        query = query.where(Recipient.kind != Kind.CITIZEN)
    if made_at:
        query = query.where(Recipient.since <= datetime.fromtimestamp(made_at, UTC))
    return session.scalars(query.order_by(order, Recipient.id)).all()


def standing(session: Session, post_key: str) -> dict[str, Got]:
    query = select(RecipientSend.mark_digest, RecipientSend.state).where(
        RecipientSend.post_key == post_key
    )
    return {row.mark_digest.hex(): Got(row.state) for row in session.execute(query)}


_BEGIN = text("""
    INSERT INTO recipient_sends (post_key, mark_digest, state, at)
    SELECT :post, m, 'started', budkavle_now()
    FROM unnest(CAST(:marks AS bytea[])) m
    WHERE m = ANY(CAST(:fixed AS bytea[]))
       OR EXISTS (SELECT 1 FROM recipients r WHERE r.account_id = :account
                  AND r.mark_digest = m AND r.state = 'on')
    ON CONFLICT (post_key, mark_digest) DO NOTHING
    RETURNING mark_digest
""")


def begin(
    session: Session, account_id: int, post_key: str, keys: Sequence[str], fixed: Collection[str]
) -> frozenset[str]:
    """Store *started* for those who may be sent to now; returns them."""
    marks = [bytes.fromhex(key) for key in keys]
    rows = session.scalars(
        _BEGIN,
        {
            "post": post_key,
            "marks": marks,
            "fixed": [bytes.fromhex(key) for key in keys if key in fixed],
            "account": account_id,
        },
    )
    return frozenset(bytes(row).hex() for row in rows)


def still_on(session: Session, account_id: int, key: str) -> bool:
    """Whether somebody of the list hasn't left it."""
    here = exists().where(
        Recipient.account_id == account_id,
        Recipient.mark_digest == bytes.fromhex(key),
        Recipient.state == State.ON,
    )
    return bool(session.scalar(select(here)))


def settle(session: Session, post_key: str, keys: Sequence[str], got: Got | None) -> None:
    """Write what became of them; None: nothing left the house, so they may be tried again."""
    mine = (RecipientSend.post_key == post_key) & RecipientSend.mark_digest.in_(
        [bytes.fromhex(key) for key in keys]
    )
    if got is None:
        session.execute(delete(RecipientSend).where(mine))
        return
    for row in session.scalars(select(RecipientSend).where(mine).with_for_update()):
        row.state = got.value


def say_not_out(session: Session, post_key: str) -> None:
    """A person has looked, and the post is to be sent again: those whose answer was lost, or who
    were refused, may be tried once more. Those who are known to have it aren't."""
    session.execute(
        delete(RecipientSend).where(
            RecipientSend.post_key == post_key, RecipientSend.state != Got.SENT
        )
    )


def counts(session: Session, account_ids: Collection[int]) -> Mapping[int, Mapping[Kind, int]]:
    """Account → how many of each kind its next post goes to, of those on the console's list."""
    found: dict[int, dict[Kind, int]] = {}
    rows = session.execute(
        select(Recipient.account_id, Recipient.kind, func.count())
        .where(Recipient.account_id.in_(account_ids), Recipient.state == State.ON)
        .group_by(Recipient.account_id, Recipient.kind)
        .order_by(Recipient.account_id)
    )
    for account_id, kind, number in rows:
        found.setdefault(account_id, {})[Kind(kind)] = number
    return found
