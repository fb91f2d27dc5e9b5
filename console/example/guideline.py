"""The example's guideline: three versions, and who has done what about the newest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console.guideline import operations, pledges
from console.guideline.operations import Decision, NewVersion
from console.guideline.rules import Outcome, Size, day_of
from console.people.models import Person
from console.people.rules import Role

TITLE = "Riktlinjer för sociala medier"
ADDRESS = "https://torsby.example/riktlinjer-sociala-medier-{n}"
KEEPER = "maria.ek@torsby.example"
NO_PLEDGE = {"nina.falk@torsby.example"}
"""Her account isn't in use yet."""
NOT_READ = NO_PLEDGE | {"maja.strand@torsby.example"}
NO_TRAINING = NO_PLEDGE | {"ali.rahimi@torsby.example"}


def load(session: Session, people: Mapping[str, Person], now: datetime) -> None:
    """Write it down as the strategy department and the administrators would have.

    Args:
        people: e-mail → person.
    """
    today, keeper = day_of(now), people[KEEPER]

    def add(n: int, size: Size, days_ago: int, change: str, reason: str, paragraph: str) -> None:
        day = today - timedelta(days=days_ago)
        decision = Decision(on=day - timedelta(days=10) if paragraph else None, paragraph=paragraph)
        new = NewVersion(
            title=TITLE,
            address=ADDRESS.format(n=n),
            applies_from=day,
            size=size.value,
            change=change,
            reason=reason,
            decision=decision,
        )
        operations.add_version(session, keeper, new, now)

    administrators = [p for p in people.values() if Role.ACCOUNT_ADMINISTRATOR in p.roles]
    add(1, Size.MAJOR, 2000, "", "", "§ 112")
    add(2, Size.MAJOR, 400, "Kriskanalerna är med.", "Vi övade i våras och såg luckor.", "§ 87")
    for person in administrators:
        if person.email not in NO_PLEDGE:
            pledges.read(session, person, 2, now)
            pledges.pledge(session, person, 2, now)
    operations.close_review(
        session,
        keeper,
        outcome=Outcome.MINOR.value,
        note="Vi gick igenom allt. Svarstiderna behövde bli tydligare.",
        held_on=today - timedelta(days=345),
        seen=0,
        now=now,
    )
    add(3, Size.MINOR, 150, "Tydligare svarstider på helger.", "Översynen visade det.", "")
    for person in administrators:
        if person.email not in NOT_READ:
            pledges.read(session, person, 3, now)
        if person.email not in NO_TRAINING:
            course = "Kommunens kurs om sociala medier"
            held_on = today - timedelta(days=200)
            pledges.train(session, keeper, person.id, content=course, held_on=held_on, now=now)
    operations.record_directive(
        session,
        keeper,
        sender="SKR",
        received_on=today - timedelta(days=12),
        subject="Nya råd om bilder på barn i sociala medier",
        address="",
        now=now,
    )
