"""A message's own pictures: added and described by its writers, approved with its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console import live
from console.errors import Faults, NotFound, WrongState
from console.messages import rules
from console.messages.image_models import MessageImage
from console.messages.models import Message
from console.messages.operations import drafts
from console.people.models import Person
from console.people.rules import Permission
from console.pictures import operations as pictures
from console.pictures.reencoding import Reencoded
from console.timeline.operations import record

MOST = 3
"""With a card before them: four is what X, Mastodon and Bluesky take."""
LONGEST_ALT = 1000


def of_message(session: Session, message_id: int) -> Sequence[MessageImage]:
    """In the order that they go out."""
    return session.scalars(
        select(MessageImage).where(MessageImage.message_id == message_id).order_by(MessageImage.id)
    ).all()


def add(
    session: Session,
    actor: Person,
    message_id: int,
    made: Reencoded,
    alt: str,
    alt_en: str,
    now: datetime,
) -> MessageImage:
    """Add a picture after the others. What waits for approval is a draft again.

    Raises:
        Faults: no alternative text, or one that is too long; too many pictures, or one twice.
        NotAllowed, NotFound, WrongState.
    """
    message = _changeable(session, actor, message_id)
    alt, alt_en = _checked(alt, alt_en)
    there = session.scalars(
        select(func.count()).select_from(MessageImage).where(MessageImage.message_id == message.id)
    ).one()
    if there >= MOST:
        raise Faults({"file": _("Högst %(n)s bilder. Ta bort en först.", n=MOST)})
    image = pictures.keep(session, made, now)
    if session.scalar(
        select(MessageImage.id).where(
            MessageImage.message_id == message.id, MessageImage.image_id == image.id
        )
    ):
        raise Faults({"file": _("Bilden är redan med. Välj en annan.")})
    row = MessageImage(message_id=message.id, image_id=image.id, alt=alt, alt_en=alt_en)
    session.add(row)
    session.flush()
    facts = {"image": image.digest, "alt": alt, "alt_en": alt_en}
    _changed(session, actor, message, "added", facts, now)
    return row


def describe(
    session: Session,
    actor: Person,
    message_id: int,
    row_id: int,
    alt: str,
    alt_en: str,
    now: datetime,
) -> None:
    """Give a picture another alternative text.

    Raises:
        Faults, NotAllowed, NotFound, WrongState: as `add`.
    """
    message = _changeable(session, actor, message_id)
    row = _row(session, message, row_id)
    alt, alt_en = _checked(alt, alt_en)
    if (row.alt, row.alt_en) == (alt, alt_en):
        return
    row.alt, row.alt_en = alt, alt_en
    facts = {"image": row.image.digest, "alt": alt, "alt_en": alt_en}
    _changed(session, actor, message, "described", facts, now)


def remove(session: Session, actor: Person, message_id: int, row_id: int, now: datetime) -> None:
    """
    Raises:
        NotAllowed, NotFound, WrongState.
    """
    message = _changeable(session, actor, message_id)
    row = _row(session, message, row_id)
    _changed(session, actor, message, "removed", {"image": row.image.digest}, now)
    session.delete(row)


def faults(rows: Sequence[MessageImage], *, english: bool) -> dict[str, str]:
    """What keeps a draft with these from being submitted: field → sentence.

    Args:
        english: the message has English text.
    """
    missing = [n for n, row in enumerate(rows, 1) if english and not row.alt_en]
    if not missing:
        return {}
    return {"images": _("Skriv alternativtext på engelska för bild %(n)s.", n=missing[0])}


def frozen(rows: Sequence[MessageImage], language: str) -> dict[str, Any]:
    """What is frozen of them in one language: {} where there are none, so that a message without
    pictures hashes as it always did."""
    if not rows:
        return {}
    said = [(one.alt_en if language == "en" else one.alt, one.image) for one in rows]
    return {
        "images": [
            {"digest": image.digest, "portrait": image.portrait_digest, "alt": alt}
            for alt, image in said
        ]
    }


def _changeable(session: Session, actor: Person, message_id: int) -> Message:
    drafts.need(actor, Permission.WRITE_MESSAGE)
    message = drafts.locked(session, message_id)
    drafts.open_incident(session, message.incident_id)
    if message.state not in rules.EDITABLE:
        raise WrongState(_("Texten är godkänd. Bilderna går inte att ändra längre."))
    return message


def _row(session: Session, message: Message, row_id: int) -> MessageImage:
    row = session.get(MessageImage, row_id)
    if row is None or row.message_id != message.id:
        raise NotFound(_("Bilden är inte med längre. Ladda om sidan."))
    return row


def _checked(alt: str, alt_en: str) -> tuple[str, str]:
    said = {"alt": " ".join(alt.split()), "alt_en": " ".join(alt_en.split())}
    found = {
        name: _("Skriv högst %(n)s tecken.", n=LONGEST_ALT)
        for name, text in said.items()
        if len(text) > LONGEST_ALT
    }
    if not said["alt"]:
        found["alt"] = _("Beskriv vad bilden visar, för dem som inte ser den.")
    if found:
        raise Faults(found)
    return said["alt"], said["alt_en"]


def _changed(
    session: Session,
    actor: Person,
    message: Message,
    what: str,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """As a saved text: a new revision, another hand, and nothing approved of it remains."""
    message.revision += 1
    message.saved_at, message.saved_by_id = now, actor.id
    message.hands = sorted({*message.hands, actor.id})
    if message.state != rules.MessageState.DRAFT:
        drafts.void_waiting(session, message, now, "edited")
        message.state = rules.MessageState.DRAFT
    record(
        session,
        f"message:image:{what}",
        body={"message": message.id, **facts},
        now=now,
        incident_id=message.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(message.incident_id))
