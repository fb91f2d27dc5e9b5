"""Reads over messages, what applies and who carries it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.approvals.models import Approval
from console.errors import NotFound
from console.incidents.models import Incident, IncidentAccount, Lock
from console.messages import rules
from console.messages.envelope import Envelope
from console.messages.models import (
    Broadcast,
    Delivery,
    FaultMark,
    Instruction,
    Message,
    Removal,
    Round,
    Version,
)
from console.messages.process_models import FRESH, Heartbeat
from console.messages.rendering import Standing

TICK_LOCK = 7236420
"""Advisory lock that a tick's writing transaction takes: one decides at a time."""
VERSION_SUBJECT = "message_version"
"""What an approval of a version is an approval of."""


def publishing_accounts(session: Session, incident: Incident) -> list[Account]:
    """The accounts the event publishes on: chosen, active, and locked by this event."""
    return list(
        session.scalars(
            select(Account)
            .join(IncidentAccount, IncidentAccount.account_id == Account.id)
            .join(
                Lock,
                (Lock.account_id == Account.id)
                & (Lock.incident_id == incident.id)
                & Lock.released_at.is_(None),
            )
            .where(
                IncidentAccount.incident_id == incident.id,
                IncidentAccount.use == "publish",
                Account.state == "active",
            )
            .order_by(Account.position, Account.id)
        )
    )


def standing(session: Session, incident_id: int | None) -> list[Standing]:
    """What applies now in an event, oldest first; without one nothing does."""
    rows = session.scalars(
        select(Instruction)
        .where(Instruction.incident_id == incident_id, Instruction.ended_at.is_(None))
        .order_by(Instruction.since, Instruction.id)
    )
    return [Standing(row.message_id, row.headline, row.area, row.detail) for row in rows]


def states_what_applies(session: Session, frozen: Envelope) -> bool:
    """Does every instruction that a running text states, and no other, still stand?"""
    stated = {one.id for one in frozen.standing}
    if frozen.texts.get("instruction"):
        stated.add(frozen.message_id)
    return stated == {one.id for one in standing(session, frozen.incident_id)}


def open_mark(session: Session, message_id: int) -> FaultMark | None:
    """The *Fel ute* that was pressed on a message and is neither mended nor taken back."""
    return session.scalar(
        select(FaultMark).where(
            FaultMark.message_id == message_id,
            FaultMark.withdrawn_at.is_(None),
            FaultMark.closed_at.is_(None),
        )
    )


def mark_of(session: Session, correction_id: int) -> FaultMark | None:
    """The press that opened a correction."""
    return session.scalar(select(FaultMark).where(FaultMark.correction_id == correction_id))


def running(session: Session, incident_id: int | None) -> Broadcast | None:
    """The event's repeating broadcast, running or paused; without one nothing repeats."""
    return session.scalar(
        select(Broadcast).where(
            Broadcast.incident_id == incident_id,
            Broadcast.repeating,
            Broadcast.state.in_(("running", "paused")),
        )
    )


def words(session: Session, incident_id: int) -> list[rules.Word]:
    """What is out of an event, as far as promises go."""
    rows = session.execute(
        select(
            Broadcast.id, Message.type, Broadcast.anchor, Broadcast.still_at,
            Broadcast.promise_at, Broadcast.state,
        )
        .join(Message, Message.id == Broadcast.message_id)
        .where(Broadcast.incident_id == incident_id, went_out())
    )  # fmt: skip
    return [
        rules.Word(
            row.id, row.type, row.still_at or row.anchor, row.promise_at, row.state in rules.ACTIVE
        )
        for row in rows
    ]


def active_broadcasts(session: Session, incident_id: int) -> Sequence[Broadcast]:
    return session.scalars(
        select(Broadcast)
        .where(Broadcast.incident_id == incident_id, Broadcast.state.in_(rules.ACTIVE))
        .order_by(Broadcast.released_at, Broadcast.id)
    ).all()


def waiting_version(session: Session, message_id: int) -> Version | None:
    """The version of a message that waits for approval."""
    return session.scalar(
        select(Version).where(Version.message_id == message_id, Version.state == "waiting")
    )


