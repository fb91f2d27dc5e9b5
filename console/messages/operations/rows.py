"""One row of a round: an account's exact text in a language, and whether anything is to be sent."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.readiness import PICTURED
from console.errors import BadInput, WrongState
from console.messages import cards, envelope, queries, rendering, rules, wording
from console.messages.models import Broadcast, Round, VersionPart
from console.messages.targets import Aim, aim
from console.pictures import operations as pictures
from console.pictures import rules as picture_rules
from console.timeline.operations import record

NO_CARD = "no_card"
"""Why a post that a worker was to send is done by hand: its card could not be drawn."""


@dataclass(frozen=True)
class Language:
    """A language that goes out: Swedish, and those whose own approval has been given."""

    code: str
    texts: dict[str, str]
    renditions: tuple[tuple[rendering.Part, ...], ...]
    link: str
    cards: cards.Cards | None = None


@dataclass(frozen=True)
class Ground:
    """What every row of a round is made from."""

    broadcast: Broadcast
    frozen: envelope.Envelope
    row: Round
    now: datetime
    languages: tuple[Language, ...]
    accounts: dict[int, Account]
    usable: set[int]
    """Accounts that the event may publish on now."""
    again: bool = False
    """*Gäller fortfarande* has been said: what was approved for it goes out."""


def prepare(
    session: Session,
    broadcast: Broadcast,
    frozen: envelope.Envelope,
    row: Round,
    now: datetime,
) -> Ground:
    """Read once what all rows of a round need. Once *Gäller fortfarande* has been said, what goes
    out is what was approved for it."""
    again = broadcast.still_used > 0 and frozen.still_valid is not None
    said = frozen.still_valid.renditions if again and frozen.still_valid else frozen.renditions
    swedish = Language("sv", frozen.texts, said, frozen.link, frozen.cards)
    return Ground(
        broadcast,
        frozen,
        row,
        now,
        (swedish, *_joined(session, broadcast, now, again=again)),
        {
            account.id: account
            for account in session.scalars(
                select(Account).where(Account.id.in_([t.account_id for t in frozen.targets]))
            )
        },
        {one.id for one in queries.publishing_accounts(session, broadcast.message.incident)},
        again,
    )


def spoken(target: envelope.Target, language: Language) -> bool:
    return language.code in target.languages or language.code == "sv"


def _joined(
    session: Session, broadcast: Broadcast, now: datetime, *, again: bool
) -> list[Language]:
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
        said = texts.still_valid if again else texts.renditions
        joined.append(Language(part.language, texts.texts, said, texts.link, texts.cards))
    return joined


def post(ground: Ground, target: envelope.Target, language: Language) -> dict[str, Any]:
    """The row of one account and language, its text as it was approved."""
    line = wording.round_line(ground.row.due_at, ground.row.number, language.code)
    word = wording.next_word(ground.broadcast.promise_at, ground.row.due_at, language.code)
    since = wording.since_line(ground.broadcast.anchor, ground.row.due_at, language.code)
    text = rendering.fill(language.renditions[target.rendition], line, word, since=since)
    if not rules.goes_out(target.repeat, ground.frozen.type, ground.row.n):
        where, state, reason = None, rules.DeliveryState.NOT_REPEATED, ""
    else:
        where, state, reason = place(ground, target)
    drawn = None
    if target.card and language.cards is not None and state != rules.DeliveryState.NOT_REPEATED:
        drawn = cards.card(
            language.cards,
            target.card,
            ground.frozen.type,
            language.code,
            (line, since if ground.again else "", word),
            language.link,
            exercise=ground.frozen.exercise,
            again=ground.again,
        )
    return values(ground, target, language, where, state, reason, text, card=drawn)


def with_pictures(session: Session, rows: list[dict[str, Any]], row: Round, now: datetime) -> None:
    """Ask for the cards of a round's rows, each once, and put the pictures in the cards' place."""
    drawn = [one.pop("card", None) for one in rows]
    never = rules.DeliveryState.NOT_REPEATED
    drawn = [None if r["state"] == never else c for r, c in zip(rows, drawn, strict=True)]
    ids = pictures.ask(session, (card for card in drawn if card is not None), now, row.expires_at)
    hopeless = pictures.failed_among(session, ids.values())
    for one, card in zip(rows, drawn, strict=True):
        one["picture_id"] = None if card is None else ids[picture_rules.key_of(card)]
        queued = one["state"] == rules.DeliveryState.QUEUED
        if queued and one["kind"] in PICTURED and one["picture_id"] in hopeless:
            one["state"], one["reason"] = rules.DeliveryState.BY_HAND, NO_CARD


def place(ground: Ground, target: envelope.Target) -> tuple[Aim | None, rules.DeliveryState, str]:
    """Where an account's row goes, the state it starts in, and why it can't go anywhere."""
    account = ground.accounts.get(target.account_id)
    if account is None or target.account_id not in ground.usable:
        return None, rules.DeliveryState.REFUSED, "not_ours"
    try:
        frozen, pictured = ground.frozen, bool(target.card)
        where = aim(account, frozen.slug, frozen.exercise, pictured=pictured)
    except BadInput as error:
        return None, rules.DeliveryState.REFUSED, error.message
    if (where.kind, where.fingerprint) != (target.kind, target.fingerprint):
        return where, rules.DeliveryState.REFUSED, "target_changed"
    if target.kind == "by_hand":
        return where, rules.DeliveryState.BY_HAND, ""
    return where, rules.DeliveryState.QUEUED, ""


def values(
    ground: Ground,
    target: envelope.Target,
    language: Language,
    where: Aim | None,
    state: rules.DeliveryState,
    reason: str,
    content: str,
    **own: Any,
) -> dict[str, Any]:
    """A row, every column of it.

    Args:
        own: columns that differ from those of a post: of an edit; a post's card (see
            `with_pictures`).
    """
    frozen, row = ground.frozen, ground.row
    key = f"{row.id}-{target.account_id}-{language.code}"
    pacing_key = where.pacing_key if where else target.kind
    splits = where.splits if where else False
    title = frozen.title
    if frozen.exercise:
        title = f"{wording.EXERCISE[language.code]} {title}"
    return {
        "round_id": row.id,
        "broadcast_id": ground.broadcast.id,
        "incident_id": ground.broadcast.incident_id,
        "message_id": ground.broadcast.message_id,
        "account_id": target.account_id,
        "language": language.code,
        "act": rules.Act.POST,
        "edits_id": None,
        "struck": [],
        "exercise": frozen.exercise,
        "kind": target.kind,
        "pacing_key": pacing_key,
        "slot": zlib.crc32((key if splits else pacing_key).encode()) & 0x7FFFFFFF,
        "fingerprint": target.fingerprint,
        "leading": target.official,
        "idempotency_key": f"{frozen.slug}-{key}",
        "keyed": where.keyed if where else False,
        "target": where.own if where else {},
        "content": content,
        "title": title,
        "link": language.link,
        "marker": wording.round_line(row.due_at, row.number, language.code),
        "state": state,
        "reason": reason,
        "settled_at": ground.now if state not in ("queued", "by_hand") else None,
        "picture_id": None,
    } | own
