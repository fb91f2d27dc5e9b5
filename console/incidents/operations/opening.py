"""Opening an event: what it is, and what it does with each account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.errors import BadInput, Faults, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, IncidentAccount
from console.incidents.operations.common import (
    allow,
    held_elsewhere,
    named,
    one_at_a_time,
    reason_of,
    record_for,
    spoken,
    use_fault,
)
from console.incidents.operations.locks import set_locks
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
) -> Incident:
    """Open an event, lock its accounts and tell their administrators (7-a, 7-d).

    Args:
        exercise: must be chosen: None is refused.
        choices: account id → (use, reason), one for each of `queries.accounts_offered`.
        narrowing_reason: why, for every account that is narrowed without a reason of its own.

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
    decided = _decide(session, accounts, choices, narrowing_reason.strip(), exercise, faults)
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
        narrowing_reason=narrowing_reason.strip(),
    )
    record_for(
        session,
        "incident:accounts:decided",
        incident,
        actor,
        now,
        accounts=[named(a) | {"use": use, "reason": why} for a, use, why in decided],
    )
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
    exercise: bool | None,
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
    if exercise is False:
        locking = [a for a, use, _why in decided if use in rules.LOCKING]
        held = held_elsewhere(session, locking)
        faults.update({f"account-{i}": fault for i, fault in held.items()})
    return decided
