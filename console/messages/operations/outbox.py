"""The rows of one round: the queue that workers, the site process and people take from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from console.errors import BadInput
from console.messages import envelope, queries, rules
from console.messages.models import Broadcast, Delivery, Message, Round
from console.messages.operations import edits, sent
from console.messages.operations.rows import NO_CARD, post, prepare, spoken, with_pictures
from console.messages.targets import aim


def write(
    session: Session,
    broadcast: Broadcast,
    frozen: envelope.Envelope,
    row: Round,
    now: datetime,
) -> dict[str, int]:
    """One row per account and approved language (a correction: see `edits`); returns how many
    start in which state.

    Whatever keeps an account from being posted to is written down at once, as that row's outcome.
    """
    ground = prepare(session, broadcast, frozen, row, now)
    if frozen.corrects is None:
        rows = [
            post(ground, target, language)
            for target in frozen.targets
            for language in ground.languages
            if spoken(target, language)
        ]
    else:
        rows = edits.rows(session, ground)
    if rows:
        with_pictures(session, rows, row, now)
        session.execute(insert(Delivery), rows)
        sent.keep(session, rows, now)
    _supersede_by_hand(session, rows, row, rules.MessageType(frozen.type), now)
    counts: dict[str, int] = {}
    for one in rows:
        counts[str(one["state"])] = counts.get(str(one["state"]), 0) + 1
    return counts


def website_leads(session: Session, broadcast: Broadcast, frozen: envelope.Envelope) -> bool:
    """Whether an official website is still there to go first, as it was approved (2.3-a)."""
    approved = {
        target.account_id: (target.kind, target.fingerprint)
        for target in frozen.targets
        if target.official
    }
    for account in queries.publishing_accounts(session, broadcast.message.incident):
        if account.id not in approved:
            continue
        try:
            where = aim(account, frozen.slug, frozen.exercise)
        except BadInput:
            continue
        if (where.kind, where.fingerprint) == approved[account.id]:
            return True
    return False


def _supersede_by_hand(
    session: Session,
    rows: list[dict[str, Any]],
    row: Round,
    kind: rules.MessageType,
    now: datetime,
) -> None:
    """A newer text for an account closes its older, unconfirmed by-hand task. A correction's stays:
    what was wrong is out until somebody has mended it. So does a repeated text's, and *Läget
    över*'s, when what is newer goes out once beside it, and doesn't say what it says. A repetition
    is no newer than what was released after its text."""
    accounts = [one["account_id"] for one in rows if one["state"] == "by_hand"]
    sent = [one["account_id"] for one in rows if one["state"] == "queued"]
    kept: ColumnElement[bool] = Message.corrects_id.is_not(None)
    if kind not in rules.REPLACING:
        kept |= Message.type.in_(rules.REPLACING)
    stay = select(Message.id).where(Message.incident_id == row.incident_id, kept)
    if accounts or sent:
        session.execute(
            update(Delivery)
            .where(
                Delivery.incident_id == row.incident_id,
                # A worker's own post for once: its card could not be made, and the next one's may.
                Delivery.account_id.in_(accounts)
                | Delivery.account_id.in_(sent) & (Delivery.reason == NO_CARD),
                Delivery.state == "by_hand",
                Delivery.round_id != row.id,
                Delivery.broadcast_id <= row.broadcast_id,
                Delivery.message_id.not_in(stay),
            )
            .values(state=rules.DeliveryState.EXPIRED, reason="newer_text", settled_at=now)
        )
