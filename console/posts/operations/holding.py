"""A lock holds a post: never sent, its author told why, and asked what is to become of it (7-a).

The lock itself is asked for at each claim and each start (messages, sendable). What is here writes
down what follows, a moment later; nothing goes out for its being late.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from console import live
from console.accounts import telling
from console.accounts.custody_models import AccountNotice
from console.accounts.models import Account
from console.accounts.queries import administers_still
from console.accounts.rules import platform_name
from console.incidents.models import Lock
from console.messages import rules as messages
from console.messages import wording
from console.messages.models import Broadcast, Delivery, Message
from console.messages.operations import control
from console.messages.operations.outcomes import LOCKED
from console.people.models import Person
from console.posts import queries, rules
from console.posts.models import PostAccount, PostHold
from console.posts.operations.common import move, note
from console.timeline.operations import record

ABOUT = "post "
"""How what a notice of a post is about begins: the post itself asks on the start page."""
BY_HAND = f"{ABOUT}by hand "


def hold_locked(session: Session, now: datetime) -> int:
    """Hold every post that a lock keeps from its account; returns how many accounts were held.

    1. Posts whose time hasn't come are held whole.
    2. Rows that haven't started are ended, with by-hand tasks; one that may be out is unknown.

    Any number of tickers may call it.
    """
    held = 0
    of_post = PostAccount.message_id == Broadcast.message_id
    waiting = (
        select(Broadcast)
        .where(Broadcast.incident_id.is_(None), Broadcast.state == "waiting")
        .where(exists().where(of_post, _locked_since(PostAccount.account_id.expression)))
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast, skip_locked=True)
    )
    for broadcast in session.scalars(waiting).all():
        account_ids = session.scalars(
            select(PostAccount.account_id).where(PostAccount.message_id == broadcast.message_id)
        ).all()
        locks = queries.locks_since(session, account_ids, broadcast.released_at)
        if locks:
            void(session, broadcast, locks, rules.Held.LOCKED, now)
            held += len(locks)
    return held + _hold_rows(session, now)


def _locked_since(account_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Condition beside a Broadcast: a live lock has stood on the account since its release."""
    return exists().where(
        Lock.account_id == account_id,
        Lock.exercise.is_(False),
        or_(Lock.released_at.is_(None), Lock.released_at >= Broadcast.released_at),
    )


def void(
    session: Session,
    broadcast: Broadcast,
    locks: Mapping[int, int | None],
    reason: rules.Held,
    now: datetime,
) -> None:
    """Hold a released post before its first row is written."""
    control.settle(session, broadcast, messages.BroadcastState.VOID, now, reason)
    hold_whole(session, broadcast.message, locks, reason, now, None)


def hold_whole(
    session: Session,
    message: Message,
    locks: Mapping[int, int | None],
    reason: rules.Held,
    now: datetime,
    actor: Person | None,
) -> None:
    """
    Args:
        locks: account id → the event whose lock it is, if it is one; every account of the post is
            held, since it is one text.
        actor: whose press found the lock; None: the program did.
    """
    move(message, rules.State.HELD)
    accounts = queries.accounts_of(session, message.id)
    event = next(iter(locks.values()), None)
    session.add_all(
        PostHold(
            message_id=message.id,
            account_id=account.id,
            reason=reason,
            incident_id=locks.get(account.id, event),
            held_at=now,
            # Who pressed has the page before them.
            told_at=now if actor is not None else None,
        )
        for account in accounts
    )
    session.flush()
    note(session, "held", message, actor, now, reason=reason, incident=event)
    live.announce(session, live.CALM)


