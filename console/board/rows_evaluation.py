"""What the start page says of measures after an event: to do them, and whose nobody is."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.board.start_model import Waiting
from console.people.models import Person
from console.people.rules import Permission, may
from console.review import evaluation_queries as evaluations
from console.review.evaluation_models import Measure
from console.review.evaluation_rules import due_at

SHORT = 80
"""Characters of a measure in a row."""


def waiting(session: Session, person: Person, now: datetime) -> list[Waiting]:
    """A person's own measures until they are done; for those who evaluate, the ones whose owner
    has left."""
    found = [_row(_("Gör klart åtgärden"), one) for one in evaluations.to_do(session, person.id)]
    if may(person.roles, Permission.EVALUATE):
        found += [_row(_("Välj ny ansvarig"), one) for one in evaluations.ownerless(session)]
    return found


def _row(verb: str, measure: Measure) -> Waiting:
    url = url_for("evaluation.measure", measure_id=measure.id)
    return Waiting(verb, measure.content[:SHORT], url, due=due_at(measure.due))
