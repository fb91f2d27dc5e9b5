"""Evaluating an event: observing, learning, deciding what to do, and closing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts.coverage import today
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.people.models import Person
from console.people.rules import Permission, may
from console.review.evaluation_models import Evaluation, Measure, Remark
from console.review.evaluation_rules import FARTHEST, LONGEST, Kind, may_settle
from console.timeline.models import Entry
from console.timeline.operations import record


def observe(
    session: Session,
    actor: Person,
    incident: Incident,
    content: str,
    now: datetime,
    *,
    at: datetime | None = None,
    entry: int | None = None,
) -> Remark:
    """Write down what somebody saw at a point in time of the event.

    Args:
        at: when it was; aware. Left out where an entry says it.
        entry: the number of the event's entry that it is about.

    Raises:
        NotAllowed, WrongState.
        BadInput: `content`, `at` (field names).
        NotFound: the event has no such entry.
    """
    evaluation = _open(session, actor, incident, now)
    text = _text(content, "content")
    if entry is not None:
        found = session.scalar(
            select(Entry.at).where(Entry.n == entry, Entry.incident_id == incident.id)
        )
        if found is None:
            raise NotFound(_("Händelsen har ingen post med det numret."))
        at = found
    if at is None:
        raise BadInput(_("Skriv när det var."), field="at")
    if at > now or at < incident.opened_at - timedelta(days=1):
        raise BadInput(_("Skriv en tid under händelsen: från dagen före öppnandet till nu."), "at")
    return _remark(session, actor, evaluation, Kind.OBSERVATION, text, now, at=at, entry=entry)


def learn(
    session: Session, actor: Person, incident: Incident, content: str, now: datetime,
    *, from_id: int | None = None,
) -> Remark:  # fmt: skip
    """Draw a lesson, perhaps from one observation.

    Raises:
        NotAllowed, WrongState, NotFound.
        BadInput: `content`.
    """
    evaluation = _open(session, actor, incident, now)
    text = _text(content, "content")
    if from_id is not None:
        _remark_of(session, evaluation, from_id, Kind.OBSERVATION)
    return _remark(session, actor, evaluation, Kind.LESSON, text, now, about_id=from_id)


def comment(
    session: Session, actor: Person, incident: Incident, about_id: int, content: str, now: datetime
) -> Remark:
    """Say something of an observation or a lesson.

    Raises:
        NotAllowed, WrongState, NotFound.
        BadInput: `content`.
    """
    evaluation = _open(session, actor, incident, now)
    text = _text(content, "content")
    _remark_of(session, evaluation, about_id, Kind.OBSERVATION, Kind.LESSON)
    return _remark(session, actor, evaluation, Kind.COMMENT, text, now, about_id=about_id)


def decide(
    session: Session,
    actor: Person,
    incident: Incident,
    content: str,
    owner_id: int | None,
    due: date | None,
    now: datetime,
    *,
    lesson_id: int | None = None,
) -> Measure:
    """Decide on a measure: it stands on its owner's start page until it is done.

    Raises:
        NotAllowed, WrongState, NotFound.
        BadInput: `content`, `owner`, `due`.
    """
    evaluation = _open(session, actor, incident, now)
    text = _text(content, "content")
    owner = _owner(session, owner_id)
    day = _day(due, now)
    if lesson_id is not None:
        _remark_of(session, evaluation, lesson_id, Kind.LESSON)
    row = Measure(
        evaluation_id=evaluation.id, lesson_id=lesson_id, content=text, owner_id=owner.id, due=day,
        decided_at=now, decided_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(
        session, "evaluation:measure:decided", evaluation, actor, now,
        {"measure": row.id, "owner": owner.id, "due": day.isoformat(), "lesson": lesson_id},
        {"content": text},
    )  # fmt: skip
    return row


def move(
    session: Session, actor: Person, measure_id: int, owner_id: int | None, due: date | None,
    now: datetime,
) -> Measure:  # fmt: skip
    """Give a measure another owner or another day, when the evaluation is closed too.

    Raises:
        NotAllowed, NotFound.
        WrongState: it is done.
        BadInput: `owner`, `due`.
    """
    _evaluates(actor)
    row = _measure(session, measure_id)
    if row.done_at is not None:
        raise WrongState(_("Åtgärden är redan klar."))
    owner, day = _owner(session, owner_id), _day(due, now)
    if (owner.id, day) == (row.owner_id, row.due):
        return row
    before = {"owner": row.owner_id, "due": row.due.isoformat()}
    row.owner_id, row.due = owner.id, day
    _record(
        session, "evaluation:measure:moved", row.evaluation, actor, now,
        {"measure": row.id, "owner": owner.id, "due": day.isoformat(), "before": before},
    )  # fmt: skip
    return row


def finish(
    session: Session, actor: Person, measure_id: int, outcome: str, now: datetime
) -> Measure:
    """Say that a measure is done, and what was done.

    Raises:
        NotAllowed, NotFound.
        WrongState: it is done already.
        BadInput: `outcome`.
    """
    row = _measure(session, measure_id)
    if not actor.active or not may_settle(actor.roles, actor.id, row.owner_id):
        raise NotAllowed(_("Bara den som ansvarar för åtgärden kan säga att den är klar."))
    if row.done_at is not None:
        raise WrongState(_("Åtgärden är redan klar."))
    row.outcome = _text(outcome, "outcome")
    row.done_at, row.done_by_id = now, actor.id
    _record(
        session, "evaluation:measure:done", row.evaluation, actor, now, {"measure": row.id},
        {"content": row.outcome},
    )  # fmt: skip
    return row


def close(
    session: Session, actor: Person, incident: Incident, summary: str, now: datetime
) -> Evaluation:
    """Close the evaluation. Nothing more is written in it; its measures go on until they are done.

    Raises:
        NotAllowed.
        WrongState: the event goes on, or it is closed already.
        BadInput: `summary`.
    """
    evaluation = _open(session, actor, incident, now)
    if incident.state == "open":
        raise WrongState(_("Händelsen pågår. Avsluta den innan du avslutar utvärderingen."))
    evaluation.summary = _text(summary, "summary")
    evaluation.closed_at, evaluation.closed_by_id = now, actor.id
    _record(
        session, "evaluation:closed", evaluation, actor, now, {}, {"content": evaluation.summary}
    )
    return evaluation


def _open(session: Session, actor: Person, incident: Incident, now: datetime) -> Evaluation:
    """The event's evaluation, begun by the first who writes in it."""
    _evaluates(actor)
    # Two who begin at the same moment meet here.
    session.execute(select(Incident.id).where(Incident.id == incident.id).with_for_update())
    found = session.scalar(
        select(Evaluation)
        .where(Evaluation.incident_id == incident.id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        found = Evaluation(incident_id=incident.id, begun_at=now)
        session.add(found)
        session.flush()
    elif found.closed_at is not None:
        raise WrongState(_("Utvärderingen är avslutad."))
    return found


def _evaluates(actor: Person) -> None:
    if not actor.active or not may(actor.roles, Permission.EVALUATE):
        raise NotAllowed(_("Din roll får inte skriva i utvärderingen."))


def _remark(
    session: Session, actor: Person, evaluation: Evaluation, kind: Kind, text: str, now: datetime,
    *, about_id: int | None = None, at: datetime | None = None, entry: int | None = None,
) -> Remark:  # fmt: skip
    row = Remark(
        evaluation_id=evaluation.id, kind=kind, about_id=about_id, at=at, entry=entry, content=text,
        author_id=actor.id, written_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts: dict[str, object] = {"remark": row.id, "kind": kind, "about": about_id}
    if at is not None:
        facts |= {"about_at": at, "entry": entry}
    _record(session, "evaluation:remark:written", evaluation, actor, now, facts, {"content": text})
    return row


def _remark_of(session: Session, evaluation: Evaluation, remark_id: int, *kinds: Kind) -> Remark:
    row = session.get(Remark, remark_id)
    if row is None or row.evaluation_id != evaluation.id or row.kind not in kinds:
        raise NotFound(_("Det du svarar på finns inte i den här utvärderingen."))
    return row


def _measure(session: Session, measure_id: int) -> Measure:
    row = session.scalar(
        select(Measure)
        .where(Measure.id == measure_id)
        .with_for_update(of=Measure)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(_("Åtgärden finns inte."))
    return row


def _owner(session: Session, owner_id: int | None) -> Person:
    person = session.get(Person, owner_id) if owner_id is not None else None
    if person is None or not person.active:
        raise BadInput(_("Välj vem som ansvarar."), field="owner")
    return person


def _day(due: date | None, now: datetime) -> date:
    first = today(now)
    if due is None:
        raise BadInput(_("Skriv när det ska vara klart."), field="due")
    if not first <= due <= first + timedelta(days=FARTHEST):
        raise BadInput(_("Välj en dag från i dag och högst fem år framåt."), field="due")
    return due


def _text(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput(_("Skriv något här."), field=field)
    if len(text) > LONGEST:
        raise BadInput(_("Skriv högst %(n)s tecken.", n=LONGEST), field=field)
    return text


def _record(
    session: Session, tag: str, evaluation: Evaluation, actor: Person, now: datetime,
    facts: dict[str, object], personal: dict[str, str] | None = None,
) -> None:  # fmt: skip
    record(
        session,
        tag,
        body={"evaluation": evaluation.id, **facts},
        now=now,
        incident_id=evaluation.incident_id,
        person_id=actor.id,
        personal=personal,
    )
    live.announce(session, live.CALM)
