"""By-hand tasks, and who of their administrators has answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from console.accounts import coverage
from console.accounts.coverage import today
from console.accounts.coverage_rules import Span
from console.accounts.models import AccountAdministrator
from console.incidents.models import Notice
from console.incidents.rules import NoticeKind
from console.messages.models import Delivery, Round
from console.messages.operations import by_hand
from console.people.models import Person
from console.policy.queries import current


@dataclass(frozen=True)
class Reach:
    hands: Sequence[Row[Any]]
    """Per by-hand task and active administrator, in register order: delivery_id, written_at,
    account_id, person_id, name, phone, read_at, can_from; of a task without administrator only
    the first three."""
    patience: timedelta
    """How long an administrator may be silent."""
    away: frozenset[int]
    """People who are absent today."""
    stand_ins: Mapping[int, Sequence[Row[Any]]]
    """Account → name and phone of those who stand in for its absent administrators today."""


def reach(session: Session, incident_id: int, now: datetime) -> Reach:
    hands = _hands(session, incident_id)
    away, stand_ins = _absent(session, hands, today(now))
    return Reach(
        away=away,
        stand_ins=stand_ins,
        hands=hands,
        patience=timedelta(minutes=current(session).reminder_minutes),
    )


def _hands(session: Session, incident_id: int) -> Sequence[Row[Any]]:
    told = and_(
        Notice.incident_id == Delivery.incident_id,
        Notice.kind == NoticeKind.BY_HAND,
        Notice.person_id == Person.id,
        by_hand.tells_of_round(),
    )
    return session.execute(
        select(
            Delivery.id.label("delivery_id"), Round.at.label("written_at"), Delivery.account_id,
            Person.id.label("person_id"), Person.name, Person.phone, Notice.read_at,
            Notice.can_from,
        )
        .join(Round, Round.id == Delivery.round_id)
        .outerjoin(AccountAdministrator, AccountAdministrator.account_id == Delivery.account_id)
        .outerjoin(Person, and_(Person.id == AccountAdministrator.person_id, Person.active))
        .outerjoin(Notice, told)
        .where(Delivery.incident_id == incident_id, Delivery.state == "by_hand")
        .order_by(Delivery.id, AccountAdministrator.position)
    ).all()  # fmt: skip


def _absent(
    session: Session, hands: Sequence[Row[Any]], day: date
) -> tuple[frozenset[int], dict[int, list[Row[Any]]]]:
    """Who is away on `day`, and who stands in where (3-c): a fixed number of queries."""
    if not hands:
        return frozenset(), {}
    window = Span(day, day)
    facts = coverage.read(session, window, accounts={row.account_id for row in hands})
    named = {
        row.account_id: [
            substitute
            for person in facts.administrators[row.account_id]
            for one in facts.absences.get(person, ())
            if (substitute := one.stands_in(row.account_id)) and substitute not in facts.absences
        ]
        for row in hands
    }
    ids = {person for people in named.values() for person in people}
    query = select(Person.id, Person.name, Person.phone).where(Person.id.in_(ids), Person.active)
    found = {row.id: row for row in session.execute(query)}
    stand_ins = {
        account: [found[one] for one in dict.fromkeys(people) if one in found]
        for account, people in named.items()
    }
    return frozenset(facts.absences), stand_ins
