"""Reading exports, and what of the register of people a masked copy leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from console.answers.models import Answer, AnswerVersion
from console.answers.operations import SUBJECT as ANSWER_SUBJECT
from console.approvals.models import Approval
from console.errors import NotFound
from console.incidents.models import Incident, RosterPlace
from console.listing import Part, part
from console.messages import queries as messages
from console.messages.models import Broadcast, Delivery, Message, Version
from console.monitoring.moderation_models import ModerationEvidence
from console.people.models import Person
from console.policy.queries import current
from console.recipients.models import Recipient
from console.review.handout_models import Handout
from console.review.models import TimelineExport
from console.review.rules import KEPT, LEASE, ExportState
from console.timeline.masking import Mask, folded, own
from console.timeline.models import Entry, Personal

NEWEST = 50
"""Exports of an event that its page lists."""
NAMES = ("name", "phone", "email", "seen_by")
"""Personal fields of the timeline that hold a name or an address, and no running text."""
NAMING = ("fact_owner", "decided_by", "source")
"""Fields of a message that say from whom something is known."""


def events(session: Session, page: int) -> Part[Incident]:
    """Every event, the newest first."""
    query = select(Incident).order_by(Incident.opened_at.desc(), Incident.id.desc())
    return part(session, query, page)


def entries_count(session: Session, incident_id: int) -> int:
    """Entries of the event in the timeline."""
    query = select(func.count()).select_from(Entry).where(Entry.incident_id == incident_id)
    return session.scalars(query).one()


def exports_of(session: Session, incident_id: int) -> Sequence[TimelineExport]:
    """The event's newest exports, the newest first."""
    return session.scalars(
        select(TimelineExport)
        .where(TimelineExport.incident_id == incident_id)
        .order_by(TimelineExport.id.desc())
        .limit(NEWEST)
    ).all()


def finished(session: Session, incident_id: int, export_id: int) -> TimelineExport:
    """An export whose file can be fetched.

    Raises:
        NotFound: the sentence says why, and what to do instead.
    """
    row = session.scalar(
        select(TimelineExport).where(
            TimelineExport.id == export_id, TimelineExport.incident_id == incident_id
        )
    )
    if row is None or row.state in (ExportState.FAILED, ExportState.REMOVED):
        raise NotFound(_("Exporten finns inte längre. Exportera igen."))
    if row.state != ExportState.DONE:
        raise NotFound(_("Exporten är inte klar än. Vänta tills sidan visar filen."))
    return row


def handouts(session: Session, message_id: int) -> Sequence[Handout]:
    """When a message was handed out, the newest first."""
    query = select(Handout).where(Handout.message_id == message_id)
    return session.scalars(query.order_by(Handout.id.desc()).limit(NEWEST)).all()


def handout(session: Session, message_id: int, handout_id: int) -> Handout:
    """
    Raises:
        NotFound.
    """
    row = session.get(Handout, handout_id)
    if row is None or row.message_id != message_id:
        raise NotFound(_("Utlämnandet finns inte."))
    return row


def has_work(session: Session, now: datetime) -> bool:
    """Is there an export to write, to begin anew, or to take away?"""
    row = TimelineExport
    waits = (row.state == ExportState.QUEUED) | (
        (row.state == ExportState.RUNNING) & (row.seen_at < now - LEASE)
    )
    old = (row.state == ExportState.DONE) & (row.settled_at < now - KEPT)
    return bool(session.scalar(select(exists().where(waits | old))))


def to_mask(session: Session, incident_id: int | None, message_id: int = 0) -> Mask:
    """Names, e-mails and telephone numbers that a masked copy must not hold, as
    `timeline.masking` looks for them: everybody's in the register of people, the staff's, those
    that we write to, authors of moderated posts, those whom the event's texts name as sources, and
    what the event's own entries keep apart as a name. The municipality's own stay. What was removed
    (4-i), and what never reached the public, is left out whatever it says.

    Args:
        incident_id: None: of an ordinary post, whose `message_id` is given.
    """
    words: list[str | None] = []
    for row in session.execute(select(Person.name, Person.email, Person.phone)):
        words += row
    staff = select(RosterPlace.name, RosterPlace.phone).where(
        RosterPlace.incident_id == incident_id
    )
    for row in session.execute(staff):
        words += row
    words += session.scalars(select(Recipient.name).where(Recipient.name != "").distinct())
    words += session.scalars(
        select(ModerationEvidence.author).where(ModerationEvidence.author != "").distinct()
    )
    texts = select(Message.fields)
    if incident_id is None:
        texts = texts.where(Message.id == message_id)
    else:
        words += session.scalars(
            select(Personal.content)
            .join(Entry, Entry.n == Personal.n)
            .where(Entry.incident_id == incident_id, Personal.field.in_(NAMES))
            .distinct()
        )
        texts = texts.where(Message.incident_id == incident_id)
    for fields in session.scalars(texts):
        named = (fields.get(name) for name in NAMING)
        # A title is one word; a name is more.
        words += [one for one in named if isinstance(one, str) and len(one.split()) > 1]
    profile = current(session)
    ours = own((profile.phone, profile.unit_phone, profile.feedback_email))
    if incident_id is None:
        return Mask(folded(words), ours)
    return Mask(
        folded(words), ours, _gone(session, incident_id), frozenset(_unsaid(session, incident_id))
    )


def _gone(session: Session, incident_id: int) -> frozenset[int]:
    """Messages that are removed, and their corrections, which quote them."""
    removed = messages.removed(session, incident_id)
    quoting = select(Message.id).where(Message.corrects_id.in_(removed))
    return removed.union(session.scalars(quoting))


def _unsaid(session: Session, incident_id: int) -> Iterator[tuple[str, str, int]]:
    """Versions of the event's messages and answers that nobody outside has been given, and answers
    of which there is no other."""
    went_out = exists().where(
        Broadcast.version_id == Version.id, Delivery.broadcast_id == Broadcast.id
    )
    versions = select(Version.id).join(Message, Message.id == Version.message_id)
    for number in session.scalars(versions.where(Message.incident_id == incident_id, ~went_out)):
        yield "message", "version", number
    approved = exists().where(
        Approval.subject == ANSWER_SUBJECT, Approval.subject_id == AnswerVersion.id
    )
    rows = session.execute(
        select(Answer.id, AnswerVersion.id, approved)
        .outerjoin(AnswerVersion, AnswerVersion.answer_id == Answer.id)
        .where(Answer.incident_id == incident_id)
    ).all()
    given = {answer for answer, _version, said in rows if said}
    for answer, version, said in rows:
        if answer not in given:
            yield "answer", "answer", answer
        elif not said:
            yield "answer", "version", version
