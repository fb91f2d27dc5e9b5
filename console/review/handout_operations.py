"""Handing out a message as a public record. It is masked, unless whoever does it may export."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.errors import Faults, NotAllowed
from console.people.models import Person
from console.people.rules import Permission, may
from console.review import record_shown
from console.review.handout_models import Handout
from console.timeline.operations import record

LONGEST = 500
"""Characters of to whom, and of why."""


def may_hand_out(actor: Person, *, masked: bool) -> bool:
    """May the person hand out a copy? A whole one takes what a whole export takes."""
    need = Permission.VIEW_TIMELINE if masked else Permission.EXPORT_TIMELINE
    return actor.active and may(actor.roles, need)


def hand_out(
    session: Session,
    actor: Person,
    message_id: int,
    now: datetime,
    *,
    masked: bool,
    to: str = "",
    reason: str = "",
) -> Handout:
    """Write down that a message is handed out (4.5-b).

    Args:
        to, reason: what is known of who asked and why. Whoever asks for a public record need say
            neither (2 kap. 18 § tryckfrihetsförordningen), so that both may be left empty. They
            stand in the timeline alone, as personal text.

    Raises:
        NotAllowed, NotFound; Faults: `to`, `reason`.
    """
    if not may_hand_out(actor, masked=masked):
        raise NotAllowed(_("Din roll får bara lämna ut en maskerad kopia."))
    message = record_shown.sent_message(session, message_id)
    to, reason = " ".join(to.split()), reason.strip()
    faults = {
        name: _("Skriv högst %(n)s tecken.", n=LONGEST)
        for name, text in (("to", to), ("reason", reason))
        if len(text) > LONGEST
    }
    if faults:
        raise Faults(faults)
    row = Handout(message_id=message.id, masked=masked, at=now, by_id=actor.id)
    session.add(row)
    session.flush()
    record(
        session,
        "record:handed_out",
        body={
            "handout": row.id, "message": message.id, "record": message.record, "masked": masked,
        },
        now=now,
        incident_id=message.incident_id,
        person_id=actor.id,
        personal={"to": to, "reason": reason},
    )  # fmt: skip
    return row
