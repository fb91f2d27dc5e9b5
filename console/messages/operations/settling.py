"""What people say became of a post: confirmed by hand, out after all, not out, send it again."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from console import live
from console.accounts import charge
from console.errors import BadInput, NotAllowed, NotFound, WrongState
from console.incidents import queries as incidents
from console.messages import rules, wording
from console.messages.models import Broadcast, Delivery, Message, Round
from console.messages.operations import trail
from console.messages.operations.drafts import need, open_incident
from console.people.models import Person
from console.people.rules import Permission, may
from console.recipients import sending
from console.timeline.operations import record

LINK_LENGTH = 2000
NOT_OUT = "declared_not_out"
"""Reason of a post that somebody looked for and didn't find."""


def confirm_by_hand(
    session: Session, actor: Person, delivery_id: int, link: str, now: datetime
) -> Delivery:
    """Who looks after the account says that the text has been published by hand.

    Args:
        link: where it stands, http or https; "" if there is none to give.

    Raises:
        NotAllowed: neither the account's administrator, nor in their place, nor the information
            unit, nor the author of an ordinary post.
        BadInput: field `link`.
        NotFound; WrongState: already confirmed, or a newer text took its place.
    """
    need(actor, Permission.CONFIRM_BY_HAND)
    delivery = _held(session, delivery_id)
    if not _may_say(session, actor, delivery, now):
        raise NotAllowed(_("Bara kontots administratörer och informationsenheten kan bekräfta."))
    if delivery.state == rules.DeliveryState.STOPPED and delivery.kind != "by_hand":
        raise WrongState(_("Inlägget har redan fått ett annat besked. Ladda om sidan."))
    _move(delivery, rules.DeliveryState.CONFIRMED)
    _settle(session, actor, delivery, "", checked_link(link), now)
    return delivery


def correct_by_hand(session: Session, actor: Person, delivery_id: int, now: datetime) -> Delivery:
    """Let the account's administrator make a correction that the channel didn't take.

    Raises:
        NotAllowed, NotFound; WrongState: no correction, made already, or not ours to publish on.
    """
    need(actor, Permission.SETTLE_DELIVERY)
    delivery = _held(session, delivery_id)
    incident = open_incident(session, delivery.incident_id)
    if session.get_one(Message, delivery.message_id).corrects_id is None:
        raise WrongState(_("Bara en rättelse kan göras för hand i efterhand."))
    why = incidents.may_publish(session, incident.id, delivery.account_id)
    if why is not None:
        raise WrongState(why)
    _move(delivery, rules.DeliveryState.BY_HAND)
    delivery.reason = ""
    delivery.token = None
    delivery.settled_at = None
    _record(session, actor, delivery, "delivery:handed", now)
    return delivery


def may_confirm(session: Session, actor: Person, account_id: int, now: datetime) -> bool:
    """Is the actor one of the account's administrators, their substitute today, or the information
    unit?"""
    return may(actor.roles, Permission.SETTLE_DELIVERY) or charge.looks_after(
        session, actor.id, account_id, now
    )


def resolve_unknown(
    session: Session, actor: Person, delivery_id: int, is_out: bool, link: str, now: datetime
) -> Delivery:
    """Somebody has looked: the post is out after all, or it isn't. Of an ordinary post the
    account's administrators and its author may say so too.

    Whoever sent it can't change the answer afterwards.

    Args:
        link: where it stands, http or https; asked for when it is out, but may be "".

    Raises:
        NotAllowed, NotFound, WrongState; BadInput: field `link`.
    """
    delivery = _held(session, delivery_id)
    ordinary = delivery.incident_id is None
    need(actor, Permission.CONFIRM_BY_HAND if ordinary else Permission.SETTLE_DELIVERY)
    if ordinary and not _may_say(session, actor, delivery, now):
        raise NotAllowed(_("Bara kontots administratörer och informationsenheten kan säga det."))
    if delivery.state != rules.DeliveryState.UNKNOWN:
        raise WrongState(_("Inlägget är inte längre obekräftat."))
    _move(delivery, rules.DeliveryState.SENT if is_out else rules.DeliveryState.REFUSED)
    delivery.maybe_out = is_out
    reason = "" if is_out else NOT_OUT
    _settle(session, actor, delivery, reason, checked_link(link) if is_out else None, now)
    return delivery


def send_again(session: Session, actor: Person, delivery_id: int, now: datetime) -> Delivery:
    """Queue a refused post once more: only the last or only round's, while it may still go out.

    An unknown post is first said to be not out (`resolve_unknown`).

    Raises:
        NotAllowed, NotFound; WrongState: the sentence names the way instead.
    """
    need(actor, Permission.SETTLE_DELIVERY)
    delivery = _held(session, delivery_id)
    if delivery.state == rules.DeliveryState.UNKNOWN:
        raise WrongState(_("Säg först om inlägget är ute eller inte."))
    if delivery.state != rules.DeliveryState.REFUSED:
        raise WrongState(_("Bara ett nekat inlägg kan sändas igen."))
    open_incident(session, delivery.incident_id)
    why = why_not_again(session, delivery, now)
    if why is not None:
        raise WrongState(why)
    _move(delivery, rules.DeliveryState.QUEUED)
    sending.say_not_out(session, delivery.idempotency_key)
    delivery.reason = ""
    delivery.token = None
    delivery.not_before = None
    delivery.settled_at = None
    _record(session, actor, delivery, "delivery:requeued", now)
    live.announce(session, live.WORK)
    return delivery


