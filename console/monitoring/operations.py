"""A rumour's verbs: logged, owned, looked into, answered with what is true, closed, reopened."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live, phrases
from console.errors import BadInput, Faults, NotFound, Stale, WrongState
from console.incidents.models import Incident
from console.messages import defaults
from console.messages.models import Message
from console.messages.operations import drafts
from console.messages.operations.drafts import need, open_incident
from console.messages.operations.settling import checked_link
from console.messages.rules import MessageState, MessageType
from console.monitoring import queries, rules
from console.monitoring.models import Rumour
from console.monitoring.rules import RumourState
from console.people.models import Person
from console.people.rules import Permission, may
from console.timeline.operations import record

UNREAD = (MessageState.DRAFT, MessageState.RETURNED)
"""States of a message in which nobody is asked to approve it."""


def log_rumour(
    session: Session,
    actor: Person,
    incident: Incident,
    now: datetime,
    *,
    content: str,
    seen_where: str,
    link: str = "",
    seen_at: datetime | None = None,
    seen_by: str = "",
) -> Rumour:
    """Write down what is said. Whoever may handle rumours owns it from the start.

    Args:
        seen_at: when it was seen (aware); None: now.
        seen_by: who saw or heard it, if that isn't the actor.

    Raises:
        NotAllowed, WrongState (the event is closed); Faults: keys as the arguments.
    """
    need(actor, Permission.LOG_RUMOUR)
    open_incident(session, incident.id)
    content, seen_where, seen_by = content.strip(), seen_where.strip(), seen_by.strip()
    faults: dict[str, str] = {}
    _check(faults, "content", content, rules.TEXT_LENGTH, _("Skriv vad som sägs."))
    _check(faults, "seen_where", seen_where, rules.LINE_LENGTH, _("Skriv var det sägs."))
    _check(faults, "seen_by", seen_by, rules.LINE_LENGTH)
    try:
        link = checked_link(link) or ""
    except BadInput as error:
        faults["link"] = error.message
    seen_at = seen_at or now
    if seen_at > now:
        faults["seen_at"] = _("Ange en tid som har varit.")
    if faults:
        raise Faults(faults)
    owns = may(actor.roles, Permission.HANDLE_RUMOUR)
    rumour = Rumour(
        incident_id=incident.id,
        state=RumourState.NEW,
        state_at=now,
        content=content,
        seen_where=seen_where,
        link=link,
        seen_at=seen_at,
        seen_by=seen_by,
        logged_at=now,
        logged_by_id=actor.id,
        owner_id=actor.id if owns else None,
    )
    session.add(rumour)
    session.flush()
    _record(
        session, "rumour:logged", rumour, actor, now,
        personal={"content": content, "seen_by": seen_by},
        seen_where=seen_where, link=link, seen_at=seen_at, owner=rumour.owner_id,
    )  # fmt: skip
    return rumour


def change_owner(
    session: Session, actor: Person, rumour_id: int, owner_id: int, now: datetime
) -> Rumour:
    """Somebody in the information unit sees to it from now on.

    Raises:
        NotAllowed, NotFound, WrongState; BadInput: field `owner`: no such person, or not theirs.
    """
    rumour = _to_handle(session, actor, rumour_id)
    person = session.get(Person, owner_id)
    if person is None or not person.active or not may(person.roles, Permission.HANDLE_RUMOUR):
        raise BadInput(_("Välj någon på informationsenheten."), field="owner")
    if rumour.owner_id == person.id:
        return rumour
    before, rumour.owner_id = rumour.owner_id, person.id
    _record(session, "rumour:owner:changed", rumour, actor, now, before=before, after=person.id)
    return rumour


def check(session: Session, actor: Person, rumour_id: int, now: datetime) -> Rumour:
    """Begin to look into it; somebody who has done so already is as good. What has been found out
    since the page was drawn is kept, or its answer would go out and the rumour ask for another.

    Raises: NotAllowed, NotFound; WrongState: what is true has been written, or it is done with.
    """
    rumour = _to_handle(session, actor, rumour_id)
    if rumour.state == RumourState.CHECKING:
        return rumour
    if rumour.state != RumourState.NEW:
        raise WrongState(_not_now(rumour))
    if rumour.owner_id is None:
        rumour.owner_id = actor.id
    _move(session, rumour, RumourState.CHECKING, actor, now)
    return rumour


def settle(
    session: Session,
    actor: Person,
    rumour_id: int,
    now: datetime,
    *,
    verdict: str,
    truth: str,
    source: str,
    seen: str = "",
) -> Rumour:
    """Say what is true and how we know; a rumour that is settled already can be settled anew. An
    answer that says what was true before doesn't go out then, nor does it answer the rumour.

    Args:
        verdict: "true" or "false".
        seen: `standing` as it was on the page that was filled in; "": not known.

    Raises:
        Stale: somebody else has found out more since, or begun the answer;
        NotAllowed, NotFound; WrongState: also where the answer goes out at this moment;
        Faults: keys verdict, truth, source.
    """
    rumour = _to_handle(session, actor, rumour_id)
    truth, source = truth.strip(), source.strip()
    faults: dict[str, str] = {}
    if verdict not in rules.KNOWN:
        faults["verdict"] = _("Välj om det som sägs stämmer.")
    _check(faults, "truth", truth, rules.TEXT_LENGTH, _("Skriv vad som är sant."))
    _check(faults, "source", source, rules.LINE_LENGTH, _("Skriv hur vi vet det."))
    if faults:
        raise Faults(faults)
    if (rumour.state, rumour.truth, rumour.source) == (verdict, truth, source):
        return rumour
    _check_seen(rumour, seen)
    turned = rumour.state in rules.KNOWN and rumour.state != verdict
    if turned or rumour.truth != truth:
        _renew_answer(session, actor, rumour, truth, source, now)
    rumour.truth, rumour.source = truth, source
    if rumour.owner_id is None:
        rumour.owner_id = actor.id
    personal = {"truth": truth}
    if rumour.state == verdict:
        _record(session, "rumour:truth:changed", rumour, actor, now, personal, source=source)
    else:
        _move(session, rumour, RumourState(verdict), actor, now, personal, source=source)
    return rumour


def _renew_answer(
    session: Session, actor: Person, rumour: Rumour, truth: str, source: str, now: datetime
) -> None:
    """Something else is true than what the rumour's message was begun from: a draft in those words
    gets the new ones; what has been read, or written in other words, is taken back."""
    message = rumour.message
    if message is None:
        return
    if message.record_number is not None:
        rumour.message_id, rumour.message = None, None
        return
    before = phrases.sentence(rumour.truth)
    if message.state in UNREAD and message.fields.get("text") == before:
        fields = message.fields | {"text": phrases.sentence(truth), "source": source}
        drafts.save(session, actor, message.id, fields, message.revision, now)
    elif queries.answer_of(session, rumour) is not None:
        drafts.take_back(session, actor, message.id, now)


def begin_answer(session: Session, actor: Person, rumour_id: int, now: datetime) -> Message:
    """Start the message that answers it: what is true first, never what was said.

    Pressed twice it gives the same draft.

    Raises:
        NotAllowed, NotFound; WrongState: nobody has written what is true yet.
    """
    rumour = _to_handle(session, actor, rumour_id)
    begun = queries.answer_of(session, rumour)
    if begun is not None:
        return begun
    if rumour.state not in rules.KNOWN:
        raise WrongState(_("Skriv först vad som är sant och hur vi vet det."))
    kind = MessageType.RUMOUR
    fields = defaults.start(session, rumour.incident, kind, now, carry=True) | {
        "text": phrases.sentence(rumour.truth),
        "source": rumour.source,
        "seen_where": rumour.seen_where,
    }
    message = drafts.create(session, actor, rumour.incident_id, kind, now, fields=fields)
    rumour.message_id = message.id
    rumour.message = message
    _record(session, "rumour:answer:begun", rumour, actor, now, message=message.id)
    return message


def close(
    session: Session,
    actor: Person,
    rumour_id: int,
    reason: str,
    now: datetime,
    *,
    seen: str = "",
) -> Rumour:
    """Nothing more is to be done. Why must be said, unless it has been answered. An answer that
    isn't out is taken back.

    Args:
        seen: as for `settle`.

    Raises:
        Stale: as `settle`;
        NotAllowed, NotFound; WrongState: also where the answer goes out at this moment;
        BadInput: field `reason`.
    """
    rumour = _to_handle(session, actor, rumour_id)
    reason = reason.strip()
    faults: dict[str, str] = {}
    needed = "" if rumour.state == RumourState.ANSWERED else _("Skriv varför ryktet avslutas.")
    _check(faults, "reason", reason, rules.LINE_LENGTH, needed)
    if faults:
        raise BadInput(faults["reason"], field="reason")
    _check_seen(rumour, seen)
    rumour.closed_reason = reason
    _move(session, rumour, RumourState.CLOSED, actor, now, {"reason": reason})
    message = queries.answer_of(session, rumour)
    if message is not None and message.record_number is None:
        drafts.take_back(session, actor, message.id, now)
    return rumour


def reopen(session: Session, actor: Person, rumour_id: int, now: datetime) -> Rumour:
    """Look into it again: a new answer needs a new message; the old one stays out.

    Raises: NotAllowed, NotFound; WrongState: it is open already, or the event is closed.
    """
    rumour = _to_handle(session, actor, rumour_id)
    if rumour.state not in (RumourState.ANSWERED, RumourState.CLOSED):
        raise WrongState(_("Ryktet är redan öppet."))
    if rumour.message is not None and rumour.message.record_number is not None:
        rumour.message_id, rumour.message = None, None
    rumour.closed_reason = ""
    _move(session, rumour, RumourState.CHECKING, actor, now)
    return rumour


def answer_those_out(session: Session, now: datetime) -> list[int]:
    """Rumours whose message has gone out become answered; the ticker asks at every tick.

    Written here and not by the verb that sends: messages know nothing of rumours.

    Returns:
        Ids of the rumours answered now.
    """
    answered = []
    for rumour in session.scalars(
        select(Rumour)
        .join(Message, Message.id == Rumour.message_id)
        .where(Rumour.state.in_(rules.KNOWN), Message.record_number.is_not(None))
        .with_for_update(of=Rumour, skip_locked=True)
    ):
        rumour.state, rumour.state_at = RumourState.ANSWERED, now
        _record(session, "rumour:answered", rumour, None, now, message=rumour.message_id)
        answered.append(rumour.id)
    return answered


def standing(rumour: Rumour) -> str:
    """See `rules.standing`."""
    return rules.standing(rumour.state, rumour.truth, rumour.source, rumour.message_id)


def _check_seen(rumour: Rumour, seen: str) -> None:
    """Raises Stale when somebody has found out more since the page was drawn, or has begun the
    answer: it would be replaced, or taken back, by somebody who doesn't know of it."""
    if seen and seen != standing(rumour):
        raise Stale(_("Någon annan har skrivit vad som är sant. Läs det först."))


