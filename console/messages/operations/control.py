"""Pausing, going on, stopping: what a person may do to what is being sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import CursorResult, ScalarSelect, case, func, select, tuple_, update
from sqlalchemy.orm import Session

from console import live
from console.errors import NotAllowed, NotFound, WrongState
from console.messages import carried, queries, rules, schedule
from console.messages.models import Broadcast, Delivery, Message, Round
from console.messages.operations import answers
from console.people.models import Person
from console.people.rules import Permission, may
from console.timeline.operations import record

UNSENT = frozenset(
    {rules.BroadcastState.STOPPED, rules.BroadcastState.VOID, rules.BroadcastState.STALE}
)
"""How a broadcast ends before anything of it went out."""
CORRECTION_UNSENT = "correction_unsent"
"""Why a text that replaces ends whose correction never went out."""


def settle(
    session: Session,
    broadcast: Broadcast,
    state: rules.BroadcastState,
    now: datetime,
    reason: str,
    person_id: int | None = None,
) -> None:
    """Move a broadcast along its table, with its timeline entry. A correction that ends before it
    went out is a draft again, and so is the text that replaces what it corrects.

    Raises:
        WrongState: the table doesn't allow the move.
    """
    if not rules.may_move(rules.BROADCAST_MOVES, broadcast.state, state):
        raise WrongState(_("Utsändningen har redan avslutats."))
    unsent = broadcast.state == rules.BroadcastState.WAITING and state in UNSENT
    broadcast.state = state
    broadcast.state_at = now
    broadcast.state_reason = reason
    if state not in rules.ACTIVE:
        broadcast.next_due = None
    message = broadcast.message
    if unsent and (message.corrects_id is not None or message.prepared_with_id is not None):
        # What is wrong stays stopped and struck until it is put right: that goes on being written.
        message.state = rules.MessageState.DRAFT
        _end_replacing(session, message, state, now, reason, person_id)
    record(
        session,
        f"broadcast:{state}",
        body={"broadcast": broadcast.id, "message": broadcast.message_id, "reason": reason},
        now=now,
        incident_id=broadcast.incident_id,
        person_id=person_id,
    )
    live.announce(session, live.incident_topic(broadcast.incident_id), live.WORK, live.SITE)


def _end_replacing(
    session: Session,
    correction: Message,
    state: rules.BroadcastState,
    now: datetime,
    reason: str,
    person_id: int | None,
) -> None:
    """What replaces was approved to go out after its correction, and nobody said yes to it alone.
    At once: the correction may be written anew and be out before this one's time comes."""
    if reason not in ("withdrawn", "stop_all"):
        state, reason = rules.BroadcastState.VOID, CORRECTION_UNSENT
    for broadcast in session.scalars(
        select(Broadcast)
        .join(Message, Message.id == Broadcast.message_id)
        .where(
            Message.prepared_with_id == correction.id,
            Broadcast.state == rules.BroadcastState.WAITING,
        )
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ).all():
        settle(session, broadcast, state, now, reason, person_id)


def hold_with_replacing(session: Session, message_id: int | ScalarSelect[int]) -> None:
    """Hold what is sent of a message, and of the text that goes out after it, in the order in which
    the tick and *Stoppa allt* take them: none waits for another that waits for it."""
    replacing = select(Message.id).where(Message.prepared_with_id == message_id)
    session.scalars(
        select(Broadcast.id)
        .where((Broadcast.message_id == message_id) | Broadcast.message_id.in_(replacing))
        .order_by(Broadcast.id)
        .with_for_update()
    ).all()


def end_unstarted(
    session: Session, broadcast_id: int, state: rules.DeliveryState, reason: str, now: datetime
) -> int:
    """Settle every delivery of a broadcast that hasn't started; returns how many there were.

    One whose earlier attempt went unanswered may be out: it becomes unknown, whatever was asked,
    and is looked for.
    """
    mine = (Delivery.broadcast_id == broadcast_id) & Delivery.state.in_(rules.UNSTARTED)
    # In one order, so that two who stop at once wait for each other instead of locking up.
    session.scalars(select(Delivery.id).where(mine).order_by(Delivery.id).with_for_update()).all()
    session.execute(
        update(Delivery)
        .where(mine, Delivery.maybe_out)
        .values(
            state=rules.DeliveryState.UNKNOWN,
            token=None,
            settled_at=now,
            look_at=case((Delivery.act == rules.Act.POST, now)),
        )
    )
    ended = session.execute(
        update(Delivery)
        .where(mine, ~Delivery.maybe_out)
        .values(state=state, reason=reason, token=None, settled_at=now)
    )
    return cast("CursorResult[Any]", ended).rowcount


def end_by_hand(session: Session, broadcast_id: int, reason: str, now: datetime) -> None:
    """Close open by-hand tasks of a broadcast: their text no longer stands."""
    session.execute(
        update(Delivery)
        .where(Delivery.broadcast_id == broadcast_id, Delivery.state == "by_hand")
        .values(state=rules.DeliveryState.STOPPED, reason=reason, settled_at=now)
    )


