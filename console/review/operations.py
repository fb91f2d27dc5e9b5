"""Asking for an export of an event's timeline, writing it, and taking it away again."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.errors import NotAllowed
from console.incidents.models import Incident
from console.people.models import Person
from console.people.rules import Permission, may
from console.review.models import TimelineExport
from console.review.rules import KEPT, LEASE, MOST_ATTEMPTS, OPEN, ExportState, Trouble
from console.timeline.operations import record


def ask(
    session: Session,
    actor: Person,
    incident: Incident,
    now: datetime,
    *,
    masked: bool,
    whole: bool = False,
) -> TimelineExport:
    """Ask for an export. One that is being made already is the answer to a second press.

    Args:
        whole: of an event that is closed, with its end: one that may have been begun before is
            begun anew.

    Raises:
        NotAllowed.
    """
    if not actor.active or not may(actor.roles, Permission.EXPORT_TIMELINE):
        raise NotAllowed(_("Din roll får inte exportera tidslinjen."))
    # Two presses at the same moment meet here.
    session.execute(select(Incident.id).where(Incident.id == incident.id).with_for_update())
    under_way = session.scalar(
        select(TimelineExport).where(
            TimelineExport.incident_id == incident.id,
            TimelineExport.masked.is_(masked),
            TimelineExport.state.in_(OPEN),
        )
    )
    if under_way is not None:
        closed = incident.closed_at
        if whole and closed is not None and under_way.asked_at < closed:
            # Whoever writes it has lost it, and finds that out at the next sign of life.
            under_way.state, under_way.token, under_way.attempts = ExportState.QUEUED, None, 0
            live.announce(session, live.WORK)
        return under_way
    export = TimelineExport(
        incident_id=incident.id,
        masked=masked,
        asked_at=now,
        asked_by_id=actor.id,
        state=ExportState.QUEUED,
    )
    session.add(export)
    session.flush()
    record(
        session,
        "export:asked",
        body={"export": export.id, "masked": masked},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
    )
    live.announce(session, live.WORK)
    return export


def claim(session: Session, now: datetime) -> TimelineExport | None:
    """The next export to write, now this caller's: the oldest that waits or whose writer is lost.

    One that has been begun three times fails instead.
    """
    for row in session.scalars(
        select(TimelineExport)
        .where(
            (TimelineExport.state == ExportState.QUEUED)
            | (TimelineExport.state == ExportState.RUNNING) & (TimelineExport.seen_at < now - LEASE)
        )
        .order_by(TimelineExport.id)
        .with_for_update(of=TimelineExport, skip_locked=True)
    ):
        if row.attempts >= MOST_ATTEMPTS:
            _fail(session, row, Trouble.LOST, now)
            continue
        row.state, row.token, row.seen_at = ExportState.RUNNING, uuid.uuid4(), now
        row.attempts += 1
        row.done = row.total = 0
        return row
    return None


def progress(
    session: Session, export_id: int, token: uuid.UUID, done: int, total: int, now: datetime
) -> bool:
    """Say how far it has come, which is also a sign of life. False: somebody else writes it.

    Nobody is given a hint: every open board of the event would be drawn anew at each.
    """
    row = _mine(session, export_id, token)
    if row is None:
        return False
    row.done, row.total, row.seen_at = done, total, now
    return True


def finish(
    session: Session,
    export_id: int,
    token: uuid.UUID,
    now: datetime,
    *,
    file: str,
    size: int,
    sha256: str,
    entries: int,
) -> bool:
    """The file is whole. False: somebody else writes it, and this one's file is nobody's.

    Args:
        file: its name in the exports' folder; size: bytes; sha256: hex.
    """
    row = _mine(session, export_id, token)
    if row is None:
        return False
    row.state, row.settled_at, row.token = ExportState.DONE, now, None
    row.file, row.size, row.sha256, row.entries = file, size, sha256, entries
    record(
        session,
        "export:made",
        body={
            "export": row.id, "masked": row.masked, "entries": entries, "size": size,
            "sha256": sha256,
        },
        now=now,
        incident_id=row.incident_id,
    )  # fmt: skip
    return True


def fail(
    session: Session, export_id: int, token: uuid.UUID, trouble: Trouble, now: datetime
) -> None:
    """It can't be written; whoever asked sees why."""
    row = _mine(session, export_id, token)
    if row is not None:
        _fail(session, row, trouble, now)


def remove_old(session: Session, now: datetime) -> list[str]:
    """Mark exports whose time is up; returns the files to delete before that is committed: once no
    row names them nobody finds them again."""
    rows = session.scalars(
        select(TimelineExport)
        .where(TimelineExport.state == ExportState.DONE, TimelineExport.settled_at < now - KEPT)
        .order_by(TimelineExport.id)
        .with_for_update(of=TimelineExport, skip_locked=True)
    ).all()
    files = []
    for row in rows:
        files.append(row.file)
        row.state, row.file = ExportState.REMOVED, ""
    return files


def kept(session: Session) -> tuple[set[str], set[int]]:
    """(files that a row names, numbers of the exports that may be written right now)"""
    row = TimelineExport
    files = session.scalars(select(row.file).where(row.file != ""))
    return set(files), set(session.scalars(select(row.id).where(row.state.in_(OPEN))))


def _mine(session: Session, export_id: int, token: uuid.UUID) -> TimelineExport | None:
    return session.scalar(
        select(TimelineExport)
        .where(TimelineExport.id == export_id, TimelineExport.token == token)
        .with_for_update(of=TimelineExport)
    )


def _fail(session: Session, row: TimelineExport, trouble: Trouble, now: datetime) -> None:
    row.state, row.settled_at, row.token, row.reason = ExportState.FAILED, now, None, trouble
    record(
        session,
        "export:failed",
        body={"export": row.id, "masked": row.masked, "reason": trouble},
        now=now,
        incident_id=row.incident_id,
    )
