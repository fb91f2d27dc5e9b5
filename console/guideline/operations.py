"""The guideline's versions, its yearly review, and directives from outside (8-a, 8-b, 8-c).

What each person has pledged, read and learned stands in `pledges`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.errors import BadInput, Faults, NotAllowed, Stale, WrongState
from console.guideline import queries, rules
from console.guideline.models import GuidelineDirective, GuidelineReview, GuidelineVersion
from console.guideline.rules import Outcome, Size, day_of
from console.people.models import Person
from console.people.rules import Permission, may
from console.policy import faults as checks
from console.policy.queries import current as profile
from console.timeline.operations import record

_LOCK = 7236453
_LINE = checks.text(rules.LONGEST_LINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The board's decision on a major change (8-c)."""

    on: date | None
    paragraph: str

    @property
    def given(self) -> bool:
        return self.on is not None or bool(self.paragraph)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVersion:
    title: str
    address: str
    applies_from: date | None
    size: str
    """rules.Size"""
    change: str
    reason: str
    decision: Decision
    """Of a major one; may be empty, and then the version waits for it."""


def add_version(
    session: Session, actor: Person | None, new: NewVersion, now: datetime
) -> GuidelineVersion:
    """Write down a version. A minor one applies from its day; a major one waits for the board's
    decision too, if it isn't given at once (8-c).

    Args:
        actor: None: the program, with the example.

    Raises:
        NotAllowed.
        WrongState: another one waits already.
        Faults: by field of `NewVersion`; `decided_on`, `decision`.
    """
    _keeping(session, actor)
    book = queries.book(session, now)
    if book.upcoming is not None:
        n = book.upcoming.number
        raise WrongState(_("Version %(n)s väntar. Besluta om den eller dra tillbaka den.", n=n))
    first = book.current is None
    faults = _faults_in(new, first)
    earliest = book.current.applies_from if book.current else None
    faults |= _day_faults(new.applies_from, earliest, now)
    major = new.size == Size.MAJOR
    if major and new.decision.given:
        faults |= _decision_faults(new.decision, new.applies_from, now)
    if faults:
        raise Faults(faults)
    version = GuidelineVersion(
        number=1 + max((one.number for one in book.versions), default=0),
        title=new.title.strip(),
        address=new.address.strip(),
        applies_from=new.applies_from,
        size=Size(new.size).value,
        change=new.change.strip(),
        reason=new.reason.strip(),
        recorded_at=now,
        by_id=actor.id if actor else None,
        settled_at=None if major else now,
    )
    session.add(version)
    session.flush()
    facts = {"size": version.size, "applies_from": version.applies_from.isoformat()}
    _note(session, actor, "version:recorded", {"version": version.number, **facts}, now)
    if major and new.decision.given:
        _decide(session, actor, version, new.decision, now)
    return version


def decide(
    session: Session,
    actor: Person,
    number: int,
    decision: Decision,
    applies_from: date | None,
    now: datetime,
) -> GuidelineVersion:
    """Write down the board's decision, without which a major version never applies (8-c).

    Args:
        applies_from: the board may have put it off.

    Raises:
        NotAllowed; NotFound.
        WrongState: it doesn't wait for a decision.
        Faults: `decided_on`, `decision`, `applies_from`.
    """
    _keeping(session, actor)
    version = _waiting(session, number, now)
    if version.settled_at is not None:
        raise WrongState(_("Version %(n)s är redan beslutad.", n=number))
    book = queries.book(session, now)
    earliest = book.current.applies_from if book.current else None
    faults = _decision_faults(decision, applies_from, now)
    faults |= _day_faults(applies_from, earliest, now)
    if faults or applies_from is None:
        raise Faults(faults)
    version.applies_from = applies_from
    _decide(session, actor, version, decision, now)
    return version


def withdraw(
    session: Session, actor: Person, number: int, reason: str, now: datetime
) -> GuidelineVersion:
    """Take back a version that hasn't come to apply. It stays among the others, marked.

    Raises:
        NotAllowed; NotFound.
        WrongState: it applies, has applied, or is withdrawn.
        BadInput: `reason`.
    """
    _keeping(session, actor)
    version = _waiting(session, number, now)
    reason = _text(reason, "reason", _("Skriv varför."))
    version.withdrawn_at, version.withdrawn_reason = now, reason
    _note(session, actor, "version:withdrawn", {"version": number, "reason": reason}, now)
    return version


