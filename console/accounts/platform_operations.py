"""Adding a platform to the catalogue, and assessing one (2-a, 4.6-b, 4.6-c)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import platforms
from console import live
from console.accounts import platform_queries
from console.accounts import platform_rules as rules
from console.accounts.models import Account
from console.accounts.operations import held, hold_register
from console.accounts.platform_models import AddedPlatform, PlatformAssessment
from console.accounts.rules import State
from console.accounts.signing_operations import activate_if_settled
from console.errors import BadInput, Faults, NotAllowed
from console.people.models import Person
from console.people.rules import Permission, may
from console.phrases import STOCKHOLM
from console.timeline.operations import record


def add(session: Session, actor: Person, name: str, now: datetime) -> AddedPlatform:
    """Add a platform that the catalogue lacks. Its accounts are published by hand.

    Raises:
        NotAllowed; BadInput: `name`, or a platform that is there already.
    """
    _need_keeper(actor)
    if said := rules.name_fault(name):
        raise BadInput(said, "name")
    hold_register(session)
    known = platforms.find(" ".join(name.split()), platform_queries.added(session))
    if known is not None:
        raise BadInput(_("%(name)s finns redan.", name=_(known.name)), "name")
    platform = AddedPlatform(key=rules.key_of(name), added_at=now, added_by_id=actor.id)
    session.add(platform)
    session.flush()
    _record(session, actor, "platform:added", {"platform": platform.key}, now)
    return platform


def assess(
    session: Session,
    actor: Person,
    platform: str,
    now: datetime,
    *,
    affects: bool | None,
    reason: str,
    decided_by: str,
    decided_on: date | None,
) -> PlatformAssessment:
    """Say whether we can affect what visitors publish on a platform, and why. Accounts that waited
    for nothing else are taken into use.

    Args:
        decided_on: the day of the decision, in Sweden.

    Raises:
        NotAllowed; NotFound: no such platform.
        Faults: `affects`, `reason`, `decided_by`, `decided_on`.
    """
    _need_keeper(actor)
    platform_queries.check_known(session, platform)
    faults = rules.assessment_faults(affects, reason, decided_by)
    if decided_on is None:
        faults["decided_on"] = _("Skriv vilken dag det beslutades.")
    elif decided_on > now.astimezone(STOCKHOLM).date():
        faults["decided_on"] = _("Dagen har inte kommit än.")
    if faults or affects is None or decided_on is None:
        raise Faults(faults)
    assessment = PlatformAssessment(
        platform=platform,
        affects=affects,
        reason=reason.strip(),
        decided_by=decided_by.strip(),
        decided_on=decided_on,
        at=now,
        by_id=actor.id,
    )
    session.add(assessment)
    session.flush()
    facts = {
        "platform": platform,
        "affects": affects,
        "reason": assessment.reason,
        "decided_by": assessment.decided_by,
        "decided_on": decided_on.isoformat(),
    }
    _record(session, actor, "platform:assessed", facts, now)
    waiting = select(Account.id).where(Account.platform == platform, Account.state == State.CUSTODY)
    for account_id in session.scalars(waiting.order_by(Account.id)).all():
        activate_if_settled(session, actor, held(session, account_id), now)
    return assessment


def _need_keeper(actor: Person) -> None:
    if not may(actor.roles, Permission.EDIT_ACCOUNTS):
        raise NotAllowed(_("Bara strategiavdelningen ändrar plattformarna."))


def _record(
    session: Session, actor: Person, tag: str, facts: dict[str, Any], now: datetime
) -> None:
    record(session, tag, body=facts, now=now, person_id=actor.id)
    live.announce(session, live.CALM)
