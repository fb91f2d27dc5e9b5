"""Which answers there are, which may be given now, and what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.answers import rules
from console.answers.models import Answer, AnswerVersion
from console.answers.rules import Basis, Instruction, Now, Review
from console.errors import NotFound, WrongState
from console.incidents.models import Incident
from console.logs import get_logger
from console.messages import queries as messages
from console.messages import rules as message_rules
from console.messages.models import Message
from console.messages.rendering import Standing
from console.messages.rules import MessageType

_BEGUN = (*message_rules.EDITABLE, message_rules.MessageState.APPROVED)

log = get_logger("answers")


@dataclass(frozen=True)
class Words:
    """An answer's frozen words."""

    question: str
    content: str
    question_en: str
    content_en: str
    basis: Basis


@dataclass(frozen=True)
class Offered:
    """An approved answer, as it was approved. `review`: why it may not be given now, or None."""

    id: int
    version_id: int
    words: Words
    review: Review | None


def now_for(
    session: Session, incident: Incident, standing: Sequence[Standing] | None = None
) -> Now:
    """What applies at this moment, for `rules.review`.

    Args:
        standing: what applies, if it has just been read.
    """
    if standing is None:
        standing = messages.standing(session, incident.id)
    rows = session.execute(
        select(Message.id, Message.type, Message.state, Message.record_number)
        .where(
            Message.incident_id == incident.id,
            Message.type.in_((MessageType.CORRECTION, MessageType.ALL_CLEAR)),
        )
        .order_by(Message.id)
    ).all()
    out = [row for row in rows if row.record_number is not None]
    return Now(
        basis=Basis(
            tuple(Instruction(one.id, one.headline, one.area, one.detail) for one in standing),
            tuple(row.id for row in out if row.type == MessageType.CORRECTION),
            tuple(row.id for row in out if row.type == MessageType.ALL_CLEAR),
        ),
        being_corrected=any(
            row.type == MessageType.CORRECTION and row.record_number is None
            and row.state in _BEGUN
            for row in rows
        ),
        open=incident.state == "open",
    )  # fmt: skip


def approved(
    session: Session, incident: Incident, standing: Sequence[Standing] | None = None
) -> list[Offered]:
    """The event's approved answers, oldest first; each says whether it may be given now."""
    versions = session.execute(
        select(
            AnswerVersion.id,
            AnswerVersion.answer_id,
            AnswerVersion.canonical,
            AnswerVersion.content_hash,
        )
        .join(Answer, Answer.id == AnswerVersion.answer_id)
        .where(
            Answer.incident_id == incident.id,
            Answer.state == rules.AnswerState.APPROVED,
            AnswerVersion.state == "approved",
        )
        .order_by(Answer.id)
    ).all()
    if not versions:
        return []
    now, found = now_for(session, incident, standing), []
    for version in versions:
        try:
            words = read(version.canonical, version.content_hash)
        except WrongState as error:
            # One whose bytes aren't those approved must not keep the others from being given.
            log.error("answer_not_shown", answer=version.answer_id, reason=error.message)
            continue
        review = rules.review(words.basis, now)
        found.append(Offered(version.answer_id, version.id, words, review))
    return found


def to_give(session: Session, incident: Incident) -> list[Offered]:
    """The answers that may be given now."""
    return [one for one in approved(session, incident) if one.review is None]


def read(frozen: str, expected_hash: str) -> Words:
    """The words that were frozen.

    Args:
        frozen: canonical JSON.
        expected_hash: its SHA-256 in hex.

    Raises:
        WrongState: the bytes aren't those that were submitted.
    """
    if hashlib.sha256(frozen.encode()).hexdigest() != expected_hash:
        raise WrongState(_("Svaret är inte det som lämnades in. Skriv det på nytt."))
    data = json.loads(frozen)
    return Words(
        data["question"], data["answer"], data["question_en"], data["answer_en"],
        rules.basis_from(data["basis"]),
    )  # fmt: skip


def of_event(session: Session, incident: Incident) -> Sequence[Answer]:
    """Every answer of an event, oldest first."""
    query = select(Answer).where(Answer.incident_id == incident.id).order_by(Answer.id)
    return session.scalars(query).all()


def one(session: Session, incident: Incident, answer_id: int) -> Answer:
    """Raises: NotFound: there is none with that number in this event."""
    answer = session.get(Answer, answer_id)
    if answer is None or answer.incident_id != incident.id:
        raise NotFound(_("Svaret finns inte i den här händelsen."))
    return answer


def version(session: Session, incident: Incident, version_id: int) -> AnswerVersion:
    """Raises: NotFound: there is none with that number in this event."""
    found = session.get(AnswerVersion, version_id)
    if found is None or found.answer.incident_id != incident.id:
        raise NotFound(_("Svaret finns inte i den här händelsen."))
    return found


def had_a_hand(version: AnswerVersion) -> frozenset[int]:
    """Ids of those who wrote, saved or submitted the answer: none of them approves it."""
    answer = version.answer
    return frozenset({answer.author_id, *answer.hands, version.submitted_by_id})


def waiting(session: Session, *, incident_id: int | None = None) -> Sequence[AnswerVersion]:
    """Versions before an approver, oldest first: of one event, or of all that are open."""
    query = (
        select(AnswerVersion)
        .join(Answer, Answer.id == AnswerVersion.answer_id)
        .join(Incident, Incident.id == Answer.incident_id)
        .where(AnswerVersion.state == "waiting", Incident.state == "open")
        .order_by(AnswerVersion.id)
    )
    if incident_id is not None:
        query = query.where(Answer.incident_id == incident_id)
    return session.scalars(query).all()


def last_reason(session: Session, answer_id: int) -> str:
    """Why the newest version was returned; "" if it wasn't."""
    newest = session.scalar(
        select(AnswerVersion)
        .where(AnswerVersion.answer_id == answer_id)
        .order_by(AnswerVersion.number.desc())
        .limit(1)
    )
    return newest.reason or "" if newest is not None and newest.state == "returned" else ""
