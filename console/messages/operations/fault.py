"""*Fel ute*: one press stops a wrong text, strikes it on the site and opens its correction (4-k).

Hawaii 2018 took 13 minutes to say that something was wrong: here whoever sees it first, unit or
approver, says so at once, and in words that were approved together with the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live, phrases
from console.errors import BadInput, WrongState
from console.incidents.models import Incident
from console.incidents.operations.telling import tell
from console.incidents.rules import NoticeKind
from console.messages import carried, defaults, queries, rules
from console.messages.models import Broadcast, Delivery, FaultMark, Message
from console.messages.operations import control, drafts, marks
from console.people import queries as people
from console.people.models import Person
from console.people.rules import Permission, Role, may
from console.timeline.operations import record


def press(
    session: Session,
    actor: Person,
    incident: Incident,
    message_id: int,
    sentence: str,
    now: datetime,
    *,
    mail: bool,
) -> FaultMark:
    """Say that a sentence that is out is wrong. In one transaction:

    1. What repeats is paused: the wrong text until it is replaced or this is taken back.
    2. Its posts that haven't started never go out.
    3. The site strikes the sentence and shows the line that was approved beforehand.
    4. A correction is begun. Whoever only presses has written nothing, and may approve it.
    5. What a wrong *Läget över* ended stands again: the correction says of each whether it ends.

    Args:
        sentence: one of `carried.sentences_of`, or "" for the whole text.
        mail: the information unit can be told by mail, if somebody else pressed.

    Raises:
        NotAllowed, NotFound; BadInput: field `sentence`.
        WrongState: not out, marked already, or ended by Läget över.
    """
    drafts.need(actor, Permission.STOP_BROADCAST)
    drafts.open_incident(session, incident.id)
    # Broadcasts first, in the tick's own order: the two must not wait for each other.
    session.scalars(
        select(Broadcast.id)
        .where(Broadcast.incident_id == incident.id)
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ).all()
    message = drafts.locked(session, message_id)
    _check(session, incident, message)
    said = carried.sentences_of(message)
    if sentence and sentence not in said:
        raise BadInput(_("Välj en av meningarna som är ute."), field="sentence")
    wrong = sentence or " ".join(said)
    _pause(session, actor, incident.id, message.id, now)
    stopped, under_way = _stop_posts(session, message, wrong, now)
    again = marks.stands_again(session, message)
    fields = defaults.start(session, incident, rules.MessageType.CORRECTION, now, carry=False)
    fields |= {"area": message.fields.get("area") or incident.area, "wrong": wrong}
    correction = drafts.begin(
        session,
        actor,
        incident,
        rules.MessageType.CORRECTION,
        now,
        fields=fields,
        corrects_id=message.id,
    )
    mark = FaultMark(
        incident_id=incident.id,
        message_id=message.id,
        correction_id=correction.id,
        sentence=wrong,
        pressed_at=now,
        pressed_by_id=actor.id,
        stopped=stopped,
        under_way=under_way,
    )
    session.add(mark)
    session.flush()
    record(
        session,
        "fault:pressed",
        body={
            "fault": mark.id,
            "message": message.id,
            "record": message.record,
            "correction": correction.id,
            "whole": not sentence,
            "stopped": stopped,
            "under_way": under_way,
            "stands_again": again,
        },
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
        # The sentence may be wrong because it says too much of somebody (4-i).
        personal={"sentence": wrong},
    )
    if not may(actor.roles, Permission.WRITE_MESSAGE):
        _tell_writers(session, incident, mark, message, actor, now, mail=mail)
    live.announce(session, live.incident_topic(incident.id), live.WORK, live.SITE)
    return mark


def take_back(session: Session, actor: Person, mark_id: int, now: datetime) -> FaultMark:
    """Nothing was wrong: the sentence stands, and the broadcast goes on by its own rules.

    Raises:
        NotAllowed, NotFound; WrongState: the correction is out, or it was taken back already.
    """
    drafts.need(actor, Permission.STOP_BROADCAST)
    mark = session.get_one(FaultMark, mark_id)
    if not mark.open:
        raise WrongState(_("Felet är redan rättat eller återtaget."))
    drafts.take_back(session, actor, mark.correction_id, now)
    return mark


def _check(session: Session, incident: Incident, message: Message) -> None:
    if message.incident_id != incident.id or message.record_number is None:
        raise WrongState(_("Bara ett meddelande som har gått ut kan rättas."))
    begun = session.scalar(
        select(Message.id).where(
            Message.corrects_id == message.id,
            Message.state.in_((*rules.EDITABLE, rules.MessageState.APPROVED)),
        )
    )
    if begun is not None or queries.open_mark(session, message.id) is not None:
        raise WrongState(_("Felet är redan anmält. Rättelsen väntar: se Meddelanden."))
    over = queries.all_clear(session, incident.id)
    if over is not None and (message.record_year, message.record_number) < (
        over.record_year,
        over.record_number,
    ):
        raise WrongState(
            _(
                "Läget över har gått ut och det som stod före gäller inte längre."
                " Är Läget över fel: tryck där. Annars: skriv en anteckning i loggen."
            )
        )


def _pause(
    session: Session, actor: Person, incident_id: int, message_id: int, now: datetime
) -> None:
    running = queries.running(session, incident_id)
    reason = "correction"
    if running is not None and running.message_id == message_id:
        reason = marks.STOPPED
    control.pause_running(session, actor, incident_id, now, reason)


def _stop_posts(session: Session, message: Message, wrong: str, now: datetime) -> tuple[int, int]:
    """(posts stopped, posts already under way) of every message that says what is wrong."""
    broadcasts: Sequence[int] = session.scalars(
        select(Broadcast.id)
        .where(Broadcast.message_id.in_(carried.messages(session, message.id, wrong)))
        .order_by(Broadcast.id)
    ).all()
    stopped = 0
    for one in broadcasts:
        stopped += control.end_unstarted(
            session, one, rules.DeliveryState.STOPPED, marks.STOPPED, now
        )
        control.end_by_hand(session, one, marks.STOPPED, now)
    under_way = session.scalars(
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.broadcast_id.in_(broadcasts), Delivery.state == "started")
    ).one()
    return stopped, under_way


def _tell_writers(
    session: Session,
    incident: Incident,
    mark: FaultMark,
    message: Message,
    actor: Person,
    now: datetime,
    *,
    mail: bool,
) -> None:
    at = phrases.clock(now)
    tell(
        session,
        incident,
        NoticeKind.STAFF,
        f"fault {mark.id}",
        people.with_role(session, Role.INFORMATION_UNIT),
        now,
        subject=f"Fel ute: skriv rättelsen. {incident.name}",
        text=f"{actor.name} tryckte Fel ute kl {at} på handling {message.record}."
        " Texten är stoppad och struken på webbplatsen. Skriv vad som är rätt.",
        path=f"/incidents/{incident.slug}/messages/{mark.correction_id}",
        mail=mail,
        actor_id=actor.id,
    )
