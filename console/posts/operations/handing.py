"""A text that can't go out because of an event, handed to those who write in it (7-a)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.errors import NotFound, WrongState
from console.incidents import rules as incidents
from console.messages.operations.drafts import need
from console.people.models import Person
from console.people.rules import Permission
from console.posts import queries, rules
from console.posts.models import Suggestion
from console.posts.operations.common import note, tended
from console.timeline.operations import record


def hand_over(session: Session, actor: Person, message_id: int, now: datetime) -> Suggestion:
    """Give the text to the information unit of an event that holds one of its accounts and doesn't
    have it yet. It is read there; nothing sends it.

    Raises:
        WrongState: no event holds any of its accounts, it went out, or it is handed over already.
        NotAllowed, NotFound.
    """
    message = tended(session, actor, message_id)
    if message.state == rules.State.WITHDRAWN:
        raise WrongState(_("Inlägget är kastat."))
    accounts = queries.accounts_of(session, message.id)
    locks = queries.locks_on(session, [account.id for account in accounts])
    events = [locks[one.id].incident for one in accounts if one.id in locks]
    events = [one for one in events if one.state == incidents.State.OPEN]
    if not events:
        raise WrongState(_("Inget av kontona är låst. Sänd inlägget själv, eller kasta det."))
    said = str(message.fields.get("text") or "").strip()
    if not said:
        raise WrongState(_("Skriv inlägget."))
    handed = {one.incident_id for one in queries.suggestions_of(session, message.id)}
    # Two events may hold an account each: the text is for both units, one press at a time.
    incident = next((one for one in events if one.id not in handed), None)
    if incident is None:
        raise WrongState(_("Texten är redan lämnad till informationsenheten."))
    suggestion = Suggestion(
        message_id=message.id,
        incident_id=incident.id,
        content=said,
        accounts=", ".join(account.short_name for account in accounts),
        handed_at=now,
        handed_by_id=actor.id,
    )
    session.add(suggestion)
    session.flush()
    note(
        session, "handed_over", message, actor, now, incident.id,
        suggestion=suggestion.id, accounts=suggestion.accounts,
    )  # fmt: skip
    live.announce(session, live.incident_topic(incident.id), live.CALM)
    return suggestion


def read(
    session: Session, actor: Person, incident_id: int, suggestion_id: int, now: datetime
) -> Suggestion:
    """The unit says that it has read the text; a second time changes nothing.

    Raises:
        NotAllowed, NotFound.
    """
    suggestion = _held(session, actor, incident_id, suggestion_id)
    if suggestion.read_at is None:
        suggestion.read_at, suggestion.read_by_id = now, actor.id
        _note(session, "read", suggestion, actor, now)
    return suggestion


def dismiss(
    session: Session, actor: Person, incident_id: int, suggestion_id: int, now: datetime
) -> Suggestion:
    """The unit says that it doesn't use the text; its author sees that.

    Raises:
        NotAllowed, NotFound.
    """
    suggestion = read(session, actor, incident_id, suggestion_id, now)
    if suggestion.dismissed_at is None:
        suggestion.dismissed_at, suggestion.dismissed_by_id = now, actor.id
        _note(session, "dismissed", suggestion, actor, now)
    return suggestion


def _held(session: Session, actor: Person, incident_id: int, suggestion_id: int) -> Suggestion:
    need(actor, Permission.WRITE_MESSAGE)
    suggestion = session.scalar(
        select(Suggestion)
        .where(Suggestion.id == suggestion_id, Suggestion.incident_id == incident_id)
        .with_for_update(of=Suggestion)
        .execution_options(populate_existing=True)
    )
    if suggestion is None:
        raise NotFound(_("Textförslaget finns inte i den här händelsen."))
    return suggestion


def _note(
    session: Session, verb: str, suggestion: Suggestion, actor: Person, now: datetime
) -> None:
    record(
        session,
        f"post:suggestion:{verb}",
        body={"suggestion": suggestion.id, "message": suggestion.message_id},
        now=now,
        incident_id=suggestion.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(suggestion.incident_id), live.CALM)
