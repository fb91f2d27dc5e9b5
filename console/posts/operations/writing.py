"""Writing a post: drafts, what throws them away, and what a held one becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console import live
from console.accounts import queries as accounts
from console.errors import Faults, Stale, WrongState
from console.messages.models import Delivery, Message
from console.messages.operations import control
from console.messages.operations.drafts import need
from console.people.models import Person
from console.people.rules import Permission
from console.posts import queries, rules
from console.posts.models import PostAccount, PostHold
from console.posts.operations.common import move, need_own, note, settle_holds, tended

NOT_OUT = ("refused", "expired", "stopped")
"""Deliveries in these certainly published nothing."""


def begin(
    session: Session,
    actor: Person,
    fields: dict[str, Any],
    account_ids: Sequence[int],
    now: datetime,
    *,
    corrects_id: int | None = None,
) -> Message:
    """Begin a draft.

    Args:
        fields: text, page, no_page, clock, day: as they were typed; of a correction also wrong,
            right and thanks.
        corrects_id: the post that it corrects.

    Raises:
        NotAllowed: no such role, or an account of somebody else's; Faults: field `text`.
    """
    need(actor, Permission.WRITE_POST)
    need_own(session, actor, list(account_ids))
    _check(fields)
    message = Message(
        type=rules.TYPE,
        state=rules.State.DRAFT,
        author_id=actor.id,
        corrects_id=corrects_id,
        fields=fields,
        revision=1,
        created_at=now,
        saved_at=now,
        saved_by_id=actor.id,
        hands=[actor.id],
    )
    session.add(message)
    session.flush()
    _choose(session, message, account_ids)
    if corrects_id is None:
        note(session, "begun", message, actor, now)
    else:
        note(session, "correction:begun", message, actor, now, corrects=corrects_id)
    live.announce(session, live.CALM)
    return message


def save(
    session: Session,
    actor: Person,
    message_id: int,
    fields: dict[str, Any],
    account_ids: Sequence[int],
    revision: int,
    now: datetime,
) -> Message:
    """Save a draft.

    Raises:
        Stale: somebody else saved it in between; NotAllowed, NotFound, WrongState, Faults.
    """
    message = tended(session, actor, message_id)
    need_own(session, actor, list(account_ids))
    if message.state != rules.State.DRAFT:
        raise WrongState(_("Inlägget är släppt. Ta tillbaka det om du vill ändra."))
    if message.corrects_id is not None and "wrong" not in fields:
        raise WrongState(_("En rättelse ändras på sin egen sida. Öppna den därifrån."))
    if message.revision != revision:
        raise Stale(_("Någon annan har sparat inlägget under tiden. Läs det först."))
    _check(fields)
    message.fields = fields
    message.revision += 1
    message.saved_at, message.saved_by_id = now, actor.id
    message.hands = sorted({*message.hands, actor.id})
    _choose(session, message, account_ids)
    live.announce(session, live.CALM)
    return message


def throw_away(session: Session, actor: Person, message_id: int, now: datetime) -> Message:
    """Throw a post away that hasn't gone out, or what was kept back of one that has; of one that
    several tend for its author who has left, what was kept from one's own accounts.

    Raises:
        NotAllowed, NotFound; WrongState: it has started.
    """
    message = tended(session, actor, message_id)
    theirs = _theirs(session, actor, message)
    held = message.state == rules.State.HELD
    if message.state == rules.State.OUT:
        if not settle_holds(session, actor, message, "thrown", now, theirs):
            raise WrongState(_("Inlägget har gått ut och kan inte kastas."))
    elif held and _shared(session, message, theirs):
        settle_holds(session, actor, message, "thrown", now, theirs)
        if not queries.open_holds(session, message.id):
            move(message, rules.State.WITHDRAWN)
    else:
        before = message.state
        move(message, rules.State.WITHDRAWN)
        if before == rules.State.APPROVED:
            control.void_unsent(session, message, now)
        settle_holds(session, actor, message, "thrown", now)
    note(session, "thrown", message, actor, now)
    live.announce(session, live.CALM)
    return message


def anew(session: Session, actor: Person, message_id: int, now: datetime) -> Message:
    """Take up a text that didn't go out, as a draft: the same one if nothing of it has left, else
    a new one for the accounts of one's own that certainly never got it. It is released by a new
    press.

    Raises:
        NotAllowed, NotFound; WrongState: every account has it, or may have, or a draft for it; or
            none of those that lack it is the actor's own.
    """
    message = tended(session, actor, message_id)
    fields = {**message.fields, "clock": "", "day": ""}
    never = message.state == rules.State.HELD and message.record_number is None
    if never and not _shared(session, message, _theirs(session, actor, message)):
        move(message, rules.State.DRAFT)
        message.fields = fields
        message.revision += 1
        message.saved_at, message.saved_by_id = now, actor.id
        settle_holds(session, actor, message, "anew", now)
        note(session, "anew", message, actor, now, draft=message.id)
        live.announce(session, live.CALM)
        return message
    if message.state not in (rules.State.OUT, rules.State.HELD):
        raise WrongState(_("Inlägget har redan gått vidare. Ladda om sidan."))
    rows = queries.deliveries_of(session, message.id)
    missed = missing(session, message.id, rows)
    if never:
        missed = [one.account_id for one in queries.open_holds(session, message.id)]
    if not missed:
        raise WrongState(_("Inget konto saknar inlägget, eller så finns redan ett nytt utkast."))
    own = {account.id for account in queries.own_accounts(session, actor.id)}
    mine = [one for one in missed if one in own]
    if not mine:
        raise WrongState(_("Inget av kontona är i bruk och sköts av dig."))
    draft = begin(session, actor, fields, mine, now, corrects_id=message.corrects_id)
    # The others still ask: somebody who may is to take them up, or their answer hasn't come.
    answered = settle_holds(session, actor, message, "anew", now, mine)
    asked = {one.account_id for one in answered}
    session.add_all(
        # Pressed before anybody was asked: the answer stands, and nobody is asked after it.
        PostHold(
            message_id=message.id, account_id=one, reason=rules.Held.REFUSED, held_at=now,
            told_at=now, settled_at=now, settled_by_id=actor.id, choice="anew",
        )
        for one in mine
        if one not in asked
    )  # fmt: skip
    if message.state == rules.State.HELD and not queries.open_holds(session, message.id):
        move(message, rules.State.WITHDRAWN)
    note(session, "anew", message, actor, now, draft=draft.id)
    return draft


def _theirs(session: Session, actor: Person, message: Message) -> set[int]:
    """The post's accounts that the actor answers for."""
    every = {one.id for one in queries.accounts_of(session, message.id)}
    if actor.id == message.author_id:
        return every
    return every & set(session.scalars(accounts.ids_administered(actor.id)))