def close_review(
    session: Session,
    actor: Person,
    *,
    outcome: str,
    note: str,
    held_on: date | None,
    seen: int,
    now: datetime,
) -> GuidelineReview:
    """Say what the review came to; the next one opens a year later (8-a).

    Args:
        outcome: rules.Outcome
        seen: number of the last review when the page was drawn; 0: there was none.

    Raises:
        NotAllowed.
        WrongState: there is no version to review.
        Stale: somebody else has closed it.
        Faults: `outcome`, `note`, `held_on`.
    """
    _keeping(session, actor)
    book, today = queries.book(session, now), day_of(now)
    task, last = queries.review(session, book, today), queries.last_review(session)
    if task is None or book.current is None:
        raise WrongState(_("Det finns inga riktlinjer att se över. Skriv in en version först."))
    if seen != (last.id if last else 0):
        raise Stale(_("Någon annan har skrivit in översynen. Läs den först."))
    faults = {}
    if outcome not in set(Outcome):
        faults["outcome"] = _("Välj vad ni kom fram till.")
    if held_on is None or not task.since < held_on <= today:
        faults["held_on"] = _("Skriv dagen: efter förra översynen och senast i dag.")
    faults |= _text_faults({"note": note})
    if faults:
        raise Faults(faults)
    review = GuidelineReview(
        version_id=book.current.id,
        due_on=task.due,
        held_on=held_on,
        outcome=outcome,
        note=note.strip(),
        recorded_at=now,
        by_id=actor.id,
    )
    session.add(review)
    session.flush()
    facts = {"review": review.id, "version": book.current.number, "outcome": outcome}
    facts |= {"due": task.due.isoformat(), "held": review.held_on.isoformat()}
    _note(session, actor, "review:closed", {**facts, "note": review.note}, now)
    return review


def record_directive(
    session: Session,
    actor: Person,
    *,
    sender: str,
    received_on: date | None,
    subject: str,
    address: str,
    now: datetime,
) -> GuidelineDirective:
    """Write down that somebody outside asks something of the guideline (8-b).

    Raises:
        NotAllowed.
        Faults: `sender`, `received_on`, `subject`, `address`.
    """
    _keeping(session, actor)
    faults = _line_faults({"sender": sender, "subject": subject})
    if said := checks.address(address.strip()):
        faults["address"] = said
    if received_on is None or received_on > day_of(now):
        faults["received_on"] = _("Skriv dagen då det kom, senast i dag.")
    if faults:
        raise Faults(faults)
    directive = GuidelineDirective(
        sender=sender.strip(),
        received_on=received_on,
        subject=subject.strip(),
        address=address.strip(),
        recorded_at=now,
        by_id=actor.id,
    )
    session.add(directive)
    session.flush()
    facts = {"directive": directive.id, "sender": directive.sender, "subject": directive.subject}
    _note(session, actor, "directive:recorded", facts, now)
    return directive


def settle_directive(
    session: Session,
    actor: Person,
    directive_id: int,
    *,
    version: int | None,
    reason: str,
    now: datetime,
) -> GuidelineDirective:
    """Say what a directive led to: a version, or nothing, and why (8-b).

    Args:
        version: number of the version; None: nothing changes.

    Raises:
        NotAllowed; NotFound.
        WrongState: it is settled already.
        BadInput: `version`: it hasn't come to apply; `reason`: nothing changes, and nobody says
            why.
    """
    _keeping(session, actor)
    directive = queries.directive(session, directive_id)
    session.refresh(directive)
    if directive.settled_at is not None:
        raise WrongState(_("Det är redan sagt vad direktivet ledde till."))
    reason = reason.strip()
    if version is None:
        reason = _text(reason, "reason", _("Skriv varför inget ändras."))
    else:
        found = queries.version(session, version)
        current = queries.book(session, now).current
        if found.withdrawn_at or current is None or found.number > current.number:
            raise BadInput(_("Den versionen gäller inte. Välj en annan."), "version")
        directive.version_id = found.id
        reason = reason[: rules.LONGEST_TEXT]
    directive.settled_at, directive.settled_by_id, directive.reason = now, actor.id, reason
    session.flush()
    facts = {"directive": directive.id, "version": version, "reason": reason}
    _note(session, actor, "directive:settled", facts, now)
    return directive


