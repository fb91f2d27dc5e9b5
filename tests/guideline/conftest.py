"""A guideline with versions, and people who keep it or run an account in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from console import clock, db
from console.accounts.models import Account, AccountAdministrator
from console.config import Settings
from console.guideline import operations, pledges, queries
from console.guideline.models import GuidelineVersion
from console.guideline.operations import Decision, NewVersion
from console.guideline.queries import Book, Standing
from console.guideline.rules import day_of
from console.people.models import Person
from tests.cast import Cast


def today() -> date:
    return day_of(clock.now())


def days(n: int) -> timedelta:
    return timedelta(days=n)


@dataclass
class Shelf:
    """Stina keeps the guideline; Olle runs an account in use, Maja none."""

    cast: Cast
    account_id: int

    def add(
        self,
        size: str = "minor",
        *,
        actor: Person | None = None,
        paragraph: str = "§ 112",
        now: datetime | None = None,
        **other: object,
    ) -> int:
        """A version that applies from today, a major one by a decision of the day before. Returns
        its number."""
        values: dict[str, object] = {
            "title": "Riktlinjer för sociala medier",
            "address": "https://torsby.example/riktlinjer",
            "applies_from": today(),
            "size": size,
            "change": "Svarstiderna är kortare.",
            "reason": "Frågorna är fler.",
        }
        values |= other
        day = values["applies_from"] if isinstance(values["applies_from"], date) else today()
        decided = size == "major" and bool(paragraph)
        values["decision"] = Decision(
            on=day - days(1) if decided else None, paragraph=paragraph if decided else ""
        )
        with db.unit_of_work() as session:
            new = NewVersion(**values)  # type: ignore[arg-type]
            keeper = actor or self.cast.stina
            return operations.add_version(session, keeper, new, now or clock.now()).number

    def read(self, person: Person, number: int) -> None:
        with db.unit_of_work() as session:
            pledges.read(session, person, number, clock.now())

    def pledge(self, person: Person, number: int) -> None:
        with db.unit_of_work() as session:
            pledges.pledge(session, person, number, clock.now())

    def book(self, at: datetime | None = None) -> Book:
        with db.unit_of_work() as session:
            return queries.book(session, at or clock.now())

    def version(self, number: int) -> GuidelineVersion:
        with db.unit_of_work() as session:
            return queries.version(session, number)

    def standing(self, person: Person) -> Standing:
        with db.unit_of_work() as session:
            return queries.standing(session, person.id, queries.book(session, clock.now()))

    def lacks(self, person: Person) -> set[str]:
        return {str(lack) for lack in self.standing(person).lacks}

    def administer(self, person: Person) -> None:
        with db.unit_of_work() as session:
            session.add(
                AccountAdministrator(account_id=self.account_id, person_id=person.id, position=9)
            )


@pytest.fixture
def shelf(database: Settings, cast: Cast) -> Shelf:
    with db.unit_of_work() as session:
        account = Account(
            name="Kulturskolan",
            short_name="Kulturskolan",
            platform="facebook",
            handle="kulturskolan",
            kind="by_hand",
            repeat_rule="every",
            state="active",
            created_at=clock.now(),
        )
        session.add(account)
        session.flush()
        session.add(AccountAdministrator(account_id=account.id, person_id=cast.olle.id, position=1))
        return Shelf(cast, account.id)
