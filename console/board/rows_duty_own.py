"""What the start page says of one's own duty (jour): to be handed over, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.board.start_model import Coming, Waiting
from console.people.labels import role_label
from console.people.models import Duty, Person

NEAR = timedelta(days=1)
"""So long before its end somebody is asked to hand it over."""


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    return [
        Waiting(
            _("Lämna över jouren"),
            _("som %(role)s", role=role_label(session, one.role)),
            url_for("duty.show"),
            due=one.until,
        )
        for one in _mine(session, person)
        if one.until is not None and one.until <= now + NEAR
    ]


def coming(session: Session, person: Person, now: datetime) -> list[Coming]:
    return [
        Coming(_("din jour tar slut"), one.until)
        for one in _mine(session, person)
        if one.until is not None and one.until > now + NEAR
    ]


def _mine(session: Session, person: Person) -> Sequence[Duty]:
    query = select(Duty).where(Duty.person_id == person.id, Duty.ended_at.is_(None))
    return session.scalars(query.order_by(Duty.until)).all()