def has_round_left(session: Session, version: Version) -> bool:
    """May a version go out once more: is it waiting for approval, or still being sent?"""
    if version.state == "waiting":
        return True
    query = select(Broadcast.id).where(
        Broadcast.version_id == version.id, Broadcast.state.in_(rules.ACTIVE)
    )
    return session.scalar(query) is not None


def removed(session: Session, incident_id: int) -> frozenset[int]:
    """Messages whose posts somebody has decided to delete: their text is shown to nobody (4-i)."""
    query = select(Removal.message_id).where(
        Removal.incident_id == incident_id, Removal.state == "agreed"
    )
    return frozenset(session.scalars(query))


def latest_version(session: Session, message_id: int) -> Version:
    """The newest version of a message that has been submitted."""
    return session.scalars(
        select(Version).where(Version.message_id == message_id).order_by(Version.id.desc()).limit(1)
    ).one()


def had_a_hand(version: Version) -> frozenset[int]:
    """Ids of those who wrote, saved or submitted the text: none of them approves it."""
    message = version.message
    return frozenset({message.author_id, *message.hands, version.submitted_by_id})


def approvals_given(session: Session, version: Version) -> int:
    """How many people have approved exactly this version."""
    return session.scalars(
        select(func.count())
        .select_from(Approval)
        .where(
            Approval.subject == VERSION_SUBJECT,
            Approval.subject_id == version.id,
            Approval.content_hash == version.content_hash,
            Approval.withdrawn_at.is_(None),
        )
    ).one()


def version(session: Session, version_id: int) -> Version:
    found = session.get(Version, version_id)
    if found is None:
        raise NotFound(_("Meddelandet finns inte."))
    return found


def prepared_with(session: Session, message_id: int) -> Message | None:
    """The replacing message prepared with a correction, unless it was withdrawn."""
    return session.scalar(
        select(Message).where(Message.prepared_with_id == message_id, Message.state != "withdrawn")
    )


def awaited(session: Session, message: Message) -> Message | None:
    """The correction that a replacing message goes out after; None once that is out."""
    if message.prepared_with_id is None:
        return None
    correction = session.get_one(Message, message.prepared_with_id)
    return correction if correction.record_number is None else None


def stuck_sites(session: Session, now: datetime) -> set[str]:
    """Sites and events that a site process shows as they were, because it can't write them."""
    query = select(Heartbeat.detail).where(Heartbeat.kind == "site", Heartbeat.at > now - FRESH)
    return {name for detail in session.scalars(query) for name in detail.split()}


def went_out() -> ColumnElement[bool]:
    """Condition on Broadcast: a round of it was written. Of a correction that ended before it went
    out, and was then sent in other words, only the last sending was."""
    return exists().where(Round.broadcast_id == Broadcast.id, Round.state == "written")


def newest_broadcast(session: Session, message_id: int) -> Broadcast | None:
    """The last sending of a message: of a correction that ended before it went out there may be
    more than one."""
    return session.scalar(
        select(Broadcast)
        .where(Broadcast.message_id == message_id)
        .order_by(Broadcast.id.desc())
        .limit(1)
    )


def all_clear(session: Session, incident_id: int) -> Message | None:
    """The newest *Läget över* that has gone out and that nobody has said is wrong."""
    return session.scalar(
        select(Message)
        .where(
            Message.incident_id == incident_id,
            Message.type == rules.MessageType.ALL_CLEAR,
            Message.record_number.is_not(None),
            ~exists().where(FaultMark.message_id == Message.id, FaultMark.withdrawn_at.is_(None)),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def over_since(session: Session, incident_id: int | None, at: datetime) -> bool:
    """Has *Läget över* gone out after a moment?"""
    query = (
        select(Round.id)
        .join(Broadcast, Broadcast.id == Round.broadcast_id)
        .join(Message, Message.id == Broadcast.message_id)
        .where(
            Message.incident_id == incident_id,
            Message.type == rules.MessageType.ALL_CLEAR,
            Round.state == "written",
            Round.at > at,
        )
    )
    return session.scalar(query.limit(1)) is not None


def under_way(session: Session, incident_id: int) -> set[int]:
    """Ids of accounts on which the event has a post queued, being sent, or to be made by hand."""
    return set(
        session.scalars(
            select(Delivery.account_id)
            .where(
                Delivery.incident_id == incident_id,
                Delivery.state.in_((*rules.UNSTARTED, "started", "by_hand")),
            )
            .distinct()
        )
    )
