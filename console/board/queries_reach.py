"""By-hand tasks, and who of those who look after their accounts has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from console.incidents.models import Notice
from console.incidents.rules import NoticeKind
from console.messages.models import Delivery, Round
from console.messages.operations import by_hand
from console.people.models import Person
from console.policy.queries import current


@dataclass(frozen=True)
class Reach:
    hands: Sequence[Row[Any]]
    """Per by-hand task and person who looks after its account today (`charge.of`), in register
    order: delivery_id, written_at, account_id, person_id, administers, away, name, phone, read_at,
    can_from; of a task that nobody looks after only the first three."""
    patience: timedelta
    """How long they may be silent."""


def reach(session: Session, incident_id: int, now: datetime) -> Reach:
    return Reach(
        hands=_hands(session, incident_id, now),
        patience=timedelta(minutes=current(session).reminder_minutes),
    )


def _hands(session: Session, incident_id: int, now: datetime) -> Sequence[Row[Any]]:
    told = and_(
        Notice.incident_id == Delivery.incident_id,
        Notice.kind == NoticeKind.BY_HAND,
        Notice.person_id == Person.id,
        by_hand.tells_of_round(),
    )
    here = (Delivery.incident_id == incident_id) & (Delivery.state == "by_hand")
    who = by_hand.in_charge(now)
    return session.execute(
        select(
            Delivery.id.label("delivery_id"), Round.at.label("written_at"), Delivery.account_id,
            Person.id.label("person_id"), who.c.administers, who.c.away, Person.name, Person.phone,
            Notice.read_at, Notice.can_from,
        )
        .join(Round, Round.id == Delivery.round_id)
        .outerjoin(who, who.c.account_id == Delivery.account_id)
        .outerjoin(Person, Person.id == who.c.person_id)
        .outerjoin(Notice, told)
        .where(here)
        .order_by(Delivery.id, who.c.position, Person.id)
    ).all()  # fmt: skip
