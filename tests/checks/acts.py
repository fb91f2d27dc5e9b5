"""Looking at accounts, with weeks that begin when a test says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from console import clock, db
from console.accounts.models import Account
from console.monitoring import check_operations, check_rules
from console.monitoring.check_models import CheckWeek
from console.people.models import Person
from console.phrases import STOCKHOLM


def at(day: int, clock_time: str = "09:00") -> datetime:
    """A moment of June 2026 in Sweden; the 8th is a Monday."""
    local = datetime.fromisoformat(f"2026-06-{day:02} {clock_time}")
    return local.replace(tzinfo=STOCKHOLM).astimezone(UTC)


def in_use_since(now: datetime) -> None:
    """Every account has been in its state since then."""
    with db.unit_of_work() as session:
        session.execute(update(Account).values(created_at=now, state_since=now))


def look(person: Person, account_id: int, now: datetime | None = None, note: str = "") -> bool:
    """Returns whether it was a new one."""
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        found = check_operations.check_account(session, actor, account_id, note, now or clock.now())
        return found[1]


def tick(now: datetime | None = None) -> None:
    """What the ticker does about weeks."""
    for chore in (check_operations.settle_weeks, check_operations.open_weeks):
        with db.unit_of_work() as session:
            chore(session, now or clock.now())


def missed_last_week(account_id: int, *, times: int = 2) -> None:
    """As if this account had been asked last week, and nobody had looked."""
    monday = check_rules.monday_of(clock.now())
    in_use_since(clock.now() - timedelta(days=40))
    with db.unit_of_work() as session:
        session.add(
            CheckWeek(
                account_id=account_id, monday=monday - timedelta(days=7), times=times,
                period="week", state="open",
            )
        )  # fmt: skip
    tick()


def weeks(account_id: int) -> dict[date, tuple[str, int, int]]:
    """Monday → (state, made, asked)."""
    with db.unit_of_work() as session:
        query = select(CheckWeek).where(CheckWeek.account_id == account_id)
        found = session.scalars(query.order_by(CheckWeek.monday)).all()
        return {one.monday: (one.state, one.made, one.asked) for one in found}
