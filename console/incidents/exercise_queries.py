"""Reading exercise plans and runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import registry
from console.accounts.models import Account
from console.errors import NotFound
from console.incidents.exercise_models import ExercisePlan, ExerciseRun, Inject
from console.incidents.models import Incident
from console.incidents.rules import State
from console.listing import Part, part

MOST_OFFERED = 200
"""Plans to choose from when an exercise is opened, by name."""


def plans(session: Session, page: int) -> Part[ExercisePlan]:
    """Plans in use, by name."""
    query = select(ExercisePlan).where(ExercisePlan.retired_at.is_(None))
    return part(session, query.order_by(ExercisePlan.name, ExercisePlan.id), page)


def offered(session: Session) -> Sequence[tuple[int, str]]:
    """(number, name) of the plans that an exercise may be opened with."""
    query = select(ExercisePlan.id, ExercisePlan.name).where(ExercisePlan.retired_at.is_(None))
    ordered = query.order_by(ExercisePlan.name, ExercisePlan.id).limit(MOST_OFFERED)
    return [(row.id, row.name) for row in session.execute(ordered)]


def plan(session: Session, plan_id: int) -> ExercisePlan:
    """
    Raises:
        NotFound.
    """
    row = session.get(ExercisePlan, plan_id)
    if row is None:
        raise NotFound(_("Övningsplanen finns inte."))
    return row


def accounts(session: Session) -> Sequence[Account]:
    """Accounts that can be down in an exercise: those whose posts the exercise's wall takes."""
    rows = session.scalars(
        select(Account).where(Account.state == "active").order_by(Account.position, Account.id)
    )
    return [one for one in rows if registry.effective_kind(one.kind, True) == registry.PRETEND]


def run_of(session: Session, incident_id: int) -> ExerciseRun | None:
    """The plan that the event was opened with; None: without one, as every live event."""
    return session.get(ExerciseRun, incident_id)


def due(session: Session, now: datetime) -> list[int]:
    """Ids of injects whose time has come, in the order they were to happen. Of open exercises
    only."""
    return list(
        session.scalars(
            select(Inject.id)
            .join(Incident, Incident.id == Inject.incident_id)
            .where(Inject.happened_at.is_(None), Inject.due_at <= now)
            .where(Incident.exercise, Incident.state == State.OPEN)
            .order_by(Inject.due_at, Inject.id)
        )
    )


def exercise_of(session: Session, item_id: int) -> Incident | None:
    """The exercise that an item of the inbox was put in for; None: it is no inject."""
    return session.scalar(
        select(Incident)
        .join(Inject, Inject.incident_id == Incident.id)
        .where(Inject.item_id == item_id)
    )
