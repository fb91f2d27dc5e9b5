"""Reading evaluations: for their page, the axis, the export and the list of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.errors import NotAllowed, NotFound
from console.people.models import Person
from console.review.evaluation_models import Evaluation, Measure, Remark
from console.review.evaluation_rules import Kind, may_settle
from console.review.figures_shown import Table, moment


@dataclass(frozen=True)
class Book:
    """An event's evaluation; `evaluation` None: nobody has begun."""

    evaluation: Evaluation | None
    observations: Sequence[Remark]
    """In the order of the moments that they are about."""
    lessons: Sequence[Remark]
    comments: Mapping[int, Sequence[Remark]]
    """What they are about → them, the oldest first."""
    measures: Sequence[Measure]
    """The first due first; what is done last."""

    @property
    def closed(self) -> bool:
        return self.evaluation is not None and self.evaluation.closed_at is not None


def book(session: Session, incident_id: int) -> Book:
    """In three queries, whatever has been written."""
    evaluation = session.scalar(select(Evaluation).where(Evaluation.incident_id == incident_id))
    if evaluation is None:
        return Book(None, (), (), {}, ())
    remarks = session.scalars(
        select(Remark).where(Remark.evaluation_id == evaluation.id).order_by(Remark.id)
    ).all()
    comments: dict[int, list[Remark]] = {}
    for one in remarks:
        if one.kind == Kind.COMMENT and one.about_id is not None:
            comments.setdefault(one.about_id, []).append(one)
    measures = session.scalars(
        select(Measure)
        .where(Measure.evaluation_id == evaluation.id)
        .order_by(Measure.done_at.is_not(None), Measure.due, Measure.id)
    ).all()
    return Book(
        evaluation,
        sorted(
            (one for one in remarks if one.kind == Kind.OBSERVATION),
            key=lambda one: (one.at or one.written_at, one.id),
        ),
        [one for one in remarks if one.kind == Kind.LESSON],
        comments,
        measures,
    )


def observed(session: Session, incident_id: int) -> list[tuple[datetime, int]]:
    """(moment, number) of each observation of an event."""
    query = (
        select(Remark.at, Remark.id)
        .join(Evaluation, Evaluation.id == Remark.evaluation_id)
        .where(Evaluation.incident_id == incident_id, Remark.kind == Kind.OBSERVATION)
        .order_by(Remark.at, Remark.id)
    )
    return [(at, number) for at, number in session.execute(query) if at is not None]


def measure(session: Session, measure_id: int, reader: Person) -> Measure:
    """
    Raises:
        NotFound.
        NotAllowed: it is somebody else's, and the reader's role doesn't evaluate.
    """
    row = session.get(Measure, measure_id)
    if row is None:
        raise NotFound(_("Åtgärden finns inte."))
    if not may_settle(reader.roles, reader.id, row.owner_id):
        raise NotAllowed(_("Åtgärden är någon annans."))
    return row


def to_do(session: Session, person_id: int) -> Sequence[Measure]:
    """What a person is to do, the first due first."""
    return session.scalars(
        select(Measure)
        .where(Measure.owner_id == person_id, Measure.done_at.is_(None))
        .order_by(Measure.due, Measure.id)
    ).all()


def ownerless(session: Session) -> Sequence[Measure]:
    """What isn't done and belongs to somebody who has left."""
    return session.scalars(
        select(Measure)
        .join(Person, Person.id == Measure.owner_id)
        .where(Measure.done_at.is_(None), Person.active.is_(False))
        .order_by(Measure.due, Measure.id)
    ).all()


def tables(found: Book) -> list[Table]:
    """The evaluation as tables, for the export; [] where there is none."""
    if found.evaluation is None:
        return []
    locale = get_locale()
    lang = locale.language if locale else "sv"
    said = [
        *((_("Iakttagelse"), one) for one in found.observations),
        *((_("Lärdom"), one) for one in found.lessons),
    ]
    rows = []
    for kind, one in said:
        rows.append((kind, moment(one.at), one.content, one.author.name))
        rows += [
            (_("Kommentar"), moment(of.written_at), of.content, of.author.name)
            for of in found.comments.get(one.id, ())
        ]
    if found.evaluation.closed_at is not None:
        closer = found.evaluation.closed_by
        rows.append(
            (_("Slutsats"), moment(found.evaluation.closed_at), found.evaluation.summary,
             closer.name if closer is not None else "")
        )  # fmt: skip
    return [
        Table(
            "evaluation",
            _("Utvärdering"),
            (_("Slag"), _("När"), _("Vad"), _("Vem")),
            rows,
            _("Inget är skrivet."),
        ),
        Table(
            "measures",
            _("Åtgärder"),
            (_("Åtgärd"), _("Ansvarig"), _("Senast"), _("Klar"), _("Vad som gjordes")),
            [
                (one.content, one.owner.name, phrases.day(one.due, lang), moment(one.done_at),
                 one.outcome)
                for one in found.measures
            ],
            _("Ingen åtgärd är beslutad."),
        ),
    ]  # fmt: skip