def why_not_again(session: Session, delivery: Delivery, now: datetime) -> str | None:
    """Why a refused post may not be sent again, as a sentence that names the way; None: it may."""
    broadcast = session.get_one(Broadcast, delivery.broadcast_id)
    row = session.get_one(Round, delivery.round_id)
    why: str | None = None
    if delivery.incident_id is None:
        why = _("Skriv inlägget på nytt.")
    elif broadcast.state == rules.BroadcastState.PAUSED:
        why = _("Utsändningen är pausad. Fortsätt den, eller skriv ett nytt meddelande.")
    elif rules.word_was_due(broadcast, now):
        why = _("Tiden för nästa besked har passerat. Skriv ett nytt meddelande.")
    elif broadcast.next_due is not None:
        at = wording.clock(broadcast.next_due)
        why = _("Nästa omgång går ut kl %(at)s, även på det här kontot.", at=at)
    elif broadcast.next_n != row.n + 1 or not _still_stands(session, broadcast, row, now):
        why = _("En nyare text har tagit över och gäller. Skriv ett nytt meddelande om det behövs.")
    elif row.expires_at is None or row.expires_at <= now:
        why = _("Omgången är för gammal för att sändas nu. Skriv ett nytt meddelande.")
    elif delivery.attempts == 0:
        why = _("Kontot kunde inte användas när omgången skrevs. Skriv ett nytt meddelande.")
    else:
        why = incidents.may_publish(session, delivery.incident_id, delivery.account_id)
    return why


def checked_link(link: str) -> str | None:
    """The link as given, None if there is none.

    Raises:
        BadInput: field `link`: no http or https address.
    """
    link = link.strip()
    if not link:
        return None
    try:
        parts = urlsplit(link)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole or len(link) > LINK_LENGTH or any(c.isspace() for c in link):
        raise BadInput(_("Klistra in hela adressen, den börjar med https://."), field="link")
    return link


def _may_say(session: Session, actor: Person, delivery: Delivery, now: datetime) -> bool:
    """As `may_confirm`; and the author of an ordinary post, who is asked for as long as it waits,
    whoever runs the account by then."""
    if may_confirm(session, actor, delivery.account_id, now):
        return True
    author = session.get_one(Message, delivery.message_id).author_id
    return delivery.incident_id is None and author == actor.id


def _still_stands(session: Session, broadcast: Broadcast, row: Round, now: datetime) -> bool:
    """Nothing that replaces or corrects the text has come after it."""
    if not rules.may_go_on(broadcast, now):
        return False
    corrected = exists().where(
        Message.corrects_id == broadcast.message_id, Message.state != rules.MessageState.WITHDRAWN
    )
    replaced = exists().where(
        Round.incident_id == row.incident_id,
        Round.number > row.number,
        Round.state == "written",
        Round.broadcast_id == Broadcast.id,
        Broadcast.message_id == Message.id,
        Broadcast.repeating | (Message.type == rules.MessageType.ALL_CLEAR),
    )
    if session.scalar(select(corrected)):
        return False
    return not (broadcast.repeating and session.scalar(select(replaced)))


def _held(session: Session, delivery_id: int) -> Delivery:
    """The delivery, held until the end of the transaction and read anew."""
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    if delivery is None:
        raise NotFound(_("Inlägget finns inte."))
    return delivery


def _move(delivery: Delivery, state: rules.DeliveryState) -> None:
    if not rules.may_move(rules.DELIVERY_MOVES, delivery.state, state):
        raise WrongState(_("Inlägget har redan fått ett annat besked. Ladda om sidan."))
    delivery.state = state


def _settle(
    session: Session,
    actor: Person,
    delivery: Delivery,
    reason: str,
    link: str | None,
    now: datetime,
) -> None:
    delivery.reason = reason
    delivery.token = None
    delivery.lease_until = None
    delivery.settled_at = now
    delivery.remote_link = link
    delivery.confirmed_by_id = actor.id
    trail.leave(session, delivery, delivery.state, now, f"person {actor.id}", reason)
    facts: dict[str, str | None] = {"detail": reason}
    if not reason:
        facts = {"link": link, "text": delivery.content}
    _record(session, actor, delivery, f"delivery:{delivery.state}", now, facts)


def _record(
    session: Session,
    actor: Person,
    delivery: Delivery,
    tag: str,
    now: datetime,
    facts: dict[str, str | None] | None = None,
) -> None:
    body = trail.facts(delivery) | {"by_person": True}
    record(
        session,
        tag,
        body=body | (facts or {}),
        now=now,
        incident_id=delivery.incident_id,
        person_id=actor.id,
    )
    live.announce(session, live.incident_topic(delivery.incident_id), live.SITE)
