"""Promises of the next word: asked about before they pass, kept, moved, or missed in the open.

Every message says when the next word comes. Repeating something that may no longer be true is
worse than silence, and a promise that nobody remembers is worse than none (7-c).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from console import live, phrases
from console.errors import NotAllowed, NotFound, WrongState
from console.incidents.models import Incident
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.messages import envelope, queries, rules, schedule
from console.messages.models import Broadcast, Message, PromiseAsk
from console.messages.operations import answers, drafts
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.policy.queries import current as current_profile
from console.timeline.operations import record

DECIDERS = (Role.INFORMATION_UNIT, Role.APPROVER)


def still_valid(
    session: Session, actor: Person, broadcast_id: int, use: int, now: datetime
) -> Broadcast:
    """*Gäller fortfarande*: the promise moves, and from the next round on the text says so.

    It was approved with the message, so one press is enough; the same use pressed twice, by
    whomever, is one use.

    Args:
        use: which time it is said, from 1: as the presser saw it.

    Raises:
        NotAllowed, NotFound; WrongState: the sentence says why not, and what to do instead.
    """
    if not actor.active or not may(actor.roles, Permission.SAY_STILL_VALID):
        raise NotAllowed(_("Bara informationsenheten och beslutsfattare kan säga att det gäller."))
    broadcast = session.scalar(
        select(Broadcast)
        .where(Broadcast.id == broadcast_id)
        .with_for_update(of=Broadcast)
        .execution_options(populate_existing=True)
    )
    if broadcast is None:
        raise NotFound(_("Utsändningen finns inte."))
    drafts.open_incident(session, broadcast.incident_id)
    if use <= broadcast.still_used:
        return broadcast
    fault = refusal(session, broadcast, now)
    if fault:
        raise WrongState(fault)
    before = broadcast.promise_at
    assert before is not None and broadcast.still_seconds is not None
    after = before + timedelta(seconds=broadcast.still_seconds)
    _asked(session, broadcast, now)
    answers.give(session, broadcast, answers.STILL_VALID, now, actor.id)
    _move(session, broadcast, after, now)
    record(
        session,
        "promise:moved",
        body={
            "broadcast": broadcast.id,
            "message": broadcast.message_id,
            "use": broadcast.still_used,
            "of": broadcast.still_times,
            "before": before,
            "after": after,
        },
        now=now,
        incident_id=broadcast.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.WORK, live.SITE)
    return broadcast


def refusal(session: Session, broadcast: Broadcast, now: datetime) -> str:
    """Why *Gäller fortfarande* can't be said now; empty: it can."""
    promise = broadcast.promise_at
    if _correcting(session, broadcast.message.incident.id):
        return str(_("En rättelse pågår. Skicka den eller ta tillbaka den först."))
    if broadcast.state == rules.BroadcastState.PAUSED:
        return str(_("Utsändningen är pausad. Låt den fortsätta, eller skriv ett nytt meddelande."))
    if promise is None or promise <= now or broadcast.state == rules.BroadcastState.STALE:
        return str(_("Tiden för nästa besked har passerat. Skriv ett nytt meddelande."))
    if broadcast.state != rules.BroadcastState.RUNNING:
        return str(_("Texten upprepas inte. Skriv ett nytt meddelande."))
    if broadcast.still_times == 0:
        return str(_("Texten godkändes utan Gäller fortfarande. Skriv ett nytt meddelande."))
    if broadcast.still_used >= broadcast.still_times:
        return str(
            _("Gäller fortfarande är redan sagt så ofta det får. Skriv ett nytt meddelande.")
        )
    if broadcast.ask_at is not None and broadcast.ask_at > now:
        return str(
            _("Det är för tidigt. Frågan ställs kl %(at)s.", at=phrases.clock(broadcast.ask_at))
        )
    frozen = envelope.read(broadcast.version.canonical, broadcast.content_hash)
    seconds, allowed = broadcast.still_seconds, frozen.still_valid
    if allowed is None or seconds is None or promise + timedelta(seconds=seconds) > allowed.latest:
        return str(_("Det går förbi den godkända sluttiden. Skriv ett nytt meddelande."))
    if not queries.states_what_applies(session, frozen):
        return str(_("Det som gäller har ändrats. Skriv en text som ersätter."))
    return ""