def _shared(session: Session, message: Message, theirs: set[int]) -> bool:
    """Is the post for others' accounts too? Then each answers for their own: taken up whole by the
    last, it would go out a second time where somebody has taken it up already."""
    return any(one.id not in theirs for one in queries.accounts_of(session, message.id))


def missing(session: Session, message_id: int, rows: Sequence[Delivery]) -> list[int]:
    """Accounts that certainly never got a post, and for which nobody has taken it up anew: a second
    draft of the same text would be published twice."""
    anew = queries.asked_about(PostHold.choice == "anew")
    query = select(Delivery.account_id).where(Delivery.message_id == message_id, anew)
    taken = set(session.scalars(query))
    return [
        one.account_id
        for one in rows
        if one.state in NOT_OUT
        and not one.maybe_out
        and one.reason != rules.REPLACED
        and one.account_id not in taken
    ]


def _check(fields: dict[str, Any]) -> None:
    if len(str(fields.get("text") or "")) > rules.TEXT_LENGTH:
        raise Faults({"text": _("Korta texten till högst 5 000 tecken.")})


def _choose(session: Session, message: Message, account_ids: Sequence[int]) -> None:
    session.execute(delete(PostAccount).where(PostAccount.message_id == message.id))
    session.add_all(
        PostAccount(message_id=message.id, account_id=one) for one in dict.fromkeys(account_ids)
    )
    session.flush()
