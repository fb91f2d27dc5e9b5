"""During an event and at its end: who leads, each account's use, closing."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import live
from console.accounts import rules as account_rules
from console.accounts.models import Account
from console.errors import BadInput, NotFound, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, IncidentAccount
from console.incidents.operations.common import (
    allow,
    held_elsewhere,
    hold_open,
    named,
    one_at_a_time,
    reason_of,
    record_for,
    use_fault,
)
from console.incidents.operations.locks import release_locks, set_locks
from console.incidents.operations.notices import notify
from console.people.models import Person
from console.people.rules import Permission

CLOSED = "event_closed"
"""Why the locks are released when the event ends; the log has its words."""


def change_stage(
    session: Session,
    actor: Person,
    incident: Incident,
    stage: str,
    now: datetime,
    reason: str = "",
) -> None:
    """The board takes over from the staff, or hands back.

    Args:
        reason: who decided and why. That the board steps back must be explained; that it takes
            over is what the law foresees, and may be.

    Raises:
        NotAllowed, WrongState (closed, or already there), BadInput (no such stage; `reason`).
    """
    allow(actor, Permission.OPEN_INCIDENT)
    hold_open(session, incident)
    if stage not in list(rules.Stage):
        raise BadInput(_("Välj stabsläge eller krisledningsnämnd."), field="stage")
    if stage == incident.stage:
        label = rules.STAGE_LABELS[rules.Stage(stage)]
        raise WrongState(_("Det är redan så: %(stage)s.", stage=label))
    why = reason_of(reason) if reason.strip() or stage == rules.Stage.STAFF else ""
    before, incident.stage, incident.stage_since = incident.stage, stage, now
    facts = {"before": before, "after": stage, "reason": why}
    record_for(session, "incident:stage:changed", incident, actor, now, **facts)
    live.announce(session, live.CALM, live.SITE)


def change_use(
    session: Session,
    actor: Person,
    incident: Incident,
    account_id: int,
    use: str,
    reason: str,
    now: datetime,
    *,
    mail: bool,
) -> IncidentAccount:
    """Decide anew about one account during the event (7-d).

    *Låt vara* releases the lock; from there, another use locks it and tells its administrators.

    Raises:
        NotAllowed, NotFound (no such account), WrongState (closed, already so), BadInput (reason
        missing, the account can't be used so, or another live event has locked it).
    """
    allow(actor, Permission.OPEN_INCIDENT)
    if use == rules.Use.LEAVE:
        allow(actor, Permission.RELEASE_LOCK)
    one_at_a_time(session)
    hold_open(session, incident)
    why = reason_of(reason)
    account = session.get(Account, account_id)
    if account is None or account.state == account_rules.State.ENDED:
        raise NotFound(_("Kontot finns inte i registret."))
    if fault := use_fault(account, use):
        raise BadInput(fault, field="use")
    choice = queries.choice_of(session, incident.id, account_id)
    if choice is None:
        # The account came into the register after the event was opened: until now, left alone.
        choice = IncidentAccount(
            incident_id=incident.id,
            account_id=account_id,
            account=account,
            use=rules.Use.LEAVE.value,
        )
        session.add(choice)
    held = any(lock.account_id == account_id for lock in queries.active_locks(session, incident.id))
    if choice.use == use and held == (use in rules.LOCKING):
        raise WrongState(_("%(name)s: det är redan så.", name=account.name))
    taken = use in rules.LOCKING and not held
    if taken and not incident.exercise and (elsewhere := held_elsewhere(session, [account])):
        raise BadInput(elsewhere[account_id], field="use")
    before, choice.use, choice.reason = choice.use, use, why
    record_for(
        session,
        "incident:account:changed",
        incident,
        actor,
        now,
        account=named(account),
        before=before,
        after=use,
        reason=why,
    )
    if taken:
        new = set_locks(session, actor, incident, [account], now)[0]
        about = f"lock:{new.id}"
        notify(session, actor, incident, rules.NoticeKind.LOCKED, about, [account], now, mail)
    elif held and use == rules.Use.LEAVE:
        _release_one(session, actor, incident, account, why, now, mail)
    live.announce(session, live.WORK)
    return choice


def release_lock(
    session: Session,
    actor: Person,
    incident: Incident,
    account_id: int,
    reason: str,
    now: datetime,
    *,
    mail: bool,
) -> IncidentAccount:
    """Give one account back to its administrators; the event then no longer publishes on it.

    Raises:
        as `change_use`; WrongState if the event doesn't hold the account.
    """
    allow(actor, Permission.RELEASE_LOCK)
    leave = rules.Use.LEAVE.value
    return change_use(session, actor, incident, account_id, leave, reason, now, mail=mail)


def close(
    session: Session, actor: Person, incident: Incident, now: datetime, *, mail: bool
) -> None:
    """End the event: every lock is released and the administrators are told.

    Whether a broadcast still runs is asked by messages, above this noun.

    Raises:
        NotAllowed, WrongState (already closed).
    """
    allow(actor, Permission.CLOSE_INCIDENT)
    one_at_a_time(session)
    hold_open(session, incident)
    _end(session, actor, incident, CLOSED, now, mail)


def break_off(
    session: Session, actor: Person, incident: Incident, now: datetime, *, mail: bool
) -> None:
    """End an exercise because something happens for real. It never becomes the real event.

    That nothing of it is sent any more is seen to by messages, above this noun.

    Raises:
        NotAllowed, WrongState (already closed, or no exercise).
    """
    allow(actor, Permission.BREAK_OFF_EXERCISE)
    one_at_a_time(session)
    hold_open(session, incident)
    if not incident.exercise:
        raise WrongState(_("Det här är ingen övning. En kris avslutas när läget är över."))
    incident.broken_off = True
    _end(session, actor, incident, _("Övningen är avbruten, skarpt läge."), now, mail)


def _end(
    session: Session, actor: Person, incident: Incident, why: str, now: datetime, mail: bool
) -> None:
    locks = queries.active_locks(session, incident.id)
    held = {lock.account_id for lock in locks}
    accounts = [c.account for c in queries.choices_of(session, incident.id) if c.account_id in held]
    incident.state = rules.State.CLOSED.value
    incident.closed_at, incident.closed_by_id = now, actor.id
    facts = {"name": incident.name, "stage": incident.stage, "broken_off": incident.broken_off}
    record_for(session, "incident:closed", incident, actor, now, **facts)
    release_locks(session, actor, incident, locks, accounts, why, now)
    kind = rules.NoticeKind.BROKEN_OFF if incident.broken_off else rules.NoticeKind.CLOSED
    notify(session, actor, incident, kind, "", accounts, now, mail)
    live.announce(session, live.CALM, live.SITE, live.WORK)


def _release_one(
    session: Session,
    actor: Person,
    incident: Incident,
    account: Account,
    why: str,
    now: datetime,
    mail: bool,
) -> None:
    locks = [k for k in queries.active_locks(session, incident.id) if k.account_id == account.id]
    release_locks(session, actor, incident, locks, [account], why, now)
    about = f"lock:{locks[0].id}"
    notify(session, actor, incident, rules.NoticeKind.RELEASED, about, [account], now, mail)
