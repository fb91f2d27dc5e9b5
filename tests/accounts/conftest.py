"""A register of three accounts, and people to answer for them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from console import clock, db, sealing
from console.accounts.operations import import_accounts
from console.accounts.queries import all_accounts
from console.config import Settings
from console.people.models import Person
from console.people.operations import add_person
from console.people.rules import Role

THREE = [
    {
        "name": "Torsby kommun",
        "short_name": "Torsby.se",
        "platform": "webb",
        "handle": "torsby.se",
        "committee": "Kommunstyrelsen",
        "administrators": ["lisa@torsby.example", "olle@torsby.example"],
        "state": "aktiv; officiell kanal",
    },
    {
        "name": "Larm",
        "platform": "webhook",
        "handle": "larm",
        "committee": "Kulturnämnden",
        "administrators": ["olle@torsby.example"],
        "settings": {"url": "https://larm.example/in"},
        "secret": {"secret": "hemligt-hemligt-hemligt"},
        "public": False,
        "state": "aktiv",
    },
    {
        "name": "Torsbybadet",
        "platform": "Facebook",
        "handle": "torsbybadet",
        "committee": "Fritidsnämnden",
        "state": "vilande; beslut behövs",
    },
]


@dataclass
class Cast:
    """Strategy (Maria) keeps the register; Lisa and Olle administer accounts; Per approves."""

    maria: Person
    lisa: Person
    olle: Person
    per: Person
    website: int
    webhook: int
    facebook: int


@pytest.fixture
def cast(database: Settings) -> Cast:
    sealing.use(database.keys)
    with db.unit_of_work() as session:
        now = clock.now()
        people = {
            name: add_person(
                session, None, now, name=name, email=f"{name}@torsby.example", roles=[role]
            )
            for name, role in {
                "maria": Role.STRATEGY,
                "lisa": Role.ACCOUNT_ADMINISTRATOR,
                "olle": Role.ACCOUNT_ADMINISTRATOR,
                "per": Role.APPROVER,
            }.items()
        }
        import_accounts(session, people["maria"], THREE, now)
    with db.unit_of_work() as session:
        website, webhook, facebook = (account.id for account in all_accounts(session))
    return Cast(**people, website=website, webhook=webhook, facebook=facebook)
