"""What several of an event's operations do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.errors import BadInput, NotAllowed, WrongState
from console.incidents import queries, rules
from console.incidents.models import Incident, Notice
from console.people.models import Person
from console.people.rules import Permission, may
from console.timeline.operations import record

REASON_LENGTH = 500
"""Characters."""


def allow(actor: Person, permission: Permission) -> None:
    if not actor.active or not may(actor.roles, permission):
        raise NotAllowed(_("Det får du inte göra. Fråga informationsenheten."))


def one_at_a_time(session: Session) -> None:
    """Decisions about locks come one after another, so that none is judged on an old picture."""
    session.execute(select(func.pg_advisory_xact_lock(rules.DECISIONS_LOCK)))


def look_again(session: Session, row: Incident | Notice, *columns: str) -> None:
    """Hold the row until the end of this unit of work, and see what it says now."""
    session.flush()
    session.refresh(row, columns, with_for_update={"key_share": True})


def hold_open(session: Session, incident: Incident) -> None:
    look_again(session, incident, "state", "stage")
    if incident.state != rules.State.OPEN:
        raise WrongState(_("%(name)s är avslutad.", name=incident.name))


def record_for(
    session: Session, tag: str, incident: Incident, actor: Person, now: datetime, **facts: object
) -> None:
    record(session, tag, body=facts, now=now, incident_id=incident.id, person_id=actor.id)
    live.announce(session, live.incident_topic(incident.id))


def named(account: Account) -> dict[str, object]:
    return {
        "account": account.id,
        "name": account.name,
        "platform": account.platform,
        "handle": account.handle,
    }


def reason_of(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput(_("Skriv varför. Skälet står kvar i loggen."), field="reason")
    if len(text) > REASON_LENGTH:
        raise BadInput(_("Korta skälet till högst 500 tecken."), field="reason")
    return text


def spoken(account: Account) -> str:
    return f"{account.name} ({account.handle})"


def use_fault(account: Account, use: str) -> str | None:
    fault: str | None = None
    if use not in list(rules.Use):
        fault = _("Välj vad som gäller för %(name)s.", name=spoken(account))
    elif not rules.may_be(use, account.state):
        fault = _(
            "%(name)s är inte aktivt och kan inte publicera. Välj Bara lås eller Låt vara.",
            name=spoken(account),
        )
    return fault


def held_elsewhere(session: Session, accounts: Iterable[Account]) -> dict[int, str]:
    """Account id → sentence, for accounts that an open live event has locked."""
    named = {a.id: spoken(a) for a in accounts}
    return {
        account_id: _(
            "%(account)s är redan låst av %(event)s. Välj Låt vara, eller flytta det hit.",
            account=named[account_id],
            event=holder.name,
        )
        for account_id, holder in queries.live_holders(session, list(named)).items()
    }
