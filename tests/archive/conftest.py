"""A small register, and an event that is over."""

from __future__ import annotations

import pytest

from console import clock, db
from console.incidents import operations as incidents
from console.incidents.models import Incident
from console.incidents.queries import accounts_offered
from console.people.models import Person
from tests.cast import Cast
from tests.incidents.cast import event
from tests.upkeep import acts as upkeep


@pytest.fixture
def register(cast: Cast) -> dict[str, int]:
    """Handle → number: an Instagram account, a website and a Facebook page, all Olle's."""
    return upkeep.register()


@pytest.fixture
def closed(cast: Cast, register: dict[str, int]) -> Incident:
    """An exercise in which Instagram was used."""
    return over(cast, register["@skola"])


def over(cast: Cast, used: int, *, exercise: bool = True) -> Incident:
    """An event that used one account, opened and closed."""
    with db.unit_of_work() as session:
        unit = session.get_one(Person, cast.lisa.id)
        choices = {
            one.id: ("publish", "") if one.id == used else ("leave", "Behövs inte.")
            for one in accounts_offered(session)
        }
        made = event(session, unit, exercise=exercise, now=clock.now(), choices=choices, mail=False)
    with db.unit_of_work() as session:
        found = session.get_one(Incident, made.id)
        unit = session.get_one(Person, cast.lisa.id)
        incidents.close(session, unit, found, clock.now(), mail=False)
    with db.unit_of_work() as session:
        return session.get_one(Incident, made.id)
