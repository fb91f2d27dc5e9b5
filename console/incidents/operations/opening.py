"""Opening an event: what it is, and what it does with each account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import live
from console.accounts import readiness
from console.accounts.models import Account
from console.errors import BadInput, Faults, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, IncidentAccount
from console.incidents.operations.common import (
    allow,
    look_again,
    named,
    one_at_a_time,
    reason_of,
    record_for,
    spoken,
    use_fault,
)
from console.incidents.operations.locks import set_locks
from console.incidents.operations.moving import UnderWay, leave, why_not
from console.incidents.operations.notices import notify
from console.people.models import Person
from console.people.rules import Permission
from console.policy.queries import live_use_is_on

NAME_LENGTH = 80
"""Characters."""


def open_incident(
    session: Session,
    actor: Person,
    *,
    name: str,
    area: str,
    stage: str,
    reason: str,
    exercise: bool | None,
    choices: Mapping[int, tuple[str, str]],
    narrowing_reason: str,
    now: datetime,
    mail: bool,
    under_way: UnderWay | None = None,
) -> Incident:
    """Open an event, lock its accounts and tell their administrators (7-a, 7-d).

    Args:
        exercise: must be chosen: None is refused.
        choices: account id → (use, reason), one for each of `queries.accounts_offered`.
        narrowing_reason: why, for every account that is narrowed without a reason of its own.
        under_way: who knows which accounts another event has posts under way on. Needed to take
            an account that another live event holds; without it that is refused.

    An account that another live event holds is decided explicitly, with a reason: *Låt vara* leaves
    it there, any other use takes it over in the same transaction, for a reason of its own.

    Raises:
        NotAllowed: the actor isn't the information unit.
        WrongState: live, and the installation isn't in live use.
        Faults: what can't be used; keys are name, stage, reason, exercise, narrowing_reason and
            `account-<id>`.
    """
    allow(actor, Permission.OPEN_INCIDENT)
    one_at_a_time(session)
    if exercise is False and not live_use_is_on(session):
        raise WrongState(
            _(
                "Skarp drift är inte påslagen, så en kris kan inte öppnas. Öva i stället, eller be"
                " systemadministratören att slå på skarp drift."
            )
        )
    name, area, reason = " ".join(name.split()), " ".join(area.split()), reason.strip()
    accounts = queries.accounts_offered(session)
    faults = _event_faults(session, name, stage, reason, exercise)
    common = narrowing_reason.strip()
    decided = _decide(session, accounts, choices, common, faults)
    taken: dict[int, Incident] = {}
    if exercise is False:
        taken = _claimed(session, accounts, choices, common, under_way, faults)
    if faults or exercise is None:
        raise Faults(faults)
    incident = Incident(
        slug=rules.slug_for(name, exercise, queries.slugs(session)),
        name=name,
        area=area,
        stage=stage,
        stage_since=now,
        reason=reason,
        exercise=exercise,
        state=rules.State.OPEN.value,
        opened_at=now,
        opened_by_id=actor.id,
    )
    session.add(incident)
    session.flush()
    session.add_all(
        IncidentAccount(incident_id=incident.id, account_id=a.id, use=use, reason=why)
        for a, use, why in decided
    )
    readiness.ask_now(session, [a.id for a, _use, _why in decided], now)
    record_for(
        session,
        "incident:opened",
        incident,
        actor,
        now,
        name=name,
        slug=incident.slug,
        area=area,
        stage=stage,
        reason=reason,
        exercise=exercise,
        narrowing_reason=common,
    )
    record_for(
        session,
        "incident:accounts:decided",
        incident,
        actor,
        now,
        accounts=[named(a) | {"use": use, "reason": why} for a, use, why in decided],
    )
    for account, use, why in decided:
        if use in rules.LOCKING and (holder := taken.get(account.id)):
            leave(session, actor, holder, incident, account, why, now)
    locked = [a for a, use, _why in decided if use in rules.LOCKING]
    set_locks(session, actor, incident, locked, now)
    notify(session, actor, incident, rules.NoticeKind.LOCKED, "", locked, now, mail)
    live.announce(session, live.CALM, live.SITE)
    return incident


def _event_faults(
    session: Session, name: str, stage: str, reason: str, exercise: bool | None
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if exercise is None:
        faults["exercise"] = _("Välj övning eller kris.")
    if not name:
        faults["name"] = _("Ge händelsen ett namn, till exempel Koka vattnet.")
    elif len(name) > NAME_LENGTH:
        faults["name"] = _("Korta namnet till högst 80 tecken.")
    elif any(
        i.name.casefold() == name.casefold() and i.exercise == exercise
        for i in queries.open_incidents(session)
    ):
        faults["name"] = _(
            "%(name)s är redan öppen. Gå till den, eller välj ett nytt namn.", name=name
        )
    if stage not in list(rules.Stage):
        faults["stage"] = _("Välj stabsläge eller krisledningsnämnd.")
    try:
        reason_of(reason)
    except BadInput as error:
        faults["reason"] = error.message
    return faults


def _decide(
    session: Session,
    accounts: list[Account],
    choices: Mapping[int, tuple[str, str]],
    narrowing_reason: str,
    faults: dict[str, str],
) -> list[tuple[Account, str, str]]:
    """(account, use, reason) per account; what can't be decided so is added to `faults`."""
    decided: list[tuple[Account, str, str]] = []
    missing_reason = False
    for account in accounts:
        if account.id not in choices:
            faults[f"account-{account.id}"] = _(
                "Välj vad som gäller för %(name)s.", name=spoken(account)
            )
            continue
        use, why = choices[account.id][0], choices[account.id][1].strip()
        if fault := use_fault(account, use):
            faults[f"account-{account.id}"] = fault
            continue
        default = rules.default_use(account.state, account.public)
        if rules.narrowing_needs_reason(default, use):
            why = why or narrowing_reason
            missing_reason = missing_reason or not why
        decided.append((account, use, why))
    if unknown := set(choices) - {a.id for a in accounts}:
        faults[f"account-{min(unknown)}"] = _("Ett valt konto finns inte längre i registret.")
    if missing_reason:
        faults["narrowing_reason"] = _("Skriv varför färre konton används.")
    return decided


def _claimed(
    session: Session,
    accounts: list[Account],
    choices: Mapping[int, tuple[str, str]],
    narrowing_reason: str,
    under_way: UnderWay | None,
    faults: dict[str, str],
) -> dict[int, Incident]:
    """Account id → the live event that holds it; what can't be decided so is added to `faults`."""
    holders = queries.live_holders(session, [a.id for a in accounts])
    for event in {holder.id: holder for holder in holders.values()}.values():
        look_again(session, event, "state")
    for account in accounts:
        holder, key = holders.get(account.id), f"account-{account.id}"
        if holder is None:
            continue
        facts = {"account": spoken(account), "event": holder.name}
        use, why = choices.get(account.id, ("", ""))
        why = why.strip() or ("" if use in rules.LOCKING else narrowing_reason)
        if not why:
            faults[key] = _(
                "%(account)s är låst av %(event)s. Välj vilken händelse som har kontot, och skriv"
                " varför på raden.",
                **facts,
            )
        elif use in rules.LOCKING and key not in faults:
            if under_way is None:
                faults[key] = _("%(account)s är redan låst av %(event)s.", **facts)
            elif busy := why_not(session, account, holder, under_way):
                faults[key] = busy
    return holders
