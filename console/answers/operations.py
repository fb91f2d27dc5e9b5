"""An answer's verbs: written, submitted, approved by somebody else, withdrawn in one press."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.answers import queries, rules
from console.answers.models import Answer, AnswerVersion
from console.answers.rules import AnswerState
from console.approvals.operations import give
from console.errors import Faults, NotAllowed, NotFound, Stale, WrongState
from console.incidents.models import Incident
from console.incidents.operations import tell
from console.incidents.rules import NoticeKind
from console.messages.calls import next_people
from console.messages.operations.drafts import need, open_incident
from console.people.models import Person
from console.people.rules import Permission
from console.policy.queries import current as current_profile
from console.timeline.operations import record
from console.timeline.rules import canonical

SUBJECT = "answer_version"
FORMAT = 1


def write(
    session: Session,
    actor: Person,
    incident: Incident,
    now: datetime,
    *,
    question: str,
    content: str,
    question_en: str = "",
    content_en: str = "",
) -> Answer:
    """Write a new answer: a draft.

    Raises:
        NotAllowed, WrongState (the event is closed); Faults: keys as the arguments.
    """
    need(actor, Permission.WRITE_MESSAGE)
    open_incident(session, incident.id)
    words = _checked(question, content, question_en, content_en)
    answer = Answer(
        incident_id=incident.id,
        state=AnswerState.DRAFT,
        author_id=actor.id,
        created_at=now,
        saved_at=now,
        saved_by_id=actor.id,
        hands=[actor.id],
        **words,
    )
    session.add(answer)
    session.flush()
    _record(session, "answer:written", answer, actor, now)
    return answer


def save(
    session: Session,
    actor: Person,
    answer_id: int,
    revision: int,
    now: datetime,
    *,
    question: str,
    content: str,
    question_en: str = "",
    content_en: str = "",
) -> Answer:
    """Change an answer. Whatever was approved or waiting of it is void from this moment.

    Args:
        revision: the revision that the writer started from.

    Raises:
        Stale: somebody else saved something else in between.
        NotAllowed, NotFound, WrongState; Faults: keys as the arguments.
    """
    need(actor, Permission.WRITE_MESSAGE)
    answer = _held(session, answer_id)
    open_incident(session, answer.incident_id)
    words = _checked(question, content, question_en, content_en)
    if all(getattr(answer, name) == text for name, text in words.items()):
        return answer
    if answer.revision != revision:
        raise Stale(_("Någon annan har sparat svaret under tiden. Läs det och skriv in ditt igen."))
    for name, text in words.items():
        setattr(answer, name, text)
    answer.revision += 1
    answer.saved_at, answer.saved_by_id = now, actor.id
    answer.hands = sorted({*answer.hands, actor.id})
    _end_current(session, answer, actor, now, "edited")
    answer.state = AnswerState.DRAFT
    _record(session, "answer:changed", answer, actor, now, revision=answer.revision)
    return answer


def submit(
    session: Session,
    actor: Person,
    answer_id: int,
    revision: int,
    now: datetime,
    *,
    mail: bool = False,
) -> AnswerVersion:
    """Freeze the words together with what applies, and put them before an approver: the first of
    the call list is told.

    An approved answer whose ground has changed is submitted anew by this, unchanged.

    Args:
        mail: the notice is also sent as mail.

    Raises:
        Stale: somebody else saved it in between.
        NotAllowed, NotFound, WrongState.
    """
    need(actor, Permission.WRITE_MESSAGE)
    answer = _held(session, answer_id)
    incident = open_incident(session, answer.incident_id)
    if answer.revision != revision:
        raise Stale(_("Någon annan har sparat svaret under tiden. Läs det först."))
    _move(answer, AnswerState.WAITING)
    _end_current(session, answer, actor, now, "submitted_anew")
    last = select(func.max(AnswerVersion.number)).where(AnswerVersion.answer_id == answer.id)
    frozen = canonical(
        {
            "format": FORMAT,
            "answer_id": answer.id,
            "incident": {"id": incident.id, "exercise": incident.exercise},
            "question": answer.question,
            "answer": answer.content,
            "question_en": answer.question_en,
            "answer_en": answer.content_en,
            "basis": queries.now_for(session, incident).basis.as_content(),
        }
    )
    version = AnswerVersion(
        answer_id=answer.id,
        number=1 + (session.scalar(last) or 0),
        canonical=frozen,
        content_hash=hashlib.sha256(frozen.encode()).hexdigest(),
        state="waiting",
        submitted_at=now,
        submitted_by_id=actor.id,
    )
    session.add(version)
    session.flush()
    _record(
        session, "answer:submitted", answer, actor, now,
        version=version.id, content_hash=version.content_hash, envelope=frozen,
    )  # fmt: skip
    listed, others = next_people(session, queries.had_a_hand(version), ())
    tell(
        session,
        incident,
        NoticeKind.APPROVE,
        f"answer version {version.id}",
        listed[:1] or others,
        now,
        subject=f"Godkänn ett svar: {incident.name}",
        text=f"{actor.name} har skrivit ett svar på en fråga som kommer ofta.",
        path=f"/incidents/{incident.slug}/answers/approve/{version.id}",
        mail=mail,
        actor_id=actor.id,
    )
    return version


def approve(
    session: Session, actor: Person, version_id: int, seen_hash: str, now: datetime
) -> AnswerVersion:
    """Say yes to exactly what was seen, as long as it rests on what applies.

    Args:
        seen_hash: SHA-256 in hex of what the approver had before them.

    Raises:
        NotAllowed: no such role, or the approver had a hand in the answer.
        Stale: the answer, or what applies, isn't what the approver saw.
        NotFound, WrongState.
    """
    version = _waiting(session, version_id)
    answer = version.answer
    check_may_approve(actor, version)
    if seen_hash != version.content_hash:
        raise Stale(_("Svaret har ändrats sedan du läste det. Läs det nya och ta ställning igen."))
    incident = open_incident(session, answer.incident_id)
    now_applies = queries.now_for(session, incident)
    why = rules.review(queries.read(version.canonical, version.content_hash).basis, now_applies)
    if why is rules.Review.FAULT:
        raise WrongState(_("Ett fel rättas just nu. Godkänn svaret när rättelsen är ute."))
    if why is not None:
        raise Stale(_("Det som gäller har ändrats sedan svaret lämnades in. Returnera det."))
    given = give(session, actor, SUBJECT, version.id, seen_hash, now)
    required = current_profile(session).approvals_required
    _record(
        session, "answer:approved", answer, actor, now,
        version=version.id, content_hash=seen_hash, given=given, required=required,
    )  # fmt: skip
    if given >= required:
        _move(answer, AnswerState.APPROVED)
        version.state, version.settled_at, version.settled_by_id = "approved", now, actor.id
    return version


def send_back(
    session: Session, actor: Person, version_id: int, reason: str, now: datetime
) -> AnswerVersion:
    """Returnera: the answer goes back to its writer with a reason.

    Raises:
        NotAllowed, NotFound; WrongState: it doesn't wait, or no reason.
    """
    need(actor, Permission.APPROVE_MESSAGE)
    version = _waiting(session, version_id)
    if not reason.strip():
        raise WrongState(_("Skriv vad som behöver ändras."))
    _move(version.answer, AnswerState.RETURNED)
    version.state, version.settled_at, version.settled_by_id = "returned", now, actor.id
    version.reason = reason.strip()
    _record(
        session, "answer:returned", version.answer, actor, now,
        personal={"reason": version.reason}, version=version.id,
    )  # fmt: skip
    return version


def withdraw(session: Session, actor: Person, answer_id: int, now: datetime) -> Answer:
    """Take an answer back: from this moment nobody is offered it. Also when the event is over.

    Raises:
        NotAllowed: neither the information unit nor an approver; NotFound, WrongState.
    """
    need(actor, Permission.STOP_BROADCAST)
    answer = _held(session, answer_id)
    _move(answer, AnswerState.WITHDRAWN)
    _end_current(session, answer, actor, now, "withdrawn")
    _record(session, "answer:withdrawn", answer, actor, now)
    return answer


def reopen(session: Session, actor: Person, answer_id: int, now: datetime) -> Answer:
    """A withdrawn answer becomes a draft again; it must be approved anew.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    need(actor, Permission.WRITE_MESSAGE)
    answer = _held(session, answer_id)
    open_incident(session, answer.incident_id)
    if answer.state != AnswerState.WITHDRAWN:
        raise WrongState(_("Svaret är inte återtaget."))
    _move(answer, AnswerState.DRAFT)
    _record(session, "answer:reopened", answer, actor, now)
    return answer


