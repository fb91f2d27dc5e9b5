"""Calling an approver: the one on duty first, then the next on the list, then everybody.

A version's calls are rows. Each step looks at them and at who is on duty now, under the version's
own lock, so any number of tickers may take it, at any time, after any pause: nobody is called
twice about a version, and nothing is caught up on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from console import live, phrases
from console.incidents.models import Incident
from console.incidents.operations import tell
from console.incidents.rules import NoticeKind
from console.messages import calls, envelope, queries, rules
from console.messages.models import ApproverCall, Message, Version
from console.messages.rules import CallOutcome
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.policy.queries import current as current_profile
from console.timeline.operations import record


def waiting(session: Session) -> list[int]:
    """Ids of the versions that wait for approval in open events, oldest first."""
    query = (
        select(Version.id)
        .join(Message, Message.id == Version.message_id)
        .join(Incident, Incident.id == Message.incident_id)
        .where(Version.state == "waiting", Incident.state == "open")
        .order_by(Version.id)
    )
    return list(session.scalars(query))


def call_first(session: Session, version: Version, now: datetime, *, mail: bool) -> None:
    """Call whoever is to approve a version that has just been submitted."""
    if not _read_elsewhere(session, version) and not _call_next(session, version, now, mail=mail):
        _list_out(session, version, now)


def step(session: Session, version_id: int, now: datetime, *, mail: bool) -> None:
    """See to a waiting version's calls: who hasn't answered in time, and whom to call now.

    A version that another ticker holds, or that waits no more, is left alone.
    """
    version = session.scalar(
        select(Version)
        .where(Version.id == version_id, Version.state == "waiting")
        .with_for_update(of=Version, skip_locked=True)
    )
    if version is None or _read_elsewhere(session, version):
        return
    missed = _note_unanswered(session, version, now)
    enough = _call_next(session, version, now, mail=mail)
    if missed and not enough:
        _list_out(session, version, now)


def answered(
    session: Session, version: Version, actor: Person, now: datetime, outcome: CallOutcome
) -> None:
    """The actor has approved or returned; once the version waits no more the other calls end."""
    for call in calls.of_version(session, version):
        if call.person_id == actor.id:
            call.outcome, call.answered_at = outcome.value, now
    if version.state != "waiting":
        end(session, version, now)


def end(session: Session, version: Version, now: datetime) -> None:
    """The version waits no more: nobody's answer is needed."""
    for call in calls.waited_for(calls.of_version(session, version)):
        call.outcome, call.answered_at = CallOutcome.ENDED.value, now


def end_unneeded(session: Session, now: datetime) -> None:
    """End the calls of versions whose event has been closed."""
    closed = (
        select(Version.id)
        .join(Message, Message.id == Version.message_id)
        .join(Incident, Incident.id == Message.incident_id)
        .where(Incident.state != "open")
    )
    session.execute(
        update(ApproverCall)
        .where(ApproverCall.outcome == "", ApproverCall.version_id.in_(closed))
        .values(outcome=CallOutcome.ENDED.value, answered_at=now)
    )


def _read_elsewhere(session: Session, version: Version) -> bool:
    """A text that replaces is read and approved on the page of its correction."""
    correction = queries.awaited(session, version.message)
    return correction is not None and correction.state in rules.EDITABLE


def _note_unanswered(session: Session, version: Version, now: datetime) -> list[ApproverCall]:
    wait = timedelta(minutes=current_profile(session).approver_wait_minutes)
    missed = []
    for call in calls.waited_for(calls.of_version(session, version)):
        gone = not call.person.active or not may(call.person.roles, Permission.APPROVE_MESSAGE)
        if gone or call.called_at + wait <= now:
            call.outcome, call.answered_at = CallOutcome.UNANSWERED.value, now
            missed.append(call)
    if missed:
        session.flush()
        _record(session, "approver:unanswered", version, now, _people_of(missed))
    return missed


def _call_next(session: Session, version: Version, now: datetime, *, mail: bool) -> bool:
    """Call so many that the approvals asked for can come. Returns whether the list held enough.

    Whoever got the duty after the text was submitted is called at once, beside the others.
    """
    made = calls.of_version(session, version)
    listed, others = calls.next_people(
        session, queries.had_a_hand(version), {call.person_id for call in made}
    )
    required = current_profile(session).approvals_required
    missing = required - queries.approvals_given(session, version)
    missing -= len(calls.waited_for(made))
    first = people.on_duty(session, Role.APPROVER)
    chosen = listed[: max(0, missing)]
    if listed and not chosen and first is not None and listed[0].id == first.id:
        chosen = listed[:1]
    _call(session, version, chosen, now, mail=mail, everybody=False)
    enough = len(chosen) >= missing
    if not enough:
        _call(session, version, others, now, mail=mail, everybody=True)
    return enough


def _call(
    session: Session,
    version: Version,
    called: Sequence[Person],
    now: datetime,
    *,
    mail: bool,
    everybody: bool,
) -> None:
    if not called:
        return
    before = calls.of_version(session, version)
    place = max((call.position for call in before), default=0)
    rows: list[ApproverCall] = []
    for person in called:
        place = place if everybody and rows else place + 1
        rows.append(
            ApproverCall(
                version_id=version.id,
                person_id=person.id,
                position=place,
                everybody=everybody,
                called_at=now,
            )
        )
    session.add_all(rows)
    session.flush()
    facts = {**_people_of(rows), "everybody": everybody, "mail": mail}
    _record(session, "approver:called", version, now, facts)
    subject, text = _words(session, version, now)
    message = version.message
    tell(
        session,
        message.incident,
        NoticeKind.APPROVE,
        f"version {version.id}",
        called,
        now,
        subject=subject,
        text=text,
        path=f"/incidents/{message.incident.slug}/approve/{version.id}",
        mail=mail,
    )


def _list_out(session: Session, version: Version, now: datetime) -> None:
    _record(session, "approver:list:out", version, now, {})


def _people_of(rows: Sequence[ApproverCall]) -> dict[str, object]:
    return {"people": [{"person": row.person_id, "position": row.position} for row in rows]}


def _record(
    session: Session, tag: str, version: Version, now: datetime, facts: dict[str, object]
) -> None:
    message = version.message
    body = {"message": message.id, "version": version.id, **facts}
    record(session, tag, body=body, now=now, incident_id=message.incident_id)
    live.announce(session, live.CALM, live.incident_topic(message.incident_id))


def _words(session: Session, version: Version, now: datetime) -> tuple[str, str]:
    """(subject, text) in Swedish, short enough for a telephone: what, when, who, where."""
    message = version.message
    frozen = envelope.read(version.canonical, version.content_hash)
    later = frozen.first_at is not None and frozen.first_at > now
    when = phrases.when(frozen.first_at, now) if later and frozen.first_at else "när du godkänner"
    said = next(
        (frozen.texts[n] for n in ("instruction", "right", "text") if frozen.texts.get(n)), ""
    )
    short = said if len(said) <= 120 else said[:119].rsplit(" ", 1)[0] + "…"
    minutes = current_profile(session).approver_wait_minutes
    text = (
        f"{short}\n\n"
        f"Går ut {when}. {message.author.name} skrev. Fakta från {frozen.texts['fact_owner']}.\n"
        f"Öppna sidan och tryck Godkänn eller Returnera. Efter {minutes} min kallar vi nästa."
    )
    return f"Godkänn: {message.incident.name}, går ut {when}", text
