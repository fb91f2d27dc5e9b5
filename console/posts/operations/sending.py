"""When a post's time comes: looked at again, and written as a round of the outbox that events use.
From there claim, start and outcome are theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.accounts.rules import publishes
from console.errors import ConsoleError, NotFound, WrongState
from console.messages import envelope, rendering, schedule
from console.messages import queries as messages
from console.messages import rules as message_rules
from console.messages.models import Broadcast, Delivery, Round
from console.messages.operations import control, edits, sent
from console.messages.operations.rounds import number
from console.messages.operations.rows import Ground, Language, place, values, with_pictures
from console.people.models import Person
from console.policy.queries import live_use_is_on
from console.posts import queries, rules
from console.posts.operations.common import move, note, tended
from console.posts.operations.holding import void

THROWN = "thrown"
"""Why a by-hand task ended that nobody is to do."""


def due(session: Session, now: datetime) -> list[int]:
    """Ids of the posts' broadcasts whose time has come, earliest release first."""
    query = select(Broadcast.id).where(
        Broadcast.incident_id.is_(None), Broadcast.state == "waiting", Broadcast.next_due <= now
    )
    return list(session.scalars(query.order_by(Broadcast.released_at, Broadcast.id)))


def write_due(session: Session, broadcast_id: int, now: datetime) -> Round | None:
    """Write a post's only round.

    1. Take the tick's lock and the broadcast; leave if somebody else has either.
    2. Hold it if a lock has stood on any of its accounts since the press, if the bytes aren't those
       that were released, or if it is too late.
    3. Write the round and a row for each account, and give the message its record number (4.5-a).

    Returns:
        The round written, if any.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(messages.TICK_LOCK))):
        return None
    broadcast = session.scalar(
        select(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.state == "waiting")
        .where(Broadcast.incident_id.is_(None))
        .with_for_update(of=Broadcast, skip_locked=True)
    )
    if broadcast is None or broadcast.next_due is None or broadcast.next_due > now:
        return None
    accounts = {one.id: one for one in queries.accounts_of(session, broadcast.message_id)}
    locks = queries.locks_since(session, accounts, broadcast.released_at)
    if locks:
        void(session, broadcast, locks, rules.Held.LOCKED, now)
        return None
    try:
        frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
    except ConsoleError:
        frozen = None
    approved = messages.approvals_given(session, broadcast.version) > 0
    if frozen is None or not approved or not live_use_is_on(session):
        void(session, broadcast, {}, rules.Held.CHANGED, now)
        return None
    if schedule.expires(broadcast.anchor, None, 1) <= now:
        void(session, broadcast, {}, rules.Held.TOO_LATE, now)
        return None
    return _write(session, broadcast, frozen, accounts, now)


def _write(
    session: Session,
    broadcast: Broadcast,
    frozen: envelope.Envelope,
    accounts: dict[int, Account],
    now: datetime,
) -> Round:
    message = broadcast.message
    row = Round(
        broadcast_id=broadcast.id,
        n=1,
        number=1,
        due_at=broadcast.anchor,
        state="written",
        at=now,
        expires_at=schedule.expires(broadcast.anchor, None, 1),
        # No website leads it: where it says something that residents need to know, its author has
        # named the page that says it already (2.3-a). There is no grace to wait for.
        released_at=now,
        release_reason="ordinary",
    )
    session.add(row)
    session.flush()
    number(session, message, now)
    move(message, rules.State.OUT)
    control.settle(session, broadcast, message_rules.BroadcastState.DONE, now, "finished")
    swedish = Language("sv", frozen.texts, frozen.renditions, frozen.link)
    usable = {one.id for one in accounts.values() if publishes(one.state)}
    ground = Ground(broadcast, frozen, row, now, (swedish,), accounts, usable)
    if frozen.corrects is None:
        rows = [_post(ground, target, swedish) for target in frozen.targets]
    else:
        rows = _correction(session, ground)
    session.execute(insert(Delivery), rows)
    sent.keep(session, rows, now)
    note(
        session, "written", message, None, now,
        round=row.id, content_hash=broadcast.content_hash, record=message.record,
        deliveries={str(one["account_id"]): str(one["state"]) for one in rows},
    )  # fmt: skip
    live.announce(session, live.CALM, live.WORK)
    return row


def _post(ground: Ground, target: envelope.Target, said: Language) -> dict[str, Any]:
    where, state, reason = place(ground, target)
    content = rendering.fill(said.renditions[target.rendition], "", "")
    key = f"post-{ground.row.id}-{target.account_id}"
    return values(
        ground, target, said, where, state, reason, content, marker="", idempotency_key=key
    )


def _correction(session: Session, ground: Ground) -> list[dict[str, Any]]:
    """What an event's correction would be, without the line that tells its rounds apart."""
    rows = edits.rows(session, ground)
    with_pictures(session, rows, ground.row, ground.now)
    return [
        one | {"marker": "", "idempotency_key": f"post{one['idempotency_key']}"} for one in rows
    ]


def drop_task(session: Session, actor: Person, delivery_id: int, now: datetime) -> Delivery:
    """Say that a text which waits to be published by hand isn't to be published after all.

    Raises:
        NotAllowed, NotFound; WrongState: it is confirmed already.
    """
    message_id = session.scalar(
        select(Delivery.message_id).where(
            Delivery.id == delivery_id, Delivery.incident_id.is_(None)
        )
    )
    if message_id is None:
        raise NotFound(_("Inlägget finns inte, eller är någon annans."))
    message = tended(session, actor, message_id)
    row = session.get_one(Delivery, delivery_id, with_for_update={"of": Delivery})
    if row.state != message_rules.DeliveryState.BY_HAND:
        raise WrongState(_("Inlägget har redan fått ett annat besked. Ladda om sidan."))
    row.state, row.reason = message_rules.DeliveryState.STOPPED, THROWN
    row.settled_at = now
    note(session, "task:dropped", message, actor, now, delivery=row.id, account=row.account_id)
    live.announce(session, live.CALM)
    return row
