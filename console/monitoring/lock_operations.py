"""What people say of an alarm about a locked account."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.errors import BadInput, NotAllowed, NotFound, Stale, WrongState
from console.messages.operations.drafts import need, open_incident
from console.messages.operations.settling import may_confirm
from console.monitoring import lock_rules as rules
from console.monitoring import lock_watch
from console.monitoring.lock_models import LockAlarm
from console.monitoring.lock_rules import AlarmKind, AlarmState, Outcome
from console.people.models import Person
from console.people.rules import Permission, may


def answer(
    session: Session,
    actor: Person,
    alarm_id: int,
    incident_id: int,
    outcome: str,
    now: datetime,
    *,
    seen: str = "",
) -> LockAlarm:
    """Say whose a post is, or what has been done about it. Said twice it changes nothing.

    Args:
        outcome: a `lock_rules.Outcome` that the alarm's kind and state allow.
        seen: the post's `content_hash` as it was on the page that was pressed; "": not known.

    Raises:
        Stale: the post says something else by now; NotFound: no such alarm of the event;
        NotAllowed: neither the account's administrator nor the information unit, or only the unit
        may say this; WrongState: the event is closed, or it has been settled otherwise; BadInput:
        field `answer`.
    """
    need(actor, Permission.CONFIRM_BY_HAND)
    alarm = session.scalar(
        select(LockAlarm)
        .where(LockAlarm.id == alarm_id, LockAlarm.incident_id == incident_id)
        .with_for_update(of=LockAlarm)
        .execution_options(populate_existing=True)
    )
    if alarm is None:
        raise NotFound(_("Larmet finns inte."))
    if not may_confirm(session, actor, alarm.account_id, now):
        raise NotAllowed(_("Bara kontots administratörer och informationsenheten kan svara."))
    open_incident(session, incident_id)
    if outcome not in set(Outcome):
        raise BadInput(_("Välj ett av svaren."), field="answer")
    if outcome == Outcome.ALLOWED and not may(actor.roles, Permission.RELEASE_LOCK):
        raise NotAllowed(_("Bara informationsenheten kan låta det stå så."))
    said = (alarm.state, outcome) == (AlarmState.AROUND, Outcome.AROUND)
    if said or (alarm.state == AlarmState.SETTLED and alarm.outcome == outcome):
        return alarm
    if not rules.may_answer(alarm.kind, alarm.state, outcome):
        raise WrongState(_("Larmet har redan fått ett annat besked. Ladda om sidan."))
    session.refresh(alarm.item)  # not held: a look holds items before their alarms
    if seen and seen != alarm.item.content_hash:
        raise Stale(_("Inlägget har ändrats igen. Läs vad som står där nu, och svara sedan."))
    if outcome == Outcome.AROUND:
        alarm.state, alarm.said_at, alarm.said_by_id = AlarmState.AROUND.value, now, actor.id
        lock_watch.say(session, alarm, Outcome.AROUND, actor, now)
        return alarm
    if alarm.kind == AlarmKind.CHANGED:
        # What stands there now has been seen: only another change is news.
        alarm.item.own_hash = alarm.item.content_hash
    lock_watch.settle(session, alarm, Outcome(outcome), actor, now)
    return alarm