def _move(session: Session, broadcast: Broadcast, after: datetime, now: datetime) -> None:
    warning = timedelta(minutes=current_profile(session).promise_warning_minutes)
    broadcast.promise_at = after
    broadcast.still_used += 1
    broadcast.still_at = now
    broadcast.ask_at = rules.ask_at(now, after, warning)
    if broadcast.next_due is None:
        # The rounds had come to an end at the old promise: they go on at their own times.
        anchor, interval = broadcast.anchor, broadcast.interval_seconds
        last = schedule.last_n(anchor, interval, broadcast.max_rounds, broadcast.ends_at)
        broadcast.next_due = schedule.planned(anchor, interval, broadcast.next_n, last, after)
    session.flush()
    _settle_older(session, broadcast, now)


def word_given(
    session: Session, broadcast: Broadcast, kind: rules.MessageType, now: datetime
) -> None:
    """A message goes out: what was promised before it is kept."""
    if kind is not rules.MessageType.RUMOUR:
        _settle_older(session, broadcast, now)


def _settle_older(session: Session, newest: Broadcast, now: datetime) -> None:
    """Nobody is asked any more about promises that a newer word has kept."""
    for old in session.scalars(
        select(Broadcast).where(
            Broadcast.incident_id == newest.incident_id,
            Broadcast.id != newest.id,
            Broadcast.ask_at.is_not(None),
            Broadcast.state.not_in(rules.ACTIVE),
        )
    ):
        old.ask_at = None
        answers.give(session, old, answers.NEW_WORD, now)


def ask(session: Session, now: datetime, *, mail: bool) -> list[int]:
    """Ask about every promise that is near; returns the broadcasts' ids. Once for each promise.

    Args:
        mail: mail can be sent.
    """
    asked = []
    query = (
        select(Broadcast)
        .join(Incident, Incident.id == Broadcast.incident_id)
        .join(Message, Message.id == Broadcast.message_id)
        .outerjoin(
            PromiseAsk,
            (PromiseAsk.broadcast_id == Broadcast.id)
            & (PromiseAsk.promise_at == Broadcast.promise_at),
        )
        .where(
            Broadcast.ask_at <= now,
            PromiseAsk.id.is_(None),
            Message.record_number.is_not(None),
            Incident.state == "open",
        )
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast, skip_locked=True)
    )
    for broadcast in session.scalars(query).all():
        if not _is_owed(session, broadcast):
            broadcast.ask_at = None
        elif _asked(session, broadcast, now):
            asked.append(broadcast.id)
            assert broadcast.promise_at is not None
            if broadcast.promise_at > now:
                _tell_near(session, broadcast, broadcast.promise_at, now, mail)
    return asked


def miss(session: Session, now: datetime, *, mail: bool) -> list[int]:
    """Say of every promise that has passed without the word that we are late.

    Returns:
        The broadcasts' ids.
    """
    late = []
    query = (
        select(PromiseAsk)
        .join(Broadcast, Broadcast.id == PromiseAsk.broadcast_id)
        .join(Incident, Incident.id == Broadcast.incident_id)
        .where(
            PromiseAsk.promise_at <= now,
            PromiseAsk.missed_at.is_(None),
            PromiseAsk.answer.in_(("", answers.STOPPED)),
            Incident.state == "open",
        )
        .order_by(PromiseAsk.id)
        .with_for_update(of=PromiseAsk, skip_locked=True)
    )
    for row in session.scalars(query).all():
        broadcast = row.broadcast
        if not _is_owed(session, broadcast):
            row.answer, row.answered_at = answers.NEW_WORD, now
            continue
        answers.give(session, broadcast, answers.UNANSWERED, now)
        row.missed_at = now
        late.append(broadcast.id)
        record(
            session,
            "promise:missed",
            body={
                "broadcast": broadcast.id,
                "message": broadcast.message_id,
                "promise": row.promise_at,
            },
            now=now,
            incident_id=broadcast.incident_id,
        )
        live.announce(session, live.SITE, live.CALM)
        _tell_late(session, broadcast, row.promise_at, now, mail)
    return late


