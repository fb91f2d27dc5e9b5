"""What falls due: the decision for one broadcast, made and written in one transaction.

The ticker calls `write_due` for each broadcast that is due. Everything that was approved is looked
at again here: the bytes' hash, the event, the end, the promise and what applies.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from console import live, phrases
from console.errors import ConsoleError, WrongState
from console.incidents.models import Incident
from console.messages import envelope, queries, rules, schedule, wording
from console.messages.models import (
    Broadcast,
    Delivery,
    Instruction,
    Message,
    RecordCounter,
    Round,
)
from console.messages.operations import approve, control, marks, outbox, promises
from console.policy.queries import current as current_profile
from console.timeline.operations import record

NO_WEBSITE = "no_website"
"""Why a broadcast ends whose official website has been taken out since it was approved."""
LOOK_AGAIN = timedelta(seconds=1)
"""When to look again at a text whose correction, due by then too, hasn't gone out."""


def due_broadcasts(session: Session, now: datetime) -> list[int]:
    """Ids of events' broadcasts with a round due, earliest release first."""
    return list(
        session.scalars(
            select(Broadcast.id)
            .where(Broadcast.state.in_(("waiting", "running")), Broadcast.next_due <= now)
            .where(Broadcast.incident_id.is_not(None))
            .order_by(Broadcast.released_at, Broadcast.id)
        )
    )


def next_due(session: Session) -> datetime | None:
    """When the next round of any broadcast is due."""
    return session.scalar(
        select(func.min(Broadcast.next_due)).where(Broadcast.state.in_(("waiting", "running")))
    )


