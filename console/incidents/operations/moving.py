"""An account that two live events want: moved from one to the other in one deliberate act."""

from __future__ import annotations

from collections.abc import Callable, Collection
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
    hold_open,
    named,
    one_at_a_time,
    reason_of,
    record_for,
    spoken,
    use_fault,
)
from console.incidents.operations.locks import release_locks, set_locks
from console.incidents.operations.notices import notify
from console.people.models import Person
from console.people.rules import Permission

UnderWay = Callable[[Session, int], Collection[int]]
"""Event → the accounts on which it has a post that is queued, being sent, or to be made by hand.
Messages, above this noun, know."""


def why_not(
    session: Session, account: Account, holder: Incident, under_way: UnderWay
) -> str | None:
    """Why an account can't leave the event that holds it just now; None: it can."""
    if account.id not in under_way(session, holder.id):
        return None
    why: str = _(
        "%(account)s: %(event)s har ett inlägg på väg ut där. Vänta tills det är framme, eller"
        " stoppa det.",
        account=spoken(account),
        event=holder.name,
    )
    return why


def move_account(
    session: Session,
    actor: Person,
    incident: Incident,
    account_id: int,
    use: str,
    reason: str,
    now: datetime,
    *,
    under_way: UnderWay,
    mail: bool,
) -> IncidentAccount:
    """Take an account that another live event holds: released there, locked here, on both
    timelines, in one transaction. Its administrators are told of the new lock.

    Raises:
        NotAllowed; NotFound: no such account; WrongState: an event is closed, this is an exercise,
        no other event holds it, or a post of that event is under way; BadInput: `use`, `reason`.
    """
    allow(actor, Permission.OPEN_INCIDENT)
    allow(actor, Permission.RELEASE_LOCK)
    one_at_a_time(session)
    hold_open(session, incident)
    why = reason_of(reason)
    account = session.get(Account, account_id)
    if account is None or account.state == account_rules.State.ENDED:
        raise NotFound(_("Kontot finns inte i registret."))
    if use not in rules.LOCKING:
        raise BadInput(_("Välj Publicera eller Bara lås."), field="use")
    if fault := use_fault(account, use):
        raise BadInput(fault, field="use")
    holder = queries.live_holders(session, [account_id]).get(account_id)
    if incident.exercise or holder is None or holder.id == incident.id:
        raise WrongState(_("Ingen annan händelse har låst %(account)s.", account=spoken(account)))
    hold_open(session, holder)
    if busy := why_not(session, account, holder, under_way):
        raise WrongState(busy)
    leave(session, actor, holder, incident, account, why, now)
    choice = queries.choice_of(session, incident.id, account_id)
    if choice is None:
        choice = IncidentAccount(incident_id=incident.id, account_id=account_id, account=account)
        session.add(choice)
    choice.use, choice.reason = use, why
    lock = set_locks(session, actor, incident, [account], now)[0]
    about = f"lock:{lock.id}"
    notify(session, actor, incident, rules.NoticeKind.LOCKED, about, [account], now, mail)
    live.announce(session, live.CALM, live.WORK)
    return choice


def leave(
    session: Session,
    actor: Person,
    holder: Incident,
    taker: Incident,
    account: Account,
    why: str,
    now: datetime,
) -> None:
    """`holder` gives the account up for `taker`, which locks it next. Judged before.

    No notice says that the account is free: it isn't.
    """
    locks = [k for k in queries.active_locks(session, holder.id) if k.account_id == account.id]
    release_locks(session, actor, holder, locks, [account], why, now)
    choice = queries.choice_of(session, holder.id, account.id)
    if choice is not None:
        choice.use, choice.reason = rules.Use.LEAVE.value, why
    facts = {
        "account": named(account),
        "from": {"event": holder.id, "name": holder.name},
        "to": {"event": taker.id, "name": taker.name},
        "reason": why,
    }
    record_for(session, "incident:account:moved_out", holder, actor, now, **facts)
    record_for(session, "incident:account:moved_in", taker, actor, now, **facts)
