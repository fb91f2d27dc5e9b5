"""Reading alarms about locked accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from console.accounts import charge
from console.accounts.coverage import today
from console.accounts.models import Account
from console.errors import NotFound
from console.incidents.models import Incident
from console.messages.models import Delivery
from console.monitoring.feed_models import FeedItem
from console.monitoring.lock_models import LockAlarm
from console.monitoring.lock_rules import AlarmState
from console.people.models import Person


def one(session: Session, incident: Incident, alarm_id: int) -> LockAlarm:
    """
    Raises:
        NotFound: the event has no such alarm.
    """
    alarm = session.get(LockAlarm, alarm_id)
    if alarm is None or alarm.incident_id != incident.id:
        raise NotFound(_("Larmet finns inte."))
    return alarm


_ASKED = select(LockAlarm.account_id).where(LockAlarm.state != AlarmState.SETTLED).correlate(None)
"""Accounts with something that waits for an answer."""


def open_ones(session: Session, incident_id: int, now: datetime) -> Sequence[Row[Any]]:
    """What waits for an answer or for being taken away, oldest first: id, kind, sure, state,
    short_name, platform, at (when the post was published), administrators (names of those who look
    after the account today, with commas; whoever is away and replaced comes last)."""
    who = charge.of(today(now), _ASKED)
    order = (who.c.answers.desc(), who.c.position, who.c.person_id)
    names = (
        select(func.string_agg(Person.name, aggregate_order_by(", ", *order)))
        .join(who, who.c.person_id == Person.id)
        .where(who.c.account_id == LockAlarm.account_id)
        .scalar_subquery()
    )
    query = (
        select(
            LockAlarm.id, LockAlarm.kind, LockAlarm.sure, LockAlarm.state, Account.short_name,
            Account.platform, FeedItem.sort_at.label("at"), FeedItem.title, FeedItem.content,
            FeedItem.state.label("item_state"), names.label("administrators"),
        )
        .join(Account, Account.id == LockAlarm.account_id)
        .join(FeedItem, FeedItem.id == LockAlarm.item_id)
        .where(LockAlarm.incident_id == incident_id, LockAlarm.state != AlarmState.SETTLED)
    )  # fmt: skip
    return session.execute(query.order_by(LockAlarm.id)).all()


def approved_text(session: Session, alarm: LockAlarm) -> str:
    """Of a post of ours, what it is to say: as sent, or as the console last changed it; "": it is
    none of ours."""
    post = alarm.item.delivery_id
    if post is None:
        return ""
    query = select(Delivery.content).where(
        (Delivery.id == post)
        | ((Delivery.edits_id == post) & Delivery.state.in_(("sent", "confirmed")))
    )
    return session.scalars(query.order_by(Delivery.id.desc()).limit(1)).one()
