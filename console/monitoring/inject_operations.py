"""Injects of an exercise's plan happen: each once, at its time, in exercises alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.incidents.exercise_models import ExerciseRun, Inject
from console.incidents.exercise_rules import InjectKind, is_late
from console.incidents.models import Incident
from console.incidents.rules import State
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import TITLE, ItemState
from console.timeline.operations import record


def happen(session: Session, inject_id: int, now: datetime) -> Inject | None:
    """Let an inject happen, unless somebody else has it, or has had it, or its exercise is over.

    One whose time has passed, as after a stop of the console, happens at once and says so.

    Returns:
        The inject; None: nothing happened.
    """
    row = session.scalar(
        select(Inject)
        .where(Inject.id == inject_id, Inject.happened_at.is_(None), Inject.due_at <= now)
        .with_for_update(of=Inject, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    incident = session.scalars(
        select(Incident).where(Incident.id == row.incident_id).with_for_update(of=Incident)
    ).one()
    if not incident.exercise or incident.state != State.OPEN:
        return None
    row.happened_at, row.late = now, is_late(now - row.due_at)
    if row.lasts is not None:
        row.until = now + timedelta(minutes=row.lasts)
    if row.kind == InjectKind.RUMOUR:
        row.item_id = _appear(session, row, now).id
    record(
        session,
        "inject:happened",
        body={
            "inject": row.id, "minute": row.minute, "kind": row.kind, "due": row.due_at,
            "late": row.late, "account": row.account_id, "absent": row.person_id,
            "lasts": row.lasts, "item": row.item_id,
        },
        now=now,
        incident_id=incident.id,
        personal={"content": row.content, "place": row.place},
    )  # fmt: skip
    live.announce(session, live.CALM)
    return row


def _appear(session: Session, row: Inject, now: datetime) -> FeedItem:
    """The rumour stands in the inbox, called a test: it starts nothing outside its exercise."""
    run = session.get_one(ExerciseRun, row.incident_id)
    item = FeedItem(
        account_id=row.account_id, guid="", title=row.place[:TITLE], content=row.content,
        content_hash="", came_at=now, sort_at=now, test=True, state=ItemState.NEW, state_at=now,
        by_id=run.attached_by_id,
    )  # fmt: skip
    session.add(item)
    session.flush()
    return item