def _decide(
    session: Session,
    actor: Person | None,
    version: GuidelineVersion,
    decision: Decision,
    now: datetime,
) -> None:
    version.decided_by = profile(session).major_change_by
    version.decided_on, version.decision = decision.on, decision.paragraph.strip()
    version.settled_at = now
    facts = {
        "version": version.number,
        "by": version.decided_by,
        "on": decision.on.isoformat() if decision.on else "",
        "paragraph": version.decision,
        "applies_from": version.applies_from.isoformat(),
    }
    _note(session, actor, "version:decided", facts, now)


def _keeping(session: Session, actor: Person | None) -> None:
    """One at a time changes the guideline, and only who keeps it.

    Raises:
        NotAllowed.
    """
    if actor is not None and not may(actor.roles, Permission.KEEP_GUIDELINE):
        raise NotAllowed(_("Bara strategiavdelningen sköter riktlinjerna."))
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _waiting(session: Session, number: int, now: datetime) -> GuidelineVersion:
    """The version, if it hasn't come to apply yet.

    Raises:
        NotFound; WrongState.
    """
    version = queries.version(session, number)
    session.refresh(version)
    book = queries.book(session, now)
    if book.upcoming is None or book.upcoming.id != version.id:
        raise WrongState(_("Version %(n)s väntar inte längre.", n=number))
    return version


def _faults_in(new: NewVersion, first: bool) -> dict[str, str]:
    faults = _line_faults({"title": new.title})
    if not new.address.strip():
        faults["address"] = _("Skriv webbadressen till texten.")
    elif said := checks.address(new.address.strip()):
        faults["address"] = said
    if new.size not in set(Size):
        faults["size"] = _("Välj hur stor ändringen är.")
    # The first version changes nothing that the console knows of.
    texts = {"change": new.change, "reason": new.reason}
    wanted = {name: text for name, text in texts.items() if text.strip() or not first}
    return faults | _text_faults(wanted)


def _day_faults(day: date | None, earliest: date | None, now: datetime) -> dict[str, str]:
    if day is None:
        return {"applies_from": _("Skriv dagen då versionen börjar gälla.")}
    if earliest is not None and day < earliest:
        return {"applies_from": _("Den nya versionen kan inte gälla före den nuvarande.")}
    if day > day_of(now) + rules.FURTHEST:
        return {"applies_from": _("Dagen ligger för långt fram. Rätta den.")}
    return {}


def _decision_faults(decision: Decision, day: date | None, now: datetime) -> dict[str, str]:
    faults = {}
    if decision.on is None or decision.on > day_of(now):
        faults["decided_on"] = _("Skriv beslutets dag, senast i dag.")
    elif day is not None and day < decision.on:
        faults["applies_from"] = _("Beslutet är senare än så. Välj en dag från beslutet.")
    if said := _LINE(decision.paragraph):
        faults["decision"] = said
    return faults


def _line_faults(texts: dict[str, str]) -> dict[str, str]:
    return {name: said for name, text in texts.items() if (said := _LINE(text.strip()))}


def _text_faults(texts: dict[str, str]) -> dict[str, str]:
    faults = {}
    for name, text in texts.items():
        if not text.strip():
            faults[name] = str(_("Skriv något här."))
        elif len(text) > rules.LONGEST_TEXT:
            faults[name] = str(_("Skriv högst %(n)s tecken.", n=rules.LONGEST_TEXT))
    return faults


def _text(text: str, name: str, lacking: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput(lacking, name)
    if len(text) > rules.LONGEST_TEXT:
        raise BadInput(_("Skriv högst %(n)s tecken.", n=rules.LONGEST_TEXT), name)
    return text


def _note(
    session: Session, actor: Person | None, what: str, facts: dict[str, Any], now: datetime
) -> None:
    person_id = actor.id if actor else None
    record(session, f"guideline:{what}", body=facts, now=now, person_id=person_id)
    live.announce(session, live.CALM)
