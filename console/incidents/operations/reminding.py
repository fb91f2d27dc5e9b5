"""The profile's one reminder rule: what nobody has read or done is sent again, never at night.

A step comes `reminder_minutes` after the notice or the step before it, at most `reminders_most`
times; then an unread lock is passed on to the others who look after the accounts. In the quiet
hours no step is taken: it comes when they end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from channels.platforms import PLATFORMS
from console import live
from console.accounts import charge
from console.incidents import queries
from console.incidents.models import Incident, Notice
from console.incidents.operations.reaching import queue_again
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind, State
from console.policy.queries import current
from console.policy.rules import Profile, is_quiet
from console.timeline.operations import record

AT_ONCE = 200
"""Notices one look takes a step with."""


def remind_unread(session: Session, now: datetime, *, mail: bool) -> int:
    """Take every due step of unread locks. Any number of tickers may call it.

    Returns:
        How many notices took a step.
    """
    profile = current(session)
    if is_quiet(profile, now):
        return 0
    query = (
        select(Notice)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(
            queries.waits_to_be_read(now),
            Notice.passed_on_at.is_(None),
            Incident.state == State.OPEN,
            is_due(profile, now),
        )
        .order_by(Notice.id)
        .limit(AT_ONCE)
        .with_for_update(of=Notice, skip_locked=True)
    )
    due = session.scalars(query).all()
    for notice in due:
        if notice.reminders >= profile.reminders_most:
            notice.passed_on_at = now
    late = [notice for notice in due if notice.passed_on_at is not None]
    step(session, [notice for notice in due if notice.passed_on_at is None], now)
    for notice in late:
        _pass_on(session, notice, now, mail=mail)
    return len(due)


def is_due(profile: Profile, now: datetime) -> ColumnElement[bool]:
    """Has the time since a notice, or its last step, run out?"""
    since = func.greatest(Notice.made_at, Notice.stepped_at, Notice.reminded_at)
    return since <= now - timedelta(minutes=profile.reminder_minutes)


def step(
    session: Session, notices: Sequence[Notice], now: datetime, tag: str = "notice:reminded"
) -> None:
    """Send again, and write down for whom under `tag`; the caller holds the rows."""
    by_event: dict[int, list[Notice]] = {}
    for notice in notices:
        notice.reminders += 1
        notice.stepped_at = now
        by_event.setdefault(notice.incident_id, []).append(notice)
    for incident_id, theirs in by_event.items():
        again = queue_again(session, theirs, now)
        if again:
            body = {"notices": [{"notice": n.id, "person": n.person_id} for n in again]}
            record(session, tag, body=body, now=now, incident_id=incident_id)
        live.announce(session, live.incident_topic(incident_id))


def _pass_on(session: Session, notice: Notice, now: datetime, *, mail: bool) -> None:
    """Tell the others who look after the accounts that are still locked whom it concerns."""
    incident = queries.by_id(session, notice.incident_id)
    locked = {lock.account_id for lock in queries.active_locks(session, incident.id)}
    accounts = [a for a in queries.accounts_of(session, notice) if a.id in locked]
    everybody = charge.people(session, [a.id for a in accounts], now)
    others = [person for person in everybody if person.id != notice.person_id]
    who, phone = notice.person.name, notice.person.phone
    names = ", ".join(f"{a.name} på {PLATFORMS[a.platform].name}" for a in accounts)
    ring = f"Ring {who}, {phone}" if phone else f"Sök {who}"
    tell(
        session,
        incident,
        NoticeKind.STAFF,
        f"unread {notice.id}",
        others,
        now,
        subject=f"{who} har inte läst att kontot är låst",
        text=(
            f"Låst: {names}.\n{who} har inte svarat. Du sköter också kontot.\n"
            f"{ring}, och se till att inga inlägg är på väg ut i plattformens egen app."
        ),
        path="",
        mail=mail,
    )
    record(
        session,
        "notice:passed_on",
        body={
            "notices": [{"notice": notice.id, "person": notice.person_id}],
            "to": [one.id for one in others],
        },
        now=now,
        incident_id=incident.id,
    )
    live.announce(session, live.incident_topic(incident.id))
