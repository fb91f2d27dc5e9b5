"""What every verb about an item does: find it for who may see it, move it, and write it down."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.errors import NotFound, WrongState
from console.messages.checks import identity_numbers
from console.monitoring import check_operations, item_queries, item_rules
from console.monitoring.feed_models import FeedItem
from console.people.models import Person
from console.timeline.operations import record


def held(session: Session, actor: Person, item_id: int, now: datetime) -> FeedItem:
    """An item that the person may see, locked until the unit of work ends.

    Raises:
        NotFound.
    """
    item = session.scalar(
        select(FeedItem)
        .where(FeedItem.id == item_id)
        .with_for_update(of=FeedItem)
        .execution_options(populate_existing=True)
    )
    if item is None or not item_queries.may_see(session, actor, item, now):
        raise NotFound(_("Det finns inte, eller är inte ditt att se."))
    return item


def need_move(item: FeedItem, state: str) -> None:
    """
    Raises:
        WrongState: the table hasn't the move.
    """
    if not item_rules.may_move(item.state, state):
        label = str(item_rules.LABELS[item.state]).lower()
        raise WrongState(_("Det går inte nu. Läget är: %(state)s.", state=label))


def shift(
    session: Session,
    actor: Person,
    item: FeedItem,
    state: str,
    now: datetime,
    *,
    note: str = "",
    to: Person | None = None,
    sent_as: str = "",
) -> None:
    """Move an item. Whoever does it has looked at the account (4-f).

    Raises:
        WrongState: the table hasn't the move.
    """
    need_move(item, state)
    before, item.state, item.state_at = item.state, state, now
    item.seen_at = item.seen_at or now
    item.by_id, item.note = actor.id, note
    item.by = session.get_one(Person, actor.id)
    item.forwarded_to_id = to.id if to is not None else None
    item.forwarded_to = to
    item.sent_as = sent_as
    facts: dict[str, object] = {"before": before, "after": state}
    if to is not None:
        facts |= {"to": to.id, "as": sent_as}
    say(session, "item:state:changed", item, actor, now, {"note": note} if note else None,
        **facts)  # fmt: skip
    if item.account_id is not None:
        check_operations.seen_in_inbox(session, actor, item.account_id, now)


def say(
    session: Session,
    tag: str,
    item: FeedItem,
    actor: Person,
    now: datetime,
    personal: dict[str, str] | None = None,
    **facts: object,
) -> None:
    """Write it in the timeline; the item's own words never stand there (4-i)."""
    body: dict[str, object] = {"item": item.id}
    if item.account_id is not None:
        body["account"] = item.account_id
    record(session, tag, body=body | facts, now=now, person_id=actor.id, personal=personal)
    live.announce(session, live.CALM)


def place(account: Account | None) -> str:
    """What a notice calls the account that something stands on; None: it stands on none of ours."""
    return "inkorgen" if account is None else account.name


def text_fault(text: str, most: int) -> str:
    """What is wrong with what somebody writes about an item; "": nothing."""
    if len(text) > most:
        return str(_("Skriv högst %(n)s tecken.", n=most))
    if identity_numbers(text):
        return str(_("Ta bort personnumret. Det ska inte stå här."))
    return ""
