"""The people and accounts that the event tests play with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console.accounts.models import Account, AccountAdministrator
from console.incidents import operations, queries, rules
from console.incidents.models import Incident
from console.people.models import Person, PersonRole
from console.policy.models import LiveUse

START = datetime(2026, 6, 8, 6, 2, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


@dataclass
class Cast:
    unit: Person
    """Ingrid, the information unit."""
    approver: Person
    karin: Person
    """Runs the swimming hall's and the school's accounts."""
    ali: Person
    """Runs the school's account with Karin."""
    website: Account
    bath: Account
    school: Account
    paused: Account
    internal: Account


def person(session: Session, name: str, *roles: str) -> Person:
    one = Person(
        name=name,
        email=f"{name.split()[0].lower()}@torsby.example",
        created_at=START,
        active=True,
        password_hash="nobody logs in by it",
        role_rows=[PersonRole(role=role) for role in roles],
    )
    session.add(one)
    session.flush()
    return one


def account(
    session: Session,
    name: str,
    position: int,
    administrators: list[Person],
    *,
    platform: str = "facebook",
    state: str = "active",
    public: bool = True,
) -> Account:
    one = Account(
        name=name,
        short_name=name[:18],
        platform=platform,
        handle=name.lower().replace(" ", ""),
        kind="webhook",
        repeat_rule="every",
        state=state,
        public=public,
        position=position,
        created_at=START,
        administrators=[
            AccountAdministrator(person_id=p.id, position=i) for i, p in enumerate(administrators)
        ],
    )
    session.add(one)
    session.flush()
    return one


def cast(session: Session, *, live: bool = True) -> Cast:
    """Everybody and everything; `live`: the installation is in live use."""
    karin = person(session, "Karin Holm", "account_administrator")
    ali = person(session, "Ali Hassan", "account_administrator")
    if live:
        session.add(LiveUse(condition="live_use", evidence={}, at=START))
        session.flush()
    return Cast(
        unit=person(session, "Ingrid Berg", "information_unit"),
        approver=person(session, "Per Dahl", "approver"),
        karin=karin,
        ali=ali,
        website=account(session, "Torsby kommun", 0, [], platform="website"),
        bath=account(session, "Torsbybadet", 1, [karin]),
        school=account(session, "Stjerneskolan", 2, [karin, ali]),
        paused=account(session, "Turistbyrån", 3, [ali], platform="x", state="paused"),
        internal=account(session, "Intranätet", 4, [ali], platform="webhook", public=False),
    )


def event(session: Session, actor: Person, **changes: Any) -> Incident:
    """Open an event with everything preselected, except for `changes`."""
    offered = queries.accounts_offered(session)
    values: dict[str, Any] = {
        "name": "Koka vattnet",
        "area": "Torsby och Oleby",
        "stage": "staff",
        "reason": "Det kan finnas bakterier i vattnet.",
        "exercise": False,
        "choices": rules.default_choices(offered),
        "narrowing_reason": "",
        "now": START,
        "mail": True,
    }
    return operations.open_incident(session, actor, **(values | changes))
