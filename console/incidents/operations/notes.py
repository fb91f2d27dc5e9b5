"""What people write in an event's log."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from console.errors import Faults
from console.incidents import rules
from console.incidents.models import Incident, Note
from console.incidents.operations.common import (
    allow,
)
from console.people.models import Person
from console.people.rules import Permission
from console.timeline.operations import record


def write_note(
    session: Session,
    actor: Person,
    incident: Incident,
    *,
    kind: str,
    content: str,
    happened_at: datetime,
    now: datetime,
) -> Note:
    """Write in the event's log, also after it has been closed.

    Raises:
        NotAllowed; Faults: keys kind, content, happened_at.
    """
    allow(actor, Permission.WRITE_NOTE)
    content = content.strip()
    faults: dict[str, str] = {}
    if kind not in list(rules.NoteKind):
        faults["kind"] = _("Välj vad det gäller: beslut, samtal, VMA, media eller annat.")
    if not content:
        faults["content"] = _("Skriv vad som hände.")
    elif len(content) > rules.NOTE_LENGTH:
        faults["content"] = _(
            "Korta texten till högst 2 000 tecken. Nu är den %(n)s.", n=len(content)
        )
    if not rules.note_time_is_possible(happened_at, now):
        faults["happened_at"] = _("Ange en tid som har varit. Det som kommer kan inte antecknas.")
    if faults:
        raise Faults(faults)
    note = Note(
        incident_id=incident.id,
        author_id=actor.id,
        kind=kind,
        happened_at=happened_at,
        written_at=now,
        content=content,
    )
    session.add(note)
    session.flush()
    record(
        session,
        "note:written",
        body={"note": note.id, "kind": kind, "happened_at": happened_at},
        now=now,
        incident_id=incident.id,
        person_id=actor.id,
        personal={"content": content},
    )
    return note