def _is_owed(session: Session, broadcast: Broadcast) -> bool:
    words = rules.owing(queries.words(session, broadcast.message.incident.id))
    return broadcast.id in {word.broadcast_id for word in words}


def _asked(session: Session, broadcast: Broadcast, now: datetime) -> bool:
    """Write down that people are asked; False: they were already."""
    statement = upsert(PromiseAsk).values(
        broadcast_id=broadcast.id, promise_at=broadcast.promise_at, asked_at=now
    )
    made = session.scalar(
        statement.on_conflict_do_nothing(
            index_elements=[PromiseAsk.broadcast_id, PromiseAsk.promise_at]
        ).returning(PromiseAsk.id)
    )
    if made is None:
        return False
    record(
        session,
        "promise:asked",
        body={
            "broadcast": broadcast.id,
            "message": broadcast.message_id,
            "promise": broadcast.promise_at,
        },
        now=now,
        incident_id=broadcast.incident_id,
    )
    return True


def _correcting(session: Session, incident_id: int) -> bool:
    begun = select(Message.id).where(
        Message.incident_id == incident_id,
        Message.type == rules.MessageType.CORRECTION,
        Message.state.in_((*rules.EDITABLE, rules.MessageState.APPROVED)),
    )
    return session.scalar(begun.limit(1)) is not None


# Telling people


def _on_duty(session: Session, role: Role) -> Sequence[Person]:
    """Who answers for a role just now: everybody who has it, where nobody is on duty."""
    person = people.on_duty(session, role)
    return people.with_role(session, role) if person is None else [person]


def _those_asked(session: Session, broadcast: Broadcast) -> list[Person]:
    found = [broadcast.message.author]
    for role in DECIDERS:
        found += _on_duty(session, role)
    return found


def _next_on_list(session: Session) -> list[Person]:
    """Who is rung after the one on duty: everybody with the role, where there is no list."""
    found: list[Person] = []
    for role in DECIDERS:
        listed = people.call_list(session, role)[:2]
        found += listed if len(listed) > 1 else people.with_role(session, role)
    return found


def _tell_near(
    session: Session, broadcast: Broadcast, promise: datetime, now: datetime, mail: bool
) -> None:
    at = phrases.when(promise, now)
    may_say = not refusal(session, broadcast, now)
    ways = "Gäller fortfarande, Ersätt eller Stoppa" if may_say else "Ersätt eller Stoppa"
    if broadcast.state not in rules.ACTIVE:
        ways = "Ersätt"
    happens = f"Annars skriver webben {at} att vi är sena."
    if broadcast.repeating and broadcast.state in rules.ACTIVE:
        happens = f"Annars slutar upprepningen {at}, och webben skriver att vi är sena."
    _tell(
        session, broadcast, f"promise {promise.isoformat()}", _those_asked(session, broadcast),
        now, mail,
        subject=f"Lovat besked {at}: gäller texten fortfarande?",
        text=f"Vi har lovat nytt besked {at}.\nVälj {ways}.\n{happens}",
    )  # fmt: skip


def _tell_late(
    session: Session, broadcast: Broadcast, promise: datetime, now: datetime, mail: bool
) -> None:
    at = phrases.when(promise, now)
    stopped = "Upprepningen har slutat, och webben" if broadcast.repeating else "Webben"
    _tell(
        session, broadcast, f"late {promise.isoformat()}",
        [*_those_asked(session, broadcast), *_next_on_list(session)], now, mail,
        subject=f"Vi är sena: beskedet vi lovade {at} har inte kommit",
        text=f"Vi lovade nytt besked {at} och har inte gett det.\n{stopped} säger att vi är sena."
        "\nSkriv ett nytt meddelande nu.",
    )  # fmt: skip


def _tell(
    session: Session,
    broadcast: Broadcast,
    what: str,
    whom: Iterable[Person],
    now: datetime,
    mail: bool,
    *,
    subject: str,
    text: str,
) -> None:
    incident = session.get_one(Incident, broadcast.incident_id)
    tell(
        session, incident, NoticeKind.PROMISE, f"broadcast {broadcast.id} {what}", whom, now,
        subject=subject, text=f"{incident.name}. {text}",
        path=f"/incidents/{incident.slug}/promises/{broadcast.id}", mail=mail,
    )  # fmt: skip