def check_may_approve(actor: Person, version: AnswerVersion) -> None:
    """No one approves an answer they had a hand in, exercises included.

    Raises:
        NotAllowed: the sentence says why.
    """
    need(actor, Permission.APPROVE_MESSAGE)
    if actor.id in queries.had_a_hand(version):
        raise NotAllowed(_("Du har skrivit svaret. Någon annan måste godkänna det."))


def _checked(question: str, content: str, question_en: str, content_en: str) -> dict[str, str]:
    words = {
        "question": " ".join(question.split()),
        "content": content.replace("\r\n", "\n").strip(),
        "question_en": " ".join(question_en.split()),
        "content_en": content_en.replace("\r\n", "\n").strip(),
    }
    faults: dict[str, str] = {}
    if not words["question"]:
        faults["question"] = _("Skriv frågan som invånarna ställer den.")
    if not words["content"]:
        faults["content"] = _("Skriv svaret.")
    if words["content_en"] and not words["question_en"]:
        faults["question_en"] = _("Skriv frågan på engelska också.")
    if words["question_en"] and not words["content_en"]:
        faults["content_en"] = _("Skriv svaret på engelska också.")
    for name, text in words.items():
        most = rules.QUESTION_LENGTH if name.startswith("question") else rules.ANSWER_LENGTH
        if len(text) > most:
            faults[name] = _(
                "Korta till högst %(most)s tecken. Nu är det %(n)s.", most=most, n=len(text)
            )
    if faults:
        raise Faults(faults)
    return words


