"""What becomes of a *Fel ute* once it is pressed: mended, taken back, or kept from leaking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, exists, select, update
from sqlalchemy.orm import Session

from console import live
from console.messages import carried, queries, rules
from console.messages.models import Broadcast, Delivery, FaultMark, Instruction, Message, Round
from console.messages.operations import control
from console.people.models import Person
from console.timeline.operations import record

STOPPED = "fault"
"""Reason of what *Fel ute* stopped, posts and broadcasts."""


def only_pressed(session: Session, correction: Message) -> bool:
    """Did the correction's author press the button and write nothing of it?"""
    mark = queries.mark_of(session, correction.id)
    return (
        mark is not None
        and correction.revision == 1
        and correction.author_id == correction.saved_by_id == mark.pressed_by_id
    )


def close(session: Session, correction: Message, now: datetime) -> None:
    """The correction is out: what is right stands beside what was wrong."""
    mark = queries.mark_of(session, correction.id)
    if mark is not None and mark.open:
        mark.closed_at = now


def stands_again(session: Session, message: Message) -> list[int]:
    """What a wrong *Läget över* ended applies until its correction has decided: nobody may stop
    boiling water because of it. Returns the instructions' ids."""
    if message.type != rules.MessageType.ALL_CLEAR:
        return []
    ended = session.scalars(
        select(Instruction).where(Instruction.ended_by_id == message.id).order_by(Instruction.id)
    ).all()
    for instruction in ended:
        instruction.ended_at = instruction.ended_by_id = None
    session.flush()
    return [instruction.message_id for instruction in ended]


def _ends_again(session: Session, message: Message, now: datetime) -> None:
    """*Läget över* was right after all."""
    if message.type != rules.MessageType.ALL_CLEAR:
        return
    session.execute(
        update(Instruction)
        .where(
            Instruction.message_id.in_(message.fields.get("ends") or ()),
            Instruction.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by_id=message.id)
    )


def take_back(session: Session, actor: Person, correction: Message, now: datetime) -> None:
    """Nothing was wrong after all: the mark goes, and what it stopped goes on while it may."""
    mark = queries.mark_of(session, correction.id)
    if mark is None or not mark.open:
        return
    mark.withdrawn_at = now
    mark.withdrawn_by_id = actor.id
    _ends_again(session, session.get_one(Message, mark.message_id), now)
    stopped = list(
        session.scalars(
            select(Delivery.id)
            .join(Round, Round.id == Delivery.round_id)
            .where(
                Delivery.incident_id == mark.incident_id,
                Delivery.state == rules.DeliveryState.STOPPED,
                Delivery.reason == STOPPED,
                Delivery.settled_at >= mark.pressed_at,
                Delivery.message_id.in_(_messages(session, mark)),
                (Round.expires_at > now) | (Delivery.kind == "by_hand"),
            )
            .order_by(Delivery.id)
            .with_for_update(of=Delivery)
        )
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(stopped))
        .values(
            state=case((Delivery.kind == "by_hand", "by_hand"), else_="queued"),
            reason="",
            settled_at=None,
            not_before=None,
        )
    )
    record(
        session,
        "fault:withdrawn",
        body={
            "fault": mark.id,
            "message": mark.message_id,
            "correction": correction.id,
            "go_on": len(stopped),
        },
        now=now,
        incident_id=mark.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.SITE, live.WORK, live.incident_topic(mark.incident_id))


def _messages(session: Session, mark: FaultMark) -> list[int]:
    return carried.messages(session, mark.message_id, mark.sentence)


def sweep(session: Session, now: datetime) -> int:
    """Stop what came back unsent after *Fel ute*: a post that was under way and must be tried again
    never is, also of another message that said the same. Returns how many were stopped."""
    unstarted = Delivery.state.in_(rules.UNSTARTED)
    broadcasts = set[int]()
    for mark in session.scalars(
        select(FaultMark).where(
            FaultMark.withdrawn_at.is_(None),
            exists().where(Delivery.incident_id == FaultMark.incident_id, unstarted),
        )
    ).all():
        # What went out first after the press was written in the knowledge of it.
        before = exists().where(Round.broadcast_id == Broadcast.id, Round.at <= mark.pressed_at)
        broadcasts.update(
            session.scalars(
                select(Broadcast.id).where(
                    Broadcast.message_id.in_(_messages(session, mark)),
                    (Broadcast.message_id == mark.message_id) | before,
                    exists().where(Delivery.broadcast_id == Broadcast.id, unstarted),
                )
            )
        )
    stopped = rules.DeliveryState.STOPPED
    return sum(
        control.end_unstarted(session, one, stopped, STOPPED, now) for one in sorted(broadcasts)
    )