def _hold_rows(session: Session, now: datetime) -> int:
    known = queries.asked_about()
    query = (
        select(Delivery, Broadcast.released_at)
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(Delivery.incident_id.is_(None), _locked_since(Delivery.account_id.expression))
        .where(
            or_(
                Delivery.state.in_(rules.LOCKED_STATES),
                # The worker saw the lock itself, after the start.
                and_(Delivery.state == "refused", Delivery.reason == LOCKED, ~known),
            )
        )
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    touched: dict[int, Message] = {}
    held = 0
    for row, released_at in session.execute(query).all():
        event = queries.locks_since(session, [row.account_id], released_at)[row.account_id]
        if row.state != messages.DeliveryState.REFUSED:
            _end(session, row, now)
        message = touched.setdefault(row.message_id, session.get_one(Message, row.message_id))
        session.add(
            PostHold(
                message_id=message.id,
                account_id=row.account_id,
                reason=rules.Held.LOCKED,
                incident_id=event,
                held_at=now,
            )
        )
        held += 1
    if touched:
        session.flush()
        for message in touched.values():
            note(session, "held", message, None, now, reason=rules.Held.LOCKED)
        live.announce(session, live.CALM)
    return held


def _end(session: Session, row: Delivery, now: datetime) -> None:
    """A row that hasn't started never will; one that may be out already is unknown."""
    ended = messages.DeliveryState.UNKNOWN if row.maybe_out else messages.DeliveryState.STOPPED
    row.state, row.reason, row.settled_at = ended, LOCKED, now
    row.token = row.lease_until = None
    body = {
        "delivery": row.id,
        "round": row.round_id,
        "message": row.message_id,
        "account": row.account_id,
        "detail": LOCKED,
    }
    record(session, f"delivery:{ended}", body=body, now=now)


def hold_failed(session: Session, now: datetime) -> int:
    """Ask the author about every row that certainly published nothing: a post that is missing must
    not go unseen. Returns how many."""
    known = queries.asked_about()
    query = (
        select(Delivery)
        .where(Delivery.incident_id.is_(None), Delivery.state.in_(("refused", "expired")), ~known)
        .where(Delivery.reason != rules.REPLACED)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    rows = session.scalars(query).all()
    for row in rows:
        expired = row.state == messages.DeliveryState.EXPIRED
        reason = rules.Held.TOO_LATE if expired else rules.Held.REFUSED
        hold = PostHold(
            message_id=row.message_id, account_id=row.account_id, reason=reason, held_at=now
        )
        session.add(hold)
        note(session, "failed", session.get_one(Message, row.message_id), None, now,
             account=row.account_id, reason=reason)  # fmt: skip
    if rows:
        live.announce(session, live.CALM)
    return len(rows)


def tell(session: Session, now: datetime, *, mail: bool) -> int:
    """Write to the author of each post that was held, or who else may tend it: why, and until when.
    Returns how many."""
    query = (
        select(PostHold)
        .where(PostHold.told_at.is_(None))
        .order_by(PostHold.id)
        .with_for_update(of=PostHold, skip_locked=True)
    )
    by_post: dict[int, list[PostHold]] = {}
    for hold in session.scalars(query).all():
        by_post.setdefault(hold.message_id, []).append(hold)
    for holds in by_post.values():
        first = holds[0]
        names = ", ".join(hold.account.short_name for hold in holds)
        for hold in holds:
            hold.told_at = now
        telling.tell(
            session,
            first.account,
            f"{ABOUT}hold {first.id}",
            _asked(session, first.message, first.account),
            now,
            subject=_subject(first, names),
            text=why(first) + " Du väljer sedan om det ska sändas på nytt eller kastas.",
            path=f"/posts/{first.message_id}",
            mail=mail,
            actor_id=None,
        )
    return len(by_post)


def _asked(session: Session, message: Message, account: Account) -> list[Person]:
    """Who is asked about a post on an account: its author; after one who has left, whoever else may
    tend it, and where there is nobody, those whom the account concerns."""
    if administers_still(message.author):
        return [message.author]
    everybody = [
        {row.person for row in one.administrators if administers_still(row.person)}
        for one in queries.accounts_of(session, message.id)
    ]
    tend = set.intersection(*everybody) if everybody else set()
    return sorted(tend, key=lambda one: one.id) or telling.concerned(session, account)


def _subject(hold: PostHold, names: str) -> str:
    if hold.reason == rules.Held.RESTORED:
        return f"Titta om inlägget är ute: {names}"
    return f"Inlägget gick inte ut: {names}"


def why(hold: PostHold) -> str:
    """Why a post was held and until when, in Swedish: for a mail."""
    if hold.reason == rules.Held.TOO_LATE:
        return "Tiden hann passera innan Budkavle kunde sända."
    if hold.reason == rules.Held.REFUSED:
        return "Kontot tog inte emot inlägget."
    if hold.reason == rules.Held.RESTORED:
        return "Budkavle är återställt. Titta på kontot: inlägget kan redan vara ute."
    if hold.reason == rules.Held.CHANGED or hold.incident is None:
        return "Texten är inte den som du släppte. Inget sändes."
    at = wording.clock(hold.held_at)
    return (
        f"Kontot är låst av händelsen {hold.incident.name} sedan före kl {at}. Låset gäller tills"
        " informationsenheten släpper det. Då sänds inget av sig självt."
    )


def tell_by_hand(session: Session, now: datetime, *, mail: bool) -> int:
    """Write to the author of each post that waits to be published by hand. Returns how many."""
    about = func.concat(BY_HAND, cast(Delivery.id, Text))
    query = (
        select(Delivery, Message, Account)
        .join(Message, Message.id == Delivery.message_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.incident_id.is_(None), Delivery.state == "by_hand")
        .where(~exists().where(AccountNotice.about == about))
        .order_by(Delivery.id)
    )
    told = 0
    for row, message, account in session.execute(query).all():
        people = _asked(session, message, account)
        if not people:
            continue  # until there is somebody: else it would be written down anew at every look
        # A corrected text that was published beside the post would be the same post twice.
        edits = row.act == messages.Act.EDIT
        what = "Ändra inlägget för hand" if edits else "Publicera för hand"
        telling.tell(
            session,
            account,
            f"{BY_HAND}{row.id}",
            people,
            now,
            subject=f"{what}: {account.short_name}",
            text=f"{account.name} på {platform_name(account.platform)}. Text och knapp för att"
            " bekräfta finns i Budkavle.",
            path=f"/posts/{message.id}",
            mail=mail,
            actor_id=None,
        )
        told += 1
    return told


def hold_passed(session: Session, now: datetime) -> int:
    """After a restore: a post whose time has passed may have gone out, and its author looks.
    Returns how many."""
    passed = session.scalars(
        select(Broadcast)
        .where(Broadcast.incident_id.is_(None), Broadcast.state == "waiting")
        .where(Broadcast.next_due <= now)
        .order_by(Broadcast.id)
        .with_for_update(of=Broadcast)
    ).all()
    for broadcast in passed:
        void(session, broadcast, {}, rules.Held.RESTORED, now)
    return len(passed)
