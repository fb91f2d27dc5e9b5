"""What the board shows of rumours and approved answers, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from console.answers import queries as answers
from console.answers.models import Answer, AnswerVersion
from console.incidents.models import Incident
from console.messages.rendering import Standing
from console.monitoring import rules
from console.monitoring.models import Rumour
from console.people.models import Person


@dataclass(frozen=True)
class Talk:
    """What is said, and what may be answered."""

    open_rumours: int
    without_owner: int
    oldest: datetime | None
    """When the oldest of the open ones was seen."""
    to_review: int
    """Approved answers that are no longer given, because what applies has changed."""
    waiting: Sequence[Row[Any]]
    """Answers before an approver, oldest first: id (of the version), question, submitted_at,
    author"""


def talk(session: Session, incident: Incident, standing: Sequence[Standing]) -> Talk:
    """
    Args:
        standing: what applies, as it has just been read.
    """
    count, owned, oldest = session.execute(
        select(func.count(), func.count(Rumour.owner_id), func.min(Rumour.seen_at)).where(
            Rumour.incident_id == incident.id, Rumour.state.in_(rules.OPEN)
        )
    ).one()
    approved = answers.approved(session, incident, standing)
    return Talk(
        open_rumours=count,
        without_owner=count - owned,
        oldest=oldest,
        to_review=sum(one.review is not None for one in approved),
        waiting=session.execute(
            select(
                AnswerVersion.id,
                Answer.question,
                AnswerVersion.submitted_at,
                Person.name.label("author"),
            )
            .join(Answer, Answer.id == AnswerVersion.answer_id)
            .join(Person, Person.id == Answer.author_id)
            .where(Answer.incident_id == incident.id, AnswerVersion.state == "waiting")
            .order_by(AnswerVersion.id)
        ).all(),
    )
