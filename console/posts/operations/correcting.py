"""Correcting a post that is out: struck where its channel edits, else said in a new one (4-k).

A correction is a post of its own, released by the same press. Nothing that was published vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.errors import Faults, WrongState
from console.messages import wording
from console.messages.models import Delivery, Message
from console.people.models import Person
from console.posts import queries, rules
from console.posts.operations import writing
from console.posts.operations.common import tended

LONGEST = 500
"""Characters in each of the two fields."""
OUT = ("sent", "confirmed")
UNDER_WAY = ("queued", "retry", "claimed", "started")


def sentences(session: Session, message: Message) -> list[str]:
    """The sentences that are out with a post: its own, and what earlier corrections of it said."""
    said = [str(message.fields.get("text") or "")]
    said += [
        str(one.fields["right"])
        for one in corrections(session, message.id)
        if one.state == rules.State.OUT
    ]
    return list(dict.fromkeys(one for text in said for one in wording.sentences(text)))


def corrections(session: Session, message_id: int) -> Sequence[Message]:
    """A post's corrections, oldest first; those thrown away are left out."""
    query = select(Message).where(
        Message.corrects_id == message_id, Message.state != rules.State.WITHDRAWN
    )
    return session.scalars(query.order_by(Message.id)).all()


def may_correct(message: Message, rows: Sequence[Delivery]) -> bool:
    """Is the post out somewhere, and a post that can be corrected: not itself a correction?"""
    out = any(row.state in OUT for row in rows)
    return message.state == rules.State.OUT and message.corrects_id is None and out


def draft(session: Session, message_id: int) -> Message | None:
    """The correction of the post that somebody has begun and nobody has released."""
    found = corrections(session, message_id)
    return next((one for one in found if one.state == rules.State.DRAFT), None)


def out_since(session: Session, correction: Message) -> list[Account]:
    """Accounts that somebody has said the post is out on, since its correction was begun."""
    assert correction.corrects_id is not None
    return [
        row.account
        for row in queries.deliveries_of(session, correction.corrects_id)
        if row.state in OUT and row.settled_at and row.settled_at > correction.created_at
    ]


def write(
    session: Session, actor: Person, message_id: int, said: dict[str, str], now: datetime
) -> Message:
    """Begin a post's correction, or change the one that is begun: a draft, until it is released.

    Args:
        said: wrong (a sentence that is out), right, thanks (may be "").

    Raises:
        WrongState: the post isn't out, isn't known to be out everywhere, or another correction of
            it waits to go out. Faults: fields `wrong`, `right`, `thanks`. NotAllowed, NotFound.
    """
    message = tended(session, actor, message_id)
    rows = queries.deliveries_of(session, message.id)
    if not may_correct(message, rows):
        raise WrongState(_("Inlägget är inte ute, så det finns inget att rätta."))
    need_answers(rows)
    waiting = (rules.State.APPROVED, rules.State.HELD)
    if any(one.state in waiting for one in corrections(session, message.id)):
        raise WrongState(_("En rättelse väntar redan på att gå ut. Ändra eller kasta den först."))
    fields = _fields(session, message, said)
    own = {account.id for account in queries.own_accounts(session, actor.id)}
    begun = draft(session, message.id)
    if begun is not None:
        chosen = {one.id for one in queries.accounts_of(session, begun.id)}
        chosen |= own & {account.id for account in out_since(session, begun)}
        return writing.save(session, actor, begun.id, fields, sorted(chosen), begun.revision, now)
    out = {row.account_id for row in rows if row.state in OUT}
    if not out & own:
        raise WrongState(_("Inget av kontona är i bruk och sköts av dig."))
    return writing.begin(session, actor, fields, sorted(out & own), now, corrects_id=message.id)


def need_answers(rows: Sequence[Delivery]) -> None:
    """Nothing is corrected while it isn't known where the error stands, or somebody may still
    publish it by hand.

    Raises:
        WrongState: which account it isn't known of.
    """
    for row in rows:
        if row.state == "unknown":
            raise WrongState(
                _("Svara först om inlägget är ute på %(name)s.", name=row.account.name)
            )
        if row.state == "by_hand":
            raise WrongState(
                _(
                    "Svara först på inläggets sida: är det ute på %(name)s, eller ska det inte"
                    " publiceras?",
                    name=row.account.name,
                )
            )
        if row.state in UNDER_WAY:
            raise WrongState(_("Inlägget är på väg ut. Vänta tills varje konto har svarat."))


def _fields(session: Session, message: Message, said: dict[str, str]) -> dict[str, Any]:
    wrong, right, thanks = (
        " ".join(said.get(name, "").split()) for name in ("wrong", "right", "thanks")
    )
    faults = {}
    if wrong not in sentences(session, message):
        faults["wrong"] = _("Välj meningen som är fel.")
    if not right:
        faults["right"] = _("Skriv vad som är rätt.")
    elif right == wrong:
        faults["right"] = _("Det är samma mening. Skriv vad som är rätt.")
    for name, text in (("right", right), ("thanks", thanks)):
        if len(text) > LONGEST:
            faults[name] = _("Korta texten till högst 500 tecken.")
    if faults:
        raise Faults(faults)
    return {
        "text": wording.correction(wrong, right, thanks, "sv"),
        "wrong": wrong,
        "right": right,
        "thanks": thanks,
        # The page that the post named says it already, or is put right there.
        "no_page": True,
    }