def pause_running(
    session: Session, actor: Person, incident_id: int, now: datetime, reason: str
) -> Broadcast | None:
    """Pause what repeats: no further round, no further start. None if nothing ran."""
    broadcast = queries.running(session, incident_id)
    if broadcast is None or broadcast.state == rules.BroadcastState.PAUSED:
        return broadcast
    session.refresh(broadcast, with_for_update={"of": Broadcast})
    settle(session, broadcast, rules.BroadcastState.PAUSED, now, reason, actor.id)
    return broadcast


def resume_paused(session: Session, actor: Person, incident_id: int, now: datetime) -> None:
    """Let a paused broadcast go on at its own times; what fell due meanwhile counts as missed."""
    broadcast = queries.running(session, incident_id)
    if broadcast is None or broadcast.state != rules.BroadcastState.PAUSED:
        return
    session.refresh(broadcast, with_for_update={"of": Broadcast})
    if broadcast.promise_at is not None and broadcast.promise_at <= now:
        settle(session, broadcast, rules.BroadcastState.STALE, now, "promise", actor.id)
        return
    settle(session, broadcast, rules.BroadcastState.RUNNING, now, "resumed", actor.id)


def go_on_after(session: Session, incident_id: int, now: datetime) -> None:
    """When a correction goes out: what it paused goes on, unless that is known to be wrong."""
    broadcast = queries.running(session, incident_id)
    if (
        broadcast is not None
        and broadcast.state == rules.BroadcastState.PAUSED
        and broadcast.state_reason == "correction"
        and _may_go_on(session, broadcast)
    ):
        settle(session, broadcast, rules.BroadcastState.RUNNING, now, "correction_out")


def go_on_without(session: Session, actor: Person, incident_id: int, now: datetime) -> None:
    """When a correction is taken back: what it paused goes on, unless another is being written."""
    broadcast = queries.running(session, incident_id)
    if (
        broadcast is not None
        and broadcast.state_reason in ("correction", "fault")
        and _may_go_on(session, broadcast)
    ):
        resume_paused(session, actor, incident_id, now)


def _may_go_on(session: Session, broadcast: Broadcast) -> bool:
    if corrections_begun(session, broadcast.message.incident.id):
        return False
    if corrected(session, broadcast):
        # No correction is being written any more: it waits for the text that replaces it.
        broadcast.state_reason = "fault"
        return False
    return True


def corrections_begun(session: Session, incident_id: int) -> bool:
    """Is there a correction that hasn't gone out?"""
    begun = select(Message.id).where(
        Message.incident_id == incident_id,
        Message.type == rules.MessageType.CORRECTION,
        Message.state.in_((*rules.EDITABLE, "approved")),
    )
    return session.scalar(begun.limit(1)) is not None


def corrected(session: Session, broadcast: Broadcast) -> bool:
    """Has a correction gone out since, of this text or of a sentence that it says too?"""
    wrong = select(Message).where(
        Message.incident_id == broadcast.incident_id,
        Message.corrects_id.is_not(None),
        tuple_(Message.record_year, Message.record_number)
        > tuple_(broadcast.message.record_year, broadcast.message.record_number),
    )
    return any(
        broadcast.message_id
        in carried.messages(session, one.corrects_id or 0, str(one.fields.get("wrong") or ""))
        for one in session.scalars(wrong).all()
    )


def pause(session: Session, actor: Person, broadcast_id: int, now: datetime) -> Broadcast:
    """Pause on request.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    broadcast = _mine_to_stop(session, actor, broadcast_id)
    settle(session, broadcast, rules.BroadcastState.PAUSED, now, "paused", actor.id)
    return broadcast


def resume(session: Session, actor: Person, broadcast_id: int, now: datetime) -> Broadcast:
    """Go on after a pause, unless a correction is being written.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    broadcast = _mine_to_stop(session, actor, broadcast_id)
    if broadcast.state != rules.BroadcastState.PAUSED:
        raise WrongState(_("Utsändningen är inte pausad."))
    if corrections_begun(session, broadcast.message.incident.id):
        raise WrongState(_("En rättelse pågår. Skicka den eller ta tillbaka den först."))
    if corrected(session, broadcast):
        raise WrongState(
            _("Texten är rättad och får inte upprepas. Skriv en ny text som ersätter den.")
        )
    resume_paused(session, actor, broadcast.message.incident.id, now)
    return broadcast