def _check(faults: dict[str, str], name: str, text: str, most: int, missing: str = "") -> None:
    """Args: missing: what to say when there is no text; "": it may be left out."""
    if missing and not text:
        faults[name] = missing
    elif len(text) > most:
        faults[name] = _(
            "Korta till högst %(most)s tecken. Nu är det %(n)s.", most=most, n=len(text)
        )


def _to_handle(session: Session, actor: Person, rumour_id: int) -> Rumour:
    """The rumour, held until the end of the transaction; its event is open."""
    need(actor, Permission.HANDLE_RUMOUR)
    rumour = session.scalar(
        select(Rumour)
        .where(Rumour.id == rumour_id)
        .with_for_update(of=Rumour)
        .execution_options(populate_existing=True)
    )
    if rumour is None:
        raise NotFound(_("Ryktet finns inte."))
    open_incident(session, rumour.incident_id)
    return rumour


def _not_now(rumour: Rumour) -> str:
    label = rules.STATE_LABELS[rumour.state]
    return str(_("Det går inte nu. Ryktet är: %(state)s.", state=label))


def _move(
    session: Session,
    rumour: Rumour,
    state: RumourState,
    actor: Person,
    now: datetime,
    personal: dict[str, str] | None = None,
    **facts: object,
) -> None:
    if not rules.may_move(rumour.state, state):
        raise WrongState(_not_now(rumour))
    before, rumour.state, rumour.state_at = rumour.state, state, now
    _record(
        session, "rumour:state:changed", rumour, actor, now, personal,
        before=before, after=state, **facts,
    )  # fmt: skip


def _record(
    session: Session,
    tag: str,
    rumour: Rumour,
    actor: Person | None,
    now: datetime,
    personal: dict[str, str] | None = None,
    **facts: object,
) -> None:
    record(
        session,
        tag,
        body={"rumour": rumour.id} | facts,
        now=now,
        incident_id=rumour.incident_id,
        person_id=None if actor is None else actor.id,
        personal={name: text for name, text in (personal or {}).items() if text},
    )
    live.announce(session, live.incident_topic(rumour.incident_id))
