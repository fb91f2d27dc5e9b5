"""What isn't kept: sign-ups nobody confirmed, answers that never came, rows that are done with.

A chore of the ticker's. The timeline says how many went, of which account.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from console import live
from console.accounts.models import Account
from console.recipients import operations, rules, signup
from console.recipients.models import Recipient, RecipientSend, RecipientTry
from console.recipients.rules import Letter, State
from console.timeline.operations import record

AT_ONCE = 200
"""Rows held at a time."""


def forget(session: Session, now: datetime) -> int:
    """Delete what has had its time; returns how many addresses went."""
    over = Recipient.ask_until <= now
    query = select(Recipient).where(
        or_(
            (Recipient.state == State.WAITING) & over,
            (Recipient.state == State.REMOVED) & (Recipient.removed_at <= now - rules.UNDO),
            # A question that isn't known to have left, since our own server is broken or whoever
            # sent it was killed, is no no.
            (Recipient.letter == Letter.RENEW)
            & over
            & (
                (Recipient.letter_state == "sent")
                | Recipient.letter_detail.startswith("turned_down")
            ),
        )
    )
    rows = session.scalars(
        query.order_by(Recipient.id).limit(AT_ONCE).with_for_update(of=Recipient, skip_locked=True)
    ).all()
    gone = Counter((row.account_id, row.state) for row in rows)
    for row in rows:
        session.delete(row)
    for (account_id, state), number in sorted(gone.items()):
        if state == State.ON:
            operations.count(session, account_id, lapsed=number)
        body = {"account": account_id, "state": state, "number": number}
        record(session, "recipients:forgotten", body=body, now=now)
    if rows:
        live.announce(session, live.CALM)
    session.execute(delete(RecipientSend).where(RecipientSend.at <= now - rules.SENDS_KEPT))
    session.execute(delete(RecipientTry).where(RecipientTry.at <= now - rules.DAY))
    return len(rows)


def ask_again(session: Session, now: datetime) -> int:
    """Ask citizens who said yes a year ago whether they still want it, a few at a time; and again
    those whom the question didn't reach, or may not have reached and who haven't answered. Returns
    how many."""
    failed = (
        (Recipient.letter_state == "failed")
        & ~Recipient.letter_detail.startswith("turned_down")
        & (Recipient.letter_at <= now - rules.DAY)
    )
    perhaps = (Recipient.letter_state == "unknown") & (Recipient.ask_until <= now)
    missed = (Recipient.letter == Letter.RENEW) & (failed | perhaps)
    rows = session.scalars(
        select(Recipient)
        .join(Account, Account.id == Recipient.account_id)
        .where(
            Recipient.state == State.ON,
            Account.state == "active",
            (Recipient.confirmed_at <= now - rules.RENEW_AFTER) & (Recipient.letter == "") | missed,
        )
        .order_by(Recipient.id)
        .limit(AT_ONCE)
        .with_for_update(of=Recipient, skip_locked=True)
    ).all()
    for row in rows:
        signup.ask(row, row.account.kind, Letter.RENEW, now)
        row.ask_until = now + rules.RENEW_WITHIN
    if rows:
        live.announce(session, live.WORK)
    return len(rows)


def has_work(session: Session, now: datetime) -> bool:
    """Is there anything to forget or ask, cheaply: most days there isn't?"""
    due = or_(
        Recipient.ask_until <= now,
        Recipient.removed_at <= now - rules.UNDO,
        Recipient.confirmed_at <= now - rules.RENEW_AFTER,
    )
    old = exists().where(RecipientSend.at <= now - rules.SENDS_KEPT)
    tried = exists().where(RecipientTry.at <= now - rules.DAY)
    return bool(session.scalar(select(or_(exists().where(due), old, tried))))


def see_to(session: Session, now: datetime) -> None:
    """Both, if there is anything."""
    if has_work(session, now):
        forget(session, now)
        ask_again(session, now)