def write_due(session: Session, broadcast_id: int, now: datetime) -> Round | None:
    """Write what is due of one broadcast.

    1. Take the tick's lock and the broadcast, before its first round the event's others too; leave
       if somebody else has any of them.
    2. Look again at what was approved; what no longer holds is void.
    3. Record the rounds that were missed; they are never sent.
    4. Write the newest round, unless it is too late for it or past what was promised.

    Args:
        now: the moment of the decision (aware).

    Returns:
        The round written, if any.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(queries.TICK_LOCK))):
        return None
    broadcast = _held(session, broadcast_id)
    if broadcast is None or broadcast.next_due is None or broadcast.next_due > now:
        return None
    incident = session.scalars(
        select(Incident).where(Incident.id == broadcast.incident_id).with_for_update(of=Incident)
    ).one()
    if incident.state != "open":
        control.settle(session, broadcast, rules.BroadcastState.STOPPED, now, "event_closed")
        return None
    try:
        frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
        first = broadcast.state == rules.BroadcastState.WAITING
        if first:
            if _correction_comes(session, broadcast, now):
                return None
            approve.check_standing(session, frozen, broadcast.version)
    except ConsoleError as error:
        control.settle(session, broadcast, rules.BroadcastState.VOID, now, error.message)
        return None
    if not first and not queries.states_what_applies(session, frozen):
        # A correction changed what applies: only a replacing message may go on repeating.
        control.settle(session, broadcast, rules.BroadcastState.PAUSED, now, "standing_changed")
        return None
    if not frozen.exercise and not outbox.website_leads(session, broadcast, frozen):
        # 2.3-a: what the official website doesn't say, nobody else says.
        state = rules.BroadcastState.VOID if first else rules.BroadcastState.STOPPED
        control.settle(session, broadcast, state, now, NO_WEBSITE)
        control.end_unstarted(session, broadcast.id, rules.DeliveryState.STOPPED, NO_WEBSITE, now)
        control.end_by_hand(session, broadcast.id, NO_WEBSITE, now)
        return None
    return _write(session, broadcast, incident, frozen, now, first=first)


def _held(session: Session, broadcast_id: int) -> Broadcast | None:
    """A broadcast that sends or is about to, held; None: it no longer is, or somebody is deciding.

    A first round replaces what ran, and a person who stops everything holds the older first: who
    waited for one of them with this one held would lock up with that person.
    """
    mine = Broadcast.id == broadcast_id
    if session.scalar(select(Broadcast.state).where(mine)) == rules.BroadcastState.WAITING:
        event = select(Broadcast.incident_id).where(mine).scalar_subquery()
        mine = Broadcast.incident_id == event
    ids = set(session.scalars(select(Broadcast.id).where(mine)))
    held = {
        one.id: one
        for one in session.scalars(
            select(Broadcast).where(mine).with_for_update(of=Broadcast, skip_locked=True)
        )
    }
    broadcast = held.get(broadcast_id)
    if broadcast is None or held.keys() != ids:
        return None
    return broadcast if broadcast.state in ("waiting", "running") else None


def _correction_comes(session: Session, broadcast: Broadcast, now: datetime) -> bool:
    """Is the correction that a replacing text goes out after yet to go out? Then it waits.

    Raises:
        WrongState: it never will.
    """
    correction = queries.awaited(session, broadcast.message)
    if correction is None:
        return False
    waits = exists().where(Broadcast.message_id == correction.id, Broadcast.state == "waiting")
    if correction.state not in rules.EDITABLE and not session.scalar(select(waits)):
        raise WrongState(_("Rättelsen som texten hör till gick aldrig ut. Skriv texten på nytt."))
    broadcast.next_due = now + LOOK_AGAIN
    return True


def _write(
    session: Session,
    broadcast: Broadcast,
    incident: Incident,
    frozen: envelope.Envelope,
    now: datetime,
    *,
    first: bool,
) -> Round | None:
    anchor, interval = broadcast.anchor, broadcast.interval_seconds
    last = schedule.last_n(anchor, interval, broadcast.max_rounds, broadcast.ends_at)
    newest = _newest_due(broadcast, last, now)
    too_late = newest < 1 or schedule.expires(anchor, interval, newest) <= now
    missed_to = newest if too_late else newest - 1
    incident.last_number = control.missed(
        session, broadcast, broadcast.next_n, missed_to, now, incident.last_number
    )
    written = None
    if not too_late and newest >= broadcast.next_n:
        written = _write_round(session, broadcast, incident, frozen, newest, now, first=first)
    broadcast.next_n = max(broadcast.next_n, newest + 1)
    _plan_next(session, broadcast, last, now, went_out=written is not None or not first)
    live.announce(session, live.WORK, live.SITE, live.incident_topic(incident.id))
    return written


def _newest_due(broadcast: Broadcast, last: int | None, now: datetime) -> int:
    """The number of the newest round due by now that may go out; 0: none."""
    anchor, interval = broadcast.anchor, broadcast.interval_seconds
    newest = schedule.latest_due(anchor, interval, now)
    if last is not None:
        newest = min(newest, last)
    if broadcast.promise_at is not None:
        # What is due at or after the promise may no longer be true.
        while newest > 0 and schedule.due(anchor, interval, newest) >= broadcast.promise_at:
            newest -= 1
            if not interval:
                break
    return newest


def skip_passed(session: Session, broadcast: Broadcast, now: datetime, reason: str) -> int:
    """Record every round due by now as missed, the newest too, and plan the next on its time.

    For a broadcast that somebody else may have been sending meanwhile.

    Args:
        reason: why a broadcast ends of which no round is left, and none is known to be out.

    Returns:
        How many rounds were passed over.
    """
    last = schedule.last_n(
        broadcast.anchor, broadcast.interval_seconds, broadcast.max_rounds, broadcast.ends_at
    )
    first, newest = broadcast.next_n, _newest_due(broadcast, last, now)
    incident = session.scalars(
        select(Incident).where(Incident.id == broadcast.incident_id).with_for_update(of=Incident)
    ).one()
    incident.last_number = control.missed(
        session, broadcast, first, newest, now, incident.last_number
    )
    broadcast.next_n = max(first, newest + 1)
    waited = broadcast.state == rules.BroadcastState.WAITING
    _plan_next(session, broadcast, last, now, went_out=not waited, otherwise=reason)
    return broadcast.next_n - first


def _plan_next(
    session: Session,
    broadcast: Broadcast,
    last: int | None,
    now: datetime,
    *,
    went_out: bool,
    otherwise: str = "too_late",
) -> None:
    """Set when the next round is due, or settle the broadcast where there is none."""
    if last is not None and broadcast.next_n > last:
        state = rules.BroadcastState.DONE if went_out else rules.BroadcastState.VOID
        control.settle(session, broadcast, state, now, "finished" if went_out else otherwise)
        return
    # None before the promise: *Gäller fortfarande* lets it go on, else `stale` settles it.
    broadcast.next_due = schedule.planned(
        broadcast.anchor,
        broadcast.interval_seconds,
        broadcast.next_n,
        last,
        broadcast.promise_at,
    )


def _write_round(
    session: Session,
    broadcast: Broadcast,
    incident: Incident,
    frozen: envelope.Envelope,
    n: int,
    now: datetime,
    *,
    first: bool,
) -> Round:
    anchor, interval = broadcast.anchor, broadcast.interval_seconds
    incident.last_number += 1
    grace = schedule.grace(current_profile(session).grace_seconds, interval)
    row = Round(
        broadcast_id=broadcast.id,
        incident_id=incident.id,
        n=n,
        number=incident.last_number,
        due_at=schedule.due(anchor, interval, n),
        state="written",
        at=now,
        expires_at=schedule.expires(anchor, interval, n),
        grace_at=now + grace,
    )
    session.add(row)
    session.flush()
    if first:
        _first_round(session, broadcast, frozen, now)
    made = outbox.write(session, broadcast, frozen, row, now)
    record(
        session,
        "round:written",
        body={
            "round": row.id,
            "broadcast": broadcast.id,
            "message": broadcast.message_id,
            "content_hash": broadcast.content_hash,
            "n": n,
            "number": row.number,
            "due": row.due_at,
            "deliveries": made,
        },
        now=now,
        incident_id=incident.id,
    )
    return row


def _first_round(
    session: Session, broadcast: Broadcast, frozen: envelope.Envelope, now: datetime
) -> None:
    """What changes when a message goes out: it is numbered, replaces, and alters what applies."""
    message = broadcast.message
    number(session, message, now)
    message.state = rules.MessageState.OUT
    kind = rules.MessageType(frozen.type)
    if broadcast.repeating or kind is rules.MessageType.ALL_CLEAR:
        old = queries.running(session, message.incident.id)
        if old is not None:
            _replace(session, old, broadcast, kind, now)
        _overtake(session, broadcast, now)
    control.settle(session, broadcast, rules.BroadcastState.RUNNING, now, "first_round")
    if kind is rules.MessageType.CORRECTION:
        marks.close(session, message, now)
        session.flush()
        control.go_on_after(session, message.incident.id, now)
    promises.word_given(session, broadcast, kind, now)
    session.flush()
    for instruction in session.scalars(
        select(Instruction).where(
            Instruction.message_id.in_(frozen.ends), Instruction.ended_at.is_(None)
        )
    ):
        instruction.ended_at = now
        instruction.ended_by_id = message.id
    headline = frozen.texts.get("instruction", "")
    if headline:
        session.add(
            Instruction(
                incident_id=broadcast.incident_id,
                message_id=message.id,
                headline=phrases.sentence(headline),
                detail=frozen.texts.get("instruction_detail", ""),
                area=frozen.texts.get("area", ""),
                since=now,
            )
        )
    session.flush()


def _replace(
    session: Session,
    old: Broadcast,
    new: Broadcast,
    kind: rules.MessageType,
    now: datetime,
) -> None:
    """End what ran: unstarted posts and retries of the old text never go out after the new one."""
    session.refresh(old, with_for_update={"of": Broadcast})
    ended = kind is rules.MessageType.ALL_CLEAR
    state = rules.BroadcastState.DONE if ended else rules.BroadcastState.REPLACED
    control.settle(session, old, state, now, f"by message {new.message_id}")
    control.end_unstarted(session, old.id, rules.DeliveryState.EXPIRED, "replaced", now)
    old.message.state = rules.MessageState.OVER
    session.flush()


def _overtake(session: Session, new: Broadcast, now: datetime) -> None:
    """As `_replace`, for repeated texts whose rounds are over: a post of the last one may still be
    tried again, one whose answer was lost be looked for, and one that is out stand first."""
    for old in session.scalars(
        select(Broadcast)
        .where(
            Broadcast.incident_id == new.incident_id,
            Broadcast.repeating,
            Broadcast.state == rules.BroadcastState.DONE,
            Broadcast.state_reason == "finished",
        )
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ):
        old.state_reason = f"by message {new.message_id}"
        old.message.state = rules.MessageState.OVER
        control.end_unstarted(session, old.id, rules.DeliveryState.EXPIRED, "replaced", now)
        record(
            session,
            "broadcast:replaced",
            body={"broadcast": old.id, "message": old.message_id, "reason": old.state_reason},
            now=now,
            incident_id=old.incident_id,
        )
    session.flush()


def number(session: Session, message: Message, now: datetime) -> None:
    """Give the message its record number, once: it is a public record from now on (4.5-a)."""
    if message.record_number is not None:
        return
    year = now.astimezone(wording.STOCKHOLM).year
    statement = upsert(RecordCounter).values(year=year, last=1)
    message.record_year = year
    message.record_number = session.scalars(
        statement.on_conflict_do_update(
            index_elements=[RecordCounter.year], set_={"last": RecordCounter.last + 1}
        ).returning(RecordCounter.last)
    ).one()
    record(
        session,
        "message:numbered",
        body={"message": message.id, "record": message.record},
        now=now,
        incident_id=message.incident_id,
    )


def stale(session: Session, now: datetime) -> list[int]:
    """Stop what has passed its promise unanswered; returns the broadcasts' ids.

    Repeating something that may no longer be true is worse than silence (7-c).
    """
    settled = []
    for broadcast in session.scalars(
        select(Broadcast)
        .where(Broadcast.state.in_(rules.ACTIVE), Broadcast.promise_at <= now)
        .with_for_update(of=Broadcast, skip_locked=True)
    ):
        if broadcast.repeating:
            control.settle(session, broadcast, rules.BroadcastState.STALE, now, "promise")
            control.end_unstarted(
                session, broadcast.id, rules.DeliveryState.EXPIRED, "promise", now
            )
            settled.append(broadcast.id)
    return settled


def release_followers(session: Session, now: datetime) -> list[int]:
    """Let the other accounts go: when the website stands, or when its grace has run out.

    2.3-a: the website stands in the same release, and is still tried after the grace.

    Returns:
        Ids of rounds released now.
    """
    leading = (
        select(Delivery.state)
        .where(Delivery.round_id == Round.id, Delivery.leading)
        .correlate(Round)
    )
    settled = ~leading.where(Delivery.state != "sent").exists()
    rows = session.execute(
        select(Round, settled.label("stands"))
        .where(Round.state == "written", Round.released_at.is_(None), Round.expires_at > now)
        .where(settled | (Round.grace_at <= now))
        .with_for_update(of=Round, skip_locked=True)
    ).all()
    for row, stands in rows:
        row.released_at = now
        row.release_reason = "website" if stands else "grace"
        record(
            session,
            "round:released",
            body={"round": row.id, "number": row.number, "reason": row.release_reason},
            now=now,
            incident_id=row.incident_id,
        )
    if rows:
        live.announce(session, live.WORK, live.SITE)  # which puts pictures out
    return [row.id for row, _stands in rows]


def next_grace(session: Session, now: datetime) -> datetime | None:
    """When the next round's grace runs out."""
    return session.scalar(
        select(func.min(Round.grace_at)).where(
            Round.state == "written", Round.released_at.is_(None), Round.expires_at > now
        )
    )
