"""The board's small zone about the staff's own work: the first hour's next point, and the shift."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import get_locale

from console.board.queries_staff import Point, StaffFacts
from console.board.staff_model import FirstHourRow, ShiftRow, StaffView
from console.incidents.models import Incident
from console.people.rules import Permission
from console.policy.values import FirstHourItem

LATE_SHOWN = 3
"""Late points named; the rest are counted."""


def view(
    incident: Incident, facts: StaffFacts, allowed: frozenset[Permission], now: datetime
) -> StaffView | None:
    """None once the event is closed."""
    if incident.state != "open":
        return None
    late = [point for point in facts.points if point.late(now)]
    coming = [p for p in facts.points if p.done_at is None and not p.late(now)]
    shown = [*late[:LATE_SHOWN], *coming[:1]]
    ticks = Permission.TICK_FIRST_HOUR in allowed
    return StaffView(
        done=sum(point.done_at is not None for point in facts.points),
        total=len(facts.points),
        rows=tuple(_row(incident, point, ticks, now) for point in shown),
        rest=len(late) - len(late[:LATE_SHOWN]),
        shifts=tuple(
            ShiftRow(
                key=f"shift-{shift.role}",
                role=shift.label,
                holder=shift.holder.name if shift.holder is not None else "",
                receiver=shift.offered.receiver.name if shift.offered is not None else "",
                url=url_for("handovers.show", slug=incident.slug, handover_id=shift.offered.id)
                if shift.offered is not None
                else "",
            )
            for shift in facts.shifts
        ),
        url=url_for("staff.show", slug=incident.slug),
    )


def said(item: FirstHourItem) -> str:
    """A point in the reader's language."""
    return item.sv if str(get_locale() or "sv") == "sv" else item.en


def _row(incident: Incident, point: Point, ticks: bool, now: datetime) -> FirstHourRow:
    url = ""
    if ticks and not point.by_fact:
        url = url_for("staff.tick", slug=incident.slug, key=point.item.key)
    key = f"first-hour-{point.item.key}"
    return FirstHourRow(key, said(point.item), point.due, point.late(now), point.by_fact, url)
