"""An account with a signed plan, and what its people do with its yearly report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from console import db
from console.accounts.models import Account
from console.monitoring.check_models import CheckWeek
from console.people.models import Person
from console.phrases import STOCKHOLM
from console.policy.operations import set_profile
from console.review import yearly_asking, yearly_operations, yearly_queries, yearly_rules
from console.review.yearly_models import YearlyReport
from tests.accounts.plan import library
from tests.cast import Cast

STORY = "Vi svarade på frågor om bokbussen varje vecka."


def at(day: str, clock_time: str = "09:00") -> datetime:
    """A moment in Sweden."""
    local = datetime.fromisoformat(f"{day} {clock_time}")
    return local.replace(tzinfo=STOCKHOLM).astimezone(UTC)


JULY = at("2026-07-01")


def account(cast: Cast) -> int:
    """Bokbussen, in use since May, its plan signed by Anders and Eva, Stina heard; Olle and Maja
    run it."""
    with db.unit_of_work() as session:
        found = library.signed(session, cast)
        assert found.state == "active"
        found.created_at = found.state_since = library.START
        return found.id


def rules(cast: Cast, **changes: object) -> None:
    with db.unit_of_work() as session:
        keeper = session.get_one(Person, cast.stina.id)
        set_profile(session, keeper, JULY, changes, reason="Så gör vi här.")


def opened(now: datetime = JULY) -> int:
    with db.unit_of_work() as session:
        return yearly_asking.open_due(session, now)


def reminded(now: datetime) -> int:
    with db.unit_of_work() as session:
        return yearly_asking.remind(session, now, mail=True)


def begun(actor: Person, account_id: int, now: datetime = JULY) -> int:
    """Returns the report's number."""
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        return yearly_operations.begin(session, person, account_id, now).id


def saved(
    actor: Person,
    report_id: int,
    *,
    story: str = STORY,
    followers: int | None = 240,
    now: datetime = JULY,
) -> None:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        seen = yearly_rules.mark_of(session.get_one(YearlyReport, report_id).saved_at)
        yearly_operations.save(
            session, person, report_id, now, story=story, followers=followers, seen=seen
        )


def read_hash(report_id: int) -> str:
    """What somebody who reads the report now has seen."""
    with db.unit_of_work() as session:
        row = session.get_one(YearlyReport, report_id)
        return yearly_rules.digest(yearly_queries.content(session, row))


def sent(actor: Person, report_id: int, *, seen: str = "", now: datetime = JULY) -> None:
    seen = seen or read_hash(report_id)
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        yearly_operations.send(session, person, report_id, seen, now, mail=True)


def evaluated(
    actor: Person,
    report_id: int,
    *,
    goal: str = "met",
    step: str = "continue",
    reason: str = "Kontot når familjerna.",
    now: datetime = JULY,
) -> None:
    with db.unit_of_work() as session:
        person = session.get_one(Person, actor.id)
        yearly_operations.evaluate(
            session, person, report_id, now, goal=goal, step=step, reason=reason, mail=True
        )


def row_of(report_id: int) -> YearlyReport:
    with db.unit_of_work() as session:
        return session.get_one(YearlyReport, report_id)


def reports() -> list[YearlyReport]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(YearlyReport).order_by(YearlyReport.id)))


def week(account_id: int, monday: datetime, *, made: int, state: str) -> None:
    """A week that asked for two looks."""
    with db.unit_of_work() as session:
        session.add(
            CheckWeek(account_id=account_id, monday=monday.date(), times=2, period="week",
                      made=made, asked=2, state=state)
        )  # fmt: skip


def move(account_id: int, **changes: object) -> None:
    with db.unit_of_work() as session:
        found = session.get_one(Account, account_id)
        for name, value in changes.items():
            setattr(found, name, value)


DAY = timedelta(days=1)
