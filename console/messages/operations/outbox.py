"""The rows of one round: for each account its exact text, and whether anything is to be sent."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.errors import BadInput, WrongState
from console.messages import envelope, queries, rendering, rules, wording
from console.messages.models import Broadcast, Delivery, Round, VersionPart
from console.messages.targets import aim
from console.timeline.operations import record


@dataclass(frozen=True)
class _Language:
    code: str
    renditions: tuple[tuple[rendering.Part, ...], ...]
    link: str


def write(
    session: Session,
    broadcast: Broadcast,
    frozen: envelope.Envelope,
    row: Round,
    now: datetime,
) -> dict[str, int]:
    """One row per account and approved language; returns how many start in which state.

    Whatever keeps an account from being posted to is written down at once, as that row's outcome.
    """
    languages = [_Language("sv", frozen.renditions, frozen.link), *_joined(session, broadcast, now)]
    carriers = None
    if frozen.corrects is not None:
        carriers = queries.carriers(session, frozen.corrects)
    accounts = {
        account.id: account
        for account in session.scalars(
            select(Account).where(Account.id.in_([t.account_id for t in frozen.targets]))
        )
    }
    usable = {one.id for one in queries.publishing_accounts(session, broadcast.message.incident)}
    rows = [
        _delivery(broadcast, frozen, row, target, accounts.get(target.account_id), language, now,
                  usable, carries=carriers is None or target.account_id in carriers)
        for target in frozen.targets
        for language in languages
        if language.code in target.languages or language.code == "sv"
    ]  # fmt: skip
    if rows:
        session.execute(insert(Delivery), rows)
    _supersede_by_hand(session, rows, row, now)
    counts: dict[str, int] = {}
    for one in rows:
        counts[str(one["state"])] = counts.get(str(one["state"]), 0) + 1
    return counts


def _joined(session: Session, broadcast: Broadcast, now: datetime) -> list[_Language]:
    """The other languages that have been approved by now, their bytes looked at again.

    One that isn't what was approved is withdrawn: the rest goes out without it.
    """
    joined = []
    for part in session.scalars(
        select(VersionPart).where(
            VersionPart.version_id == broadcast.version_id, VersionPart.state == "approved"
        )
    ):
        try:
            texts = envelope.read_part(part.canonical, part.content_hash)
        except WrongState as error:
            part.state = "withdrawn"
            record(
                session,
                "translation:withdrawn",
                body={"version": part.version_id, "language": part.language,
                      "reason": error.message},
                now=now,
                incident_id=broadcast.incident_id,
            )  # fmt: skip
            continue
        joined.append(_Language(part.language, texts.renditions, texts.link))
    return joined


def _delivery(
    broadcast: Broadcast,
    frozen: envelope.Envelope,
    row: Round,
    target: envelope.Target,
    account: Account | None,
    language: _Language,
    now: datetime,
    usable: set[int],
    *,
    carries: bool,
) -> dict[str, Any]:
    line = wording.round_line(row.due_at, row.number, language.code)
    word = wording.next_word(broadcast.promise_at, row.due_at, language.code)
    state, reason = rules.DeliveryState.QUEUED, ""
    own: dict[str, Any] = {}
    pacing_key, keyed, splits, fingerprint = target.kind, False, False, target.fingerprint
    if not rules.goes_out(target.repeat, frozen.type, row.n):
        state = rules.DeliveryState.NOT_REPEATED
    elif not carries:
        state, reason = rules.DeliveryState.NOT_REPEATED, "never_carried"
    elif account is None or target.account_id not in usable:
        state, reason = rules.DeliveryState.REFUSED, "not_ours"
    else:
        try:
            where = aim(account, frozen.slug, frozen.exercise)
        except BadInput as error:
            state, reason = rules.DeliveryState.REFUSED, error.message
        else:
            own, pacing_key, keyed = where.own, where.pacing_key, where.keyed
            splits = where.splits
            if (where.kind, where.fingerprint) != (target.kind, target.fingerprint):
                state, reason = rules.DeliveryState.REFUSED, "target_changed"
            elif target.kind == "by_hand":
                state = rules.DeliveryState.BY_HAND
    key = f"{row.id}-{target.account_id}-{language.code}"
    return {
        "round_id": row.id,
        "broadcast_id": broadcast.id,
        "incident_id": broadcast.incident_id,
        "message_id": broadcast.message_id,
        "account_id": target.account_id,
        "language": language.code,
        "exercise": frozen.exercise,
        "kind": target.kind,
        "pacing_key": pacing_key,
        "slot": zlib.crc32((key if splits else pacing_key).encode()) & 0x7FFFFFFF,
        "fingerprint": fingerprint,
        "leading": target.official,
        "idempotency_key": f"{frozen.slug}-{key}",
        "keyed": keyed,
        "target": own,
        "content": rendering.fill(language.renditions[target.rendition], line, word),
        "title": f"{wording.EXERCISE[language.code]} {frozen.title}"
        if frozen.exercise
        else frozen.title,
        "link": language.link,
        "marker": line,
        "state": state,
        "reason": reason,
        "settled_at": now if state not in ("queued", "by_hand") else None,
    }


def _supersede_by_hand(
    session: Session, rows: list[dict[str, Any]], row: Round, now: datetime
) -> None:
    """A newer text for an account closes its older, unconfirmed by-hand task."""
    accounts = [one["account_id"] for one in rows if one["state"] == "by_hand"]
    if accounts:
        session.execute(
            update(Delivery)
            .where(
                Delivery.incident_id == row.incident_id,
                Delivery.account_id.in_(accounts),
                Delivery.state == "by_hand",
                Delivery.round_id != row.id,
            )
            .values(state=rules.DeliveryState.EXPIRED, reason="newer_text", settled_at=now)
        )
