"""What a draft may start from: a message of the same event that is out, or one of the profile's
openings.

What has been corrected is never said again: the correction's words stand in its place, and where
they can't be put there the message is not offered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import phrases
from console.errors import BadInput, WrongState
from console.incidents.models import Incident
from console.messages import carried, defaults, queries, rules, wording
from console.messages.models import FaultMark, Message
from console.messages.operations import drafts
from console.messages.rules import MessageType
from console.people.models import Person
from console.policy.openings import Opening
from console.policy.queries import current as current_profile
from console.timeline.operations import record

# Message.started is {message, record} or {opening, sv, en}; empty: the writer's own words.
OFFERED = 4
"""How many messages there are to choose among."""
_TYPES = (MessageType.FIRST, MessageType.INSTRUCTION, MessageType.UPDATE, MessageType.RUMOUR,
          MessageType.ALL_CLEAR)  # fmt: skip
"""*Inget nytt* and a correction say nothing that could be said again."""
_ALWAYS_NEW = frozenset({"since", "deadline", "valid_until", "decided_by", "seen_where"})
"""Times, whose decision it is, and where a rumour was seen belong to the message that said them."""


def offered(session: Session, incident_id: int) -> list[Message]:
    """Messages of the event that have gone out and may be started from, newest first."""
    found = session.scalars(
        select(Message)
        .where(
            Message.incident_id == incident_id,
            Message.record_number.is_not(None),
            Message.type.in_(_TYPES),
        )
        .order_by(Message.record_year.desc(), Message.record_number.desc())
    ).all()
    gone = queries.removed(session, incident_id)
    errors = _Errors(session, incident_id)
    return [one for one in found if one.id not in gone and errors.mended(one) is not None]


def from_message(
    session: Session,
    actor: Person,
    incident: Incident,
    source_id: int,
    message_type: MessageType,
    now: datetime,
) -> Message:
    """Start a draft with the texts of a message that has gone out in the same event. Times, promise
    and rounds are new; so is the English, which would else be left saying the old news.

    Raises:
        WrongState: it is another event's, hasn't gone out, was removed or isn't mended.
        NotAllowed, NotFound.
    """
    source = next((one for one in offered(session, incident.id) if one.id == source_id), None)
    texts = _Errors(session, incident.id).mended(source) if source is not None else None
    if source is None or texts is None:
        raise WrongState(_("Det går inte att börja från det meddelandet. Välj ett annat."))
    fields = defaults.start(session, incident, message_type, now, carry=False)
    kept = set(rules.fields_of(message_type)) - _ALWAYS_NEW
    if message_type is MessageType.NO_NEWS:
        kept -= {"text", "short_text"}
    if "instruction" in rules.required_of(message_type):
        # The same instruction said anew takes the place of the one that stands.
        same = {one.id for one in queries.standing(session, incident.id)
                if one.headline == texts.get("instruction")}  # fmt: skip
        fields["ends"] = sorted(same | set(fields["ends"]))
    else:
        # What still applies stands by itself; what has ended must not begin again.
        kept -= {"instruction", "instruction_detail"}
    fields |= {name: text for name, text in texts.items() if text and name in kept}
    started = {"message": source.id, "record": source.record}
    return drafts.create(
        session, actor, incident.id, message_type, now, fields=fields, started=started
    )


def openings(session: Session, message_type: MessageType) -> list[Opening]:
    """The profile's openings for a type of message."""
    return [one for one in current_profile(session).openings if one.type == message_type]


def from_opening(
    session: Session, actor: Person, incident: Incident, key: str, now: datetime, *, english: bool
) -> Message:
    """Start a draft from an opening; what the event has said of where and whom to ask follows.

    Args:
        english: with its English text, which then has to be filled in as well.

    Raises:
        BadInput: field `opening`. WrongState: it opens a correction. NotAllowed, NotFound.
    """
    opening = _opening(session, key)
    message_type = MessageType(opening.type)
    fields = defaults.start(session, incident, message_type, now, carry=True)
    fields = _filled(fields, opening, message_type, english=english)
    return drafts.create(
        session, actor, incident.id, message_type, now, fields=fields, started=_named(opening)
    )


def fill(
    session: Session,
    actor: Person,
    message_id: int,
    key: str,
    revision: int,
    now: datetime,
    *,
    english: bool,
) -> Message:
    """Put an opening into a draft: only where nothing has been written.

    Raises:
        BadInput: field `opening`: there is none, or it is for another type.
        NotAllowed, NotFound, Stale, WrongState.
    """
    opening, message = _opening(session, key), drafts.locked(session, message_id)
    if opening.type != message.type:
        raise BadInput(_("Välj en mall för den här sorten."), field="opening")
    message_type = MessageType(message.type)
    fields = _filled(message.fields, opening, message_type, english=english)
    drafts.save(session, actor, message_id, fields, revision, now)
    message.started = _named(opening)
    record(
        session,
        "message:opening:used",
        body={"message": message.id, "from": message.started},
        now=now,
        incident_id=message.incident_id,
        person_id=actor.id,
    )
    return message


def _opening(session: Session, key: str) -> Opening:
    found = next((one for one in current_profile(session).openings if one.key == key), None)
    if found is None:
        raise BadInput(_("Mallen finns inte längre. Välj en annan."), field="opening")
    return found


def _named(opening: Opening) -> dict[str, Any]:
    """What is kept of an opening's name: the profile may have another tomorrow."""
    return {"opening": opening.key, "sv": opening.sv, "en": opening.en}


def _filled(
    fields: dict[str, Any], opening: Opening, message_type: MessageType, *, english: bool
) -> dict[str, Any]:
    asked = rules.fields_of(message_type)
    new: dict[str, Any] = {name: text for name, text in opening.texts.items() if name in asked}
    if english and opening.english:
        new["en"] = dict(opening.english) | {k: v for k, v in (fields.get("en") or {}).items() if v}
        fields = {name: value for name, value in fields.items() if name != "en"}
    return new | {name: value for name, value in fields.items() if value not in ("", None)}


class _Errors:
    """What has been found wrong in an event, and what was right."""

    def __init__(self, session: Session, incident_id: int) -> None:
        self.corrections = session.scalars(
            select(Message)
            .where(
                Message.incident_id == incident_id,
                Message.corrects_id.is_not(None),
                Message.record_number.is_not(None),
            )
            .order_by(Message.record_year, Message.record_number)
        ).all()
        self.open = session.scalars(
            select(FaultMark).where(
                FaultMark.incident_id == incident_id,
                FaultMark.withdrawn_at.is_(None),
                FaultMark.closed_at.is_(None),
            )
        ).all()

    def mended(self, message: Message) -> dict[str, str] | None:
        """The message's texts with what was wrong put right; None: that can't be done yet."""
        names = rules.fields_of(MessageType(message.type))
        texts = {name: str(message.fields.get(name) or "") for name in names}
        for one in self.corrections:
            wrong = str(one.fields.get("wrong") or "").strip()
            right = phrases.sentence(str(one.fields.get("right") or ""))
            if wrong != phrases.sentence(wrong):
                right = right.removesuffix(".")
            hit = [name for name in names if wrong and wrong in texts[name]]
            if one.corrects_id == message.id and not hit:
                return None
            for name in hit:
                texts[name] = texts[name].replace(wrong, right)
        said = set(carried.sentences_of(message))
        doubted = [mark.message_id == message.id or said & {*wording.sentences(mark.sentence)}
                   for mark in self.open]  # fmt: skip
        return None if any(doubted) else texts