def _held(session: Session, answer_id: int) -> Answer:
    """The answer, held until the end of the transaction and read anew."""
    answer = session.scalar(
        select(Answer)
        .where(Answer.id == answer_id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )
    if answer is None:
        raise NotFound(_("Svaret finns inte."))
    return answer


def _waiting(session: Session, version_id: int) -> AnswerVersion:
    """The version, with its answer held: whoever edits or withdraws it waits, or has been first."""
    answer_id = session.scalar(
        select(AnswerVersion.answer_id).where(AnswerVersion.id == version_id)
    )
    _held(session, answer_id or 0)
    version = session.get_one(AnswerVersion, version_id, populate_existing=True)
    if version.state != "waiting":
        raise WrongState(_("Svaret väntar inte längre på godkännande."))
    return version


def _move(answer: Answer, state: AnswerState) -> None:
    if not rules.may_move(answer.state, state):
        label = rules.STATE_LABELS[answer.state]
        raise WrongState(_("Det går inte nu. Svaret är: %(state)s.", state=label))
    answer.state = state


def _end_current(
    session: Session, answer: Answer, actor: Person, now: datetime, reason: str
) -> None:
    """Void what waits or is approved; approvals of it count for nothing."""
    for version in session.scalars(
        select(AnswerVersion).where(
            AnswerVersion.answer_id == answer.id, AnswerVersion.state.in_(("waiting", "approved"))
        )
    ):
        version.state, version.reason = "void", reason
        version.settled_at, version.settled_by_id = now, actor.id
    session.flush()


def _record(
    session: Session,
    tag: str,
    answer: Answer,
    actor: Person,
    now: datetime,
    personal: dict[str, str] | None = None,
    **facts: object,
) -> None:
    record(
        session,
        tag,
        body={"answer": answer.id, "question": answer.question} | facts,
        now=now,
        incident_id=answer.incident_id,
        person_id=actor.id,
        personal=personal,
    )
    live.announce(session, live.incident_topic(answer.incident_id), live.CALM)
