"""A correction's rows: an edit of every post that carried the error, or one text where none can be.

Each post of every round is corrected once. Where the channel edits, it gets its own edit, newest
first; else its account gets one text in its language, linked to the newest such post. What isn't
known to be out on an editing channel waits: `late` corrects it when it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from console import live
from console.errors import WrongState
from console.incidents.models import Incident
from console.messages import carried, envelope, queries, rendering, rules, schedule, wording
from console.messages.carried import Root
from console.messages.models import Broadcast, Delivery, Message, Round
from console.messages.operations.rows import (
    Ground,
    Language,
    place,
    post,
    prepare,
    spoken,
    values,
    with_pictures,
)
from console.messages.targets import Aim
from console.timeline.operations import record


@dataclass(frozen=True)
class _Words:
    wrong: str
    right: str
    thanks: str


def rows(session: Session, ground: Ground, *, late: bool = False) -> list[dict[str, Any]]:
    """What a correction's round holds.

    Args:
        late: only posts that have no row yet; accounts without any are left as they are.
    """
    frozen = ground.frozen
    assert frozen.corrects is not None
    found: dict[tuple[int, str], list[Root]] = {}
    for root in carried.roots(
        session,
        ground.broadcast.message_id,
        frozen.corrects,
        frozen.texts["wrong"],
        without=carried.covered(ground.broadcast.message_id),
    ):
        found.setdefault((root.account_id, root.language), []).append(root)
    made = [
        row
        for target in frozen.targets
        for language in ground.languages
        if spoken(target, language)
        for row in _of_account(
            ground, target, language, found.get((target.account_id, language.code), []), late=late
        )
    ]
    _supersede(session, ground, [row["edits_id"] for row in made if row["edits_id"]])
    return made


def _of_account(
    ground: Ground, target: envelope.Target, language: Language, mine: list[Root], *, late: bool
) -> Iterator[dict[str, Any]]:
    if not mine:
        if not late:
            never = rules.DeliveryState.NOT_REPEATED
            yield post(ground, target, language) | {
                "state": never, "reason": "never_carried", "settled_at": ground.now,
            }  # fmt: skip
        return
    where, state, reason = place(ground, target)
    if where is None or not where.edits or any(root.pictured for root in mine):
        # A picture can't be edited, and the error stands in it too: a new post, with a new card.
        yield _text(ground, target, language, mine)
        return
    texts = [_edited(ground, language, root) for root in mine]
    if any(where.limit.over(text) for text, _struck in texts):
        yield _text(ground, target, language, mine)
        return
    for root, (text, struck) in zip(mine, texts, strict=True):
        if root.landed:
            yield _edit(ground, target, language, root, where, state, reason, text, struck)


def _text(
    ground: Ground, target: envelope.Target, language: Language, mine: list[Root]
) -> dict[str, Any]:
    """One text for an account, naming its newest post that has an address."""
    row = post(ground, target, language)
    link = next((root.remote_link for root in mine if root.remote_link), None)
    if link is not None:
        # The exercise wall names its posts by path alone.
        original = wording.original(urljoin(language.link, link), language.code)
        if len(original) <= len(wording.LONGEST_ORIGINAL):
            word = wording.next_word(ground.broadcast.promise_at, ground.row.due_at, language.code)
            parts = language.renditions[target.rendition]
            row["content"] = rendering.fill(parts, row["marker"], word, original=original)
    return row


def _edit(
    ground: Ground,
    target: envelope.Target,
    language: Language,
    root: Root,
    where: Aim,
    state: rules.DeliveryState,
    reason: str,
    text: str,
    struck: tuple[str, ...],
) -> dict[str, Any]:
    if state != rules.DeliveryState.REFUSED and root.fingerprint != where.fingerprint:
        # The account points elsewhere since: there may be somebody else's post with that id.
        state, reason = rules.DeliveryState.REFUSED, "target_changed"
    elif state == rules.DeliveryState.QUEUED and root.remote_id is None:
        # A person has said that it is out, and only a person can find it.
        state = rules.DeliveryState.BY_HAND
    key = f"{ground.frozen.slug}-{ground.row.id}-edit-{root.id}"
    return values(
        ground,
        target,
        language,
        where,
        state,
        reason,
        text,
        act=rules.Act.EDIT,
        edits_id=root.id,
        struck=list(struck),
        leading=False,
        # The whole new text: an attempt without an answer is made again, wherever it is.
        keyed=True,
        idempotency_key=key,
    )


def _edited(ground: Ground, language: Language, root: Root) -> tuple[str, tuple[str, ...]]:
    words = _words(language)
    text, struck = wording.edited(
        root.content, words.wrong, words.right, words.thanks, ground.row.due_at, language.code
    )
    return text, (*root.struck, *struck)


def _words(language: Language) -> _Words:
    texts = language.texts
    right = texts.get("right" if language.code == "sv" else "body", "")
    return _Words(texts.get("wrong", ""), right, texts.get("thanks", ""))


def _supersede(session: Session, ground: Ground, edited: list[int]) -> None:
    """An earlier correction's edit that hasn't been made says less than the new one: it never
    comes after it."""
    if edited:
        session.execute(
            update(Delivery)
            .where(
                Delivery.edits_id.in_(edited),
                Delivery.message_id != ground.broadcast.message_id,
                Delivery.state.in_((*rules.UNSTARTED, "by_hand")),
            )
            .values(
                state=rules.DeliveryState.EXPIRED,
                reason="newer_text",
                token=None,
                settled_at=ground.now,
            )
        )


def late(session: Session, now: datetime) -> int:
    """Correct the posts that turned out to be there after their correction had gone out: an answer
    that came late, a person who found it, a language approved later. Returns the rows written.
    """
    corrections = session.execute(
        select(Broadcast, Round)
        .join(Message, Message.id == Broadcast.message_id)
        .join(Round, Round.broadcast_id == Broadcast.id)
        .join(Incident, Incident.id == Message.incident_id)
        .where(
            Message.corrects_id.is_not(None),
            Message.state.in_(("out", "over")),
            Broadcast.state == rules.BroadcastState.DONE,
            Broadcast.state_reason == "finished",
            Round.state == "written",
            Incident.state == "open",
        )
        .order_by(Broadcast.id)
    ).all()
    if not corrections or not session.scalar(
        select(func.pg_try_advisory_xact_lock(queries.TICK_LOCK))
    ):
        return 0
    return sum(_late_of(session, broadcast, row, now) for broadcast, row in corrections)


def _late_of(session: Session, broadcast: Broadcast, row: Round, now: datetime) -> int:
    try:
        frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
    except WrongState:
        return 0  # not what was approved: nothing is sent of it
    if not carried.roots(
        session,
        broadcast.message_id,
        frozen.corrects or 0,
        frozen.texts["wrong"],
        without=carried.covered(broadcast.message_id),
    ):
        return 0
    made = rows(session, prepare(session, broadcast, frozen, row, now), late=True)
    if not made:
        return 0
    row.expires_at = max(row.expires_at or now, now + schedule.LONGEST_LIFE)
    with_pictures(session, made, row, now)
    waiting = {
        (one.account_id, one.language): one
        for one in session.scalars(
            select(Delivery).where(
                Delivery.round_id == row.id,
                Delivery.state == rules.DeliveryState.NOT_REPEATED,
            )
        )
    }
    fresh = []
    for one in made:
        there = waiting.get((one["account_id"], one["language"]))
        if there is None or one["act"] != rules.Act.POST:
            fresh.append(one)
            continue
        for name, value in one.items():
            setattr(there, name, value)
    if fresh:
        session.execute(insert(Delivery), fresh)
    session.flush()
    record(
        session,
        "correction:extended",
        body={
            "message": broadcast.message_id,
            "round": row.id,
            "posts": len(made),
            "accounts": sorted({one["account_id"] for one in made}),
        },
        now=now,
        incident_id=broadcast.incident_id,
    )
    live.announce(session, live.WORK, live.incident_topic(broadcast.incident_id))
    return len(made)