def stop(session: Session, actor: Person, broadcast_id: int, now: datetime) -> int:
    """Stop one broadcast for good; with a correction that hasn't gone out, the text that replaces.
    Returns how many posts were already under way.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    mine = select(Broadcast.message_id).where(Broadcast.id == broadcast_id)
    hold_with_replacing(session, mine.scalar_subquery())
    broadcast = _mine_to_stop(session, actor, broadcast_id)
    return _stop(session, broadcast, actor, now, "stopped")


def stop_all(session: Session, actor: Person, incident_id: int, now: datetime) -> int:
    """Stoppa allt: every broadcast of the event, waiting ones too. Returns how many posts were
    already under way; it is no error if nothing was being sent.

    Raises:
        NotAllowed.
    """
    _need_stop(actor)
    broadcasts = session.scalars(
        select(Broadcast)
        .where(Broadcast.incident_id == incident_id)
        .where(Broadcast.state.in_(rules.ACTIVE) | Broadcast.id.in_(_delivering(incident_id)))
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ).all()
    under_way = sum(_stop(session, one, actor, now, "stop_all") for one in broadcasts)
    record(
        session,
        "incident:all_stopped",
        body={"broadcasts": [one.id for one in broadcasts], "under_way": under_way},
        now=now,
        incident_id=incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(incident_id), live.WORK, live.SITE)
    return under_way


def void_unsent(session: Session, message: Message, now: datetime) -> None:
    """Take back an approved broadcast whose first round hasn't been written."""
    for broadcast in session.scalars(
        select(Broadcast)
        .where(Broadcast.message_id == message.id, Broadcast.state == "waiting")
        .with_for_update(of=Broadcast)
    ):
        settle(session, broadcast, rules.BroadcastState.VOID, now, "withdrawn")


def missed(
    session: Session, broadcast: Broadcast, first: int, last: int, now: datetime, number: int
) -> int:
    """Record rounds `first`–`last` as missed, numbered on from `number`; returns the last number.

    They are never caught up with: the newest goes out, these only stand on the record.
    """
    rows = [
        Round(
            broadcast_id=broadcast.id,
            incident_id=broadcast.incident_id,
            n=n,
            number=number + 1 + n - first,
            due_at=schedule.due(broadcast.anchor, broadcast.interval_seconds, n),
            state="missed",
            at=now,
        )
        for n in range(first, last + 1)
    ]
    session.add_all(rows)
    if rows:
        record(
            session,
            "round:missed",
            body={
                "broadcast": broadcast.id,
                "rounds": [first, last],
                "numbers": [rows[0].number, rows[-1].number],
                "due": [rows[0].due_at, rows[-1].due_at],
            },
            now=now,
            incident_id=broadcast.incident_id,
        )
    return number + len(rows)


def _delivering(incident_id: int) -> Any:
    """Ids of broadcasts that have settled but still have posts waiting or under way."""
    return (
        select(Delivery.broadcast_id)
        .where(
            Delivery.incident_id == incident_id,
            Delivery.state.in_((*rules.UNSTARTED, "started", "by_hand")),
        )
        .distinct()
    )


def silence(
    session: Session, broadcast: Broadcast, actor: Person, now: datetime, reason: str
) -> int:
    """Let nothing more of a broadcast, held by the caller, go out. Returns how many of its posts
    hadn't started."""
    if broadcast.state in rules.ACTIVE:
        settle(session, broadcast, rules.BroadcastState.STOPPED, now, reason, actor.id)
    elif broadcast.state == rules.BroadcastState.DONE:
        # What is under way of its last round, and comes back unsent, is not tried again.
        broadcast.state_reason = reason
    stopped = end_unstarted(session, broadcast.id, rules.DeliveryState.STOPPED, reason, now)
    end_by_hand(session, broadcast.id, reason, now)
    return stopped


def _stop(session: Session, broadcast: Broadcast, actor: Person, now: datetime, reason: str) -> int:
    stopped = silence(session, broadcast, actor, now, reason)
    answers.give(session, broadcast, answers.STOPPED, now, actor.id)
    under_way: int = session.scalars(
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.broadcast_id == broadcast.id, Delivery.state == "started")
    ).one()
    record(
        session,
        "broadcast:halted",
        body={"broadcast": broadcast.id, "stopped": stopped, "under_way": under_way},
        now=now,
        incident_id=broadcast.incident_id,
        person_id=actor.id,
    )
    return under_way


def _need_stop(actor: Person) -> None:
    if not actor.active or not may(actor.roles, Permission.STOP_BROADCAST):
        raise NotAllowed(_("Bara informationsenheten och beslutsfattare kan stoppa."))


def _mine_to_stop(session: Session, actor: Person, broadcast_id: int) -> Broadcast:
    _need_stop(actor)
    # Looked at anew once it is held: it may have begun, or ended, since its page read it.
    broadcast = session.scalar(
        select(Broadcast)
        .where(Broadcast.id == broadcast_id)
        .with_for_update(of=Broadcast)
        .execution_options(populate_existing=True)
    )
    if broadcast is None or broadcast.incident_id is None:
        raise NotFound(_("Utsändningen finns inte."))
    return broadcast
