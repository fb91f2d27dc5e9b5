"""Approving and returning: somebody other than the writer, bound to the hash of what was seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.approvals.operations import give
from console.errors import NotAllowed, NotFound, Stale, WrongState
from console.messages import carried, envelope, queries, rules
from console.messages.models import Broadcast, Message, Version, VersionPart
from console.messages.operations import calling, drafts
from console.people.models import Person
from console.people.rules import Permission
from console.policy.queries import current as current_profile
from console.timeline.operations import record

SUBJECT = queries.VERSION_SUBJECT
PART = "message_part"


def approve(
    session: Session, actor: Person, version_id: int, seen_hash: str, now: datetime
) -> Broadcast | None:
    """Say yes to exactly what was seen. When enough people have, it is released.

    A replacing message is approved on its own hash, with the correction that it goes out after
    (see `approve_both`) or once that is approved.

    Args:
        seen_hash: SHA-256 in hex of what the approver had before them.

    Returns:
        The broadcast, once released; None while more approvals are asked for.

    Raises:
        NotAllowed: no such role, or the approver had a hand in the text.
        Stale: the text, or what applies, isn't what the approver saw.
        NotFound, WrongState.
    """
    check_correction_first(session, queries.version(session, version_id))
    return _say_yes(session, actor, version_id, seen_hash, now)


def _say_yes(
    session: Session, actor: Person, version_id: int, seen_hash: str, now: datetime
) -> Broadcast | None:
    version = _waiting(session, version_id)
    check_may_approve(actor, version)
    if seen_hash != version.content_hash:
        raise Stale(_("Texten har ändrats sedan du läste den. Läs den nya och ta ställning igen."))
    frozen = envelope.read(version.canonical, version.content_hash)
    message = version.message
    drafts.open_incident(session, message.incident_id)
    if queries.awaited(session, message) is None:
        check_standing(session, frozen, version)
    if frozen.promise_at is not None and frozen.promise_at <= now:
        raise WrongState(_("Tiden för nästa besked har redan passerat. Returnera texten."))
    if frozen.ends_at is not None and frozen.ends_at < now:
        raise WrongState(_("Sluttiden har redan passerat. Returnera texten."))
    given = give(session, actor, SUBJECT, version.id, seen_hash, now)
    required = current_profile(session).approvals_required
    record(
        session,
        "message:approved",
        body={
            "message": message.id,
            "version": version.id,
            "content_hash": seen_hash,
            "given": given,
            "required": required,
        },
        now=now,
        incident_id=message.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(message.incident_id))
    if given < required:
        calling.answered(session, version, actor, now, rules.CallOutcome.APPROVED)
        return None
    version.state = "approved"
    version.settled_at = now
    version.settled_by_id = actor.id
    message.state = rules.MessageState.APPROVED
    calling.answered(session, version, actor, now, rules.CallOutcome.APPROVED)
    return _release(session, version, frozen, now)


def approve_both(
    session: Session,
    actor: Person,
    version_id: int,
    seen_hash: str,
    replacement_id: int,
    replacement_hash: str,
    now: datetime,
) -> Broadcast | None:
    """Approve a correction together with the message that replaces what was wrong.

    Raises:
        as `approve`; nothing is approved unless both are.
    """
    broadcast = _say_yes(session, actor, version_id, seen_hash, now)
    _say_yes(session, actor, replacement_id, replacement_hash, now)
    return broadcast


def approve_part(
    session: Session, actor: Person, part_id: int, seen_hash: str, now: datetime
) -> VersionPart:
    """Approve one other language: it joins at the next round.

    Raises:
        NotAllowed, NotFound, Stale, WrongState.
    """
    part = session.scalar(
        select(VersionPart)
        .where(VersionPart.id == part_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if part is None:
        raise NotFound(_("Översättningen finns inte."))
    version = queries.version(session, part.version_id)
    check_may_approve(actor, version)
    if part.state != "waiting" or version.state not in ("waiting", "approved"):
        raise WrongState(_("Översättningen väntar inte på godkännande."))
    if seen_hash != part.content_hash or envelope.content_hash(part.canonical) != seen_hash:
        raise Stale(_("Texten har ändrats sedan du läste den. Läs den nya och ta ställning igen."))
    given = give(session, actor, PART, part.id, seen_hash, now)
    if given >= current_profile(session).approvals_required:
        part.state = "approved"
        part.approved_at = now
    record(
        session,
        "translation:approved",
        body={"version": version.id, "language": part.language, "content_hash": seen_hash},
        now=now,
        incident_id=version.message.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(version.message.incident_id), live.SITE)
    return part


def send_back(
    session: Session, actor: Person, version_id: int, reason: str, now: datetime
) -> Version:
    """Returnera: the text goes back to its writer with a reason.

    Raises:
        NotAllowed, NotFound, WrongState.
    """
    drafts.need(actor, Permission.APPROVE_MESSAGE)
    version = _waiting(session, version_id)
    if not reason.strip():
        raise WrongState(_("Skriv vad som behöver ändras."))
    version.state = "returned"
    version.settled_at = now
    version.settled_by_id = actor.id
    version.reason = reason.strip()
    version.message.state = rules.MessageState.RETURNED
    calling.answered(session, version, actor, now, rules.CallOutcome.RETURNED)
    record(
        session,
        "message:returned",
        body={"message": version.message_id, "version": version.id},
        personal={"reason": reason.strip()},
        now=now,
        incident_id=version.message.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(version.message.incident_id))
    return version


def check_correction_first(session: Session, version: Version) -> None:
    """Raises WrongState if the text replaces what a correction mends that nobody has approved.

    Alone it would go out before the correction, or be void because that hadn't gone out.
    """
    correction = queries.awaited(session, version.message)
    if correction is not None and correction.state != rules.MessageState.APPROVED:
        raise WrongState(
            _("Texten ersätter den som rättas. Godkänn den på rättelsens sida, med rättelsen.")
        )


def check_standing(session: Session, frozen: envelope.Envelope, version: Version) -> None:
    """Raises Stale unless what applies, and is known, is what the text was written against."""
    expected = {one.id for one in frozen.standing} | set(frozen.ends)
    if expected != {one.id for one in queries.standing(session, frozen.incident_id)}:
        raise Stale(_("Det som gäller har ändrats sedan texten skrevs. Lämna in den på nytt."))
    if carried.called_wrong(session, version):
        raise Stale(_("Något i texten har sagts vara fel sedan den skrevs. Läs den på nytt."))
    if frozen.type in rules.REPEATING and queries.over_since(
        session, frozen.incident_id, version.submitted_at
    ):
        raise Stale(_("Läget över har gått ut sedan texten skrevs. Läs den, och lämna in på nytt."))


def _waiting(session: Session, version_id: int) -> Version:
    # Looked at anew once it is held: two who press at the same moment have both read "waiting".
    version = session.scalar(
        select(Version)
        .where(Version.id == version_id)
        .with_for_update(of=Version)
        .execution_options(populate_existing=True)
    )
    if version is None:
        raise NotFound(_("Meddelandet finns inte."))
    if version.state == "waiting":
        return version
    who = session.get(Person, version.settled_by_id) if version.settled_by_id else None
    if version.state == "approved" and who is not None:
        raise WrongState(_("%(name)s har redan godkänt texten.", name=who.name))
    if version.state == "returned" and who is not None:
        raise WrongState(_("%(name)s har redan returnerat texten.", name=who.name))
    raise WrongState(_("Texten väntar inte längre på godkännande."))


def check_may_approve(actor: Person, version: Version) -> None:
    """No shortcut for anybody, exercises included: no one approves a text they had a hand in.

    Raises:
        NotAllowed: the sentence says why.
    """
    drafts.need(actor, Permission.APPROVE_MESSAGE)
    if actor.id in queries.had_a_hand(version):
        raise NotAllowed(_("Du har skrivit texten. Någon annan måste godkänna den."))


def _release(
    session: Session, version: Version, frozen: envelope.Envelope, now: datetime
) -> Broadcast:
    """Write the broadcast. Its times are fixed here: nothing counts from when work gets done."""
    message: Message = version.message
    anchor = max(frozen.first_at, now) if frozen.first_at is not None else now
    correction = queries.awaited(session, message)
    if correction is not None:
        # Neither before it nor, if that has a clock time, with rounds that count as missed.
        first = select(Broadcast.anchor).where(
            Broadcast.message_id == correction.id, Broadcast.state == rules.BroadcastState.WAITING
        )
        anchor = max(anchor, session.scalar(first) or anchor)
    warning = timedelta(minutes=current_profile(session).promise_warning_minutes)
    promise, still = frozen.promise_at, frozen.still_valid
    broadcast = Broadcast(
        incident_id=message.incident_id,
        message_id=message.id,
        version_id=version.id,
        exercise=frozen.exercise,
        repeating=message.type in rules.REPEATING,
        state=rules.BroadcastState.WAITING,
        state_at=now,
        content_hash=version.content_hash,
        released_at=now,
        anchor=anchor,
        interval_seconds=frozen.interval,
        max_rounds=frozen.rounds,
        ends_at=frozen.ends_at,
        promise_at=promise,
        ask_at=None if promise is None else rules.ask_at(anchor, promise, warning),
        still_times=0 if still is None else still.times,
        still_seconds=None if still is None else still.seconds,
        pins=frozen.pin,
        next_due=anchor,
    )
    session.add(broadcast)
    session.flush()
    record(
        session,
        "broadcast:released",
        body={
            "broadcast": broadcast.id,
            "message": message.id,
            "version": version.id,
            "content_hash": version.content_hash,
            "anchor": anchor,
        },
        now=now,
        incident_id=message.incident_id,
    )
    live.announce(session, live.WORK)
    return broadcast
