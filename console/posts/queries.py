"""Reads over ordinary posts: whose they are, what holds them, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from console import listing
from console.accounts import queries as accounts
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import State as AccountState
from console.errors import NotFound
from console.incidents.models import Incident, Lock
from console.messages.models import Broadcast, Delivery, Message, Round
from console.people.models import Person
from console.posts import rules
from console.posts.models import PostAccount, PostHold, Suggestion

LISTS = ("draft", "scheduled", "held", "sent")
"""What the list of posts is narrowed to, as its address says it."""


@dataclass(frozen=True)
class Standing:
    """A live event's lock on an account."""

    account_id: int
    incident: Incident
    since: datetime


def own_accounts(session: Session, person_id: int) -> list[Account]:
    """The accounts in use that the person administers, in board order. The official website's own
    channel isn't among them: it shows events only."""
    query = select(Account).where(
        Account.id.in_(accounts.ids_administered(person_id)),
        Account.state == AccountState.ACTIVE,
        Account.kind != "website",
    )
    return list(session.scalars(query.order_by(Account.position, Account.id)))


def theirs(person_id: int) -> ColumnElement[bool]:
    """Condition on Message: the person wrote it, or administers every account that it is for. What
    asks something after its author has left, and nobody else could tend, is that of whoever
    administers any of its accounts: else nobody could answer."""
    mine = accounts.ids_administered(person_id)
    of = PostAccount.message_id == Message.id
    every = and_(exists().where(of), ~exists().where(of, PostAccount.account_id.not_in(mine)))
    some = exists().where(of, PostAccount.account_id.in_(mine))
    able = accounts.can_administer().with_only_columns(Person.id)
    left = Message.author_id.not_in(able)
    asks = Message.state.in_((rules.State.HELD, rules.State.OUT))
    tends = or_(Message.author_id == person_id, every, and_(asks, some, left, ~_tended_whole()))
    return and_(Message.type == rules.TYPE, tends)


def _tended_whole() -> ColumnElement[bool]:
    """Condition on Message: somebody administers every account that it is for."""
    here, every, runs = aliased(PostAccount), aliased(PostAccount), aliased(AccountAdministrator)
    able = accounts.can_administer().with_only_columns(Person.id)
    many = select(func.count()).where(every.message_id == Message.id).correlate(Message)
    whole = (
        select(runs.person_id)
        .join(here, here.account_id == runs.account_id)
        .where(here.message_id == Message.id, runs.person_id.in_(able))
        .group_by(runs.person_id)
        .having(func.count() == many.scalar_subquery())
    )
    return whole.correlate(Message).exists()


def post(session: Session, person: Person, message_id: int) -> Message:
    """
    Raises:
        NotFound: no such post, or somebody else's.
    """
    query = select(Message).where(Message.id == message_id, theirs(person.id))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(_("Inlägget finns inte, eller är någon annans."))
    return found


def accounts_of(session: Session, message_id: int) -> list[Account]:
    """The accounts that a post is written for, in board order."""
    query = (
        select(Account)
        .join(PostAccount, PostAccount.account_id == Account.id)
        .where(PostAccount.message_id == message_id)
    )
    return list(session.scalars(query.order_by(Account.position, Account.id)))


def locks_on(session: Session, account_ids: Collection[int]) -> dict[int, Standing]:
    """Account id → the live event that holds it now."""
    query = (
        select(Lock, Incident)
        .join(Incident, Incident.id == Lock.incident_id)
        .where(
            Lock.account_id.in_(account_ids), Lock.released_at.is_(None), Lock.exercise.is_(False)
        )
    )
    return {
        lock.account_id: Standing(lock.account_id, incident, lock.since)
        for lock, incident in session.execute(query)
    }


def locks_since(
    session: Session, account_ids: Collection[int], released_at: datetime
) -> dict[int, int]:
    """Account id → the event of its newest live lock that has stood at any time since."""
    query = (
        select(Lock.account_id, Lock.incident_id)
        .where(
            Lock.account_id.in_(account_ids),
            Lock.exercise.is_(False),
            or_(Lock.released_at.is_(None), Lock.released_at >= released_at),
        )
        .order_by(Lock.id)
    )
    return {row.account_id: row.incident_id for row in session.execute(query)}


def open_holds(session: Session, message_id: int) -> Sequence[PostHold]:
    return holds_among(session, [message_id])


def asked_about(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition on Delivery: somebody has been asked about that row. What held the same text before
    its round was written has been answered, and says nothing of what became of the row.

    Args:
        more: conditions on the PostHold.
    """
    return exists().where(
        PostHold.message_id == Delivery.message_id,
        PostHold.account_id == Delivery.account_id,
        Round.id == Delivery.round_id,
        PostHold.held_at >= Round.at,
        *more,
    )


def holds_among(session: Session, message_ids: Collection[int]) -> Sequence[PostHold]:
    """What was kept back of these posts and waits for its author, oldest first."""
    query = select(PostHold).where(
        PostHold.message_id.in_(message_ids), PostHold.settled_at.is_(None)
    )
    return session.scalars(query.order_by(PostHold.id)).all()


def broadcasts_of(session: Session, message_ids: Collection[int]) -> dict[int, Broadcast]:
    """Message id → its newest release."""
    query = select(Broadcast).where(Broadcast.message_id.in_(message_ids))
    return {one.message_id: one for one in session.scalars(query.order_by(Broadcast.id))}


def deliveries_of(session: Session, message_id: int) -> Sequence[Delivery]:
    """A post's rows, one per account, in board order."""
    query = (
        select(Delivery)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.message_id == message_id)
    )
    return session.scalars(query.order_by(Account.position, Delivery.id)).all()


def links_of(session: Session, delivery_ids: Collection[int]) -> dict[int, str]:
    """Delivery id → where its post stands; "" where nobody has said."""
    query = select(Delivery.id, Delivery.remote_link).where(Delivery.id.in_(delivery_ids))
    return {row.id: row.remote_link or "" for row in session.execute(query)}


def states_of(session: Session, message_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Message id → how many of its rows are in which state."""
    query = (
        select(Delivery.message_id, Delivery.state, func.count().label("many"))
        .where(Delivery.message_id.in_(message_ids))
        .group_by(Delivery.message_id, Delivery.state)
    )
    found: dict[int, Counter[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.message_id, Counter())[row.state] = row.many
    return found


def suggestions_of(session: Session, message_id: int) -> Sequence[Suggestion]:
    query = select(Suggestion).where(Suggestion.message_id == message_id)
    return session.scalars(query.order_by(Suggestion.id)).all()


def suggestions(session: Session, incident_id: int) -> Sequence[Suggestion]:
    """What has been handed to the unit in an event: what nobody has read first."""
    query = select(Suggestion).where(Suggestion.incident_id == incident_id)
    order = (Suggestion.dismissed_at.is_not(None), Suggestion.read_at.is_not(None))
    return session.scalars(query.order_by(*order, Suggestion.id)).all()


def page(
    session: Session, person: Person, which: str, words: str, number: int
) -> listing.Part[Message]:
    """One page of a person's posts, newest first.

    Args:
        which: one of LISTS.
        words: looked for in the text.
    """
    held = exists().where(PostHold.message_id == Message.id, PostHold.settled_at.is_(None))
    narrowed = {
        "draft": Message.state == rules.State.DRAFT,
        "scheduled": Message.state == rules.State.APPROVED,
        "held": or_(Message.state == rules.State.HELD, held),
        "sent": and_(Message.state == rules.State.OUT, ~held),
    }[which]
    query = select(Message).where(theirs(person.id), narrowed)
    for word in words.split():
        query = query.where(Message.fields["text"].astext.icontains(word, autoescape=True))
    return listing.part(session, query.order_by(Message.saved_at.desc(), Message.id.desc()), number)


def named(session: Session, message_ids: Collection[int]) -> dict[int, list[str]]:
    """Message id → the names of its accounts, in board order."""
    query = (
        select(PostAccount.message_id, Account.short_name)
        .join(Account, Account.id == PostAccount.account_id)
        .where(PostAccount.message_id.in_(message_ids))
        .order_by(Account.position, Account.id)
    )
    found: dict[int, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.message_id, []).append(row.short_name)
    return found


def holds_of(session: Session, person_id: int) -> Sequence[PostHold]:
    """What was kept back of a person's posts and waits for them, oldest first."""
    query = (
        select(PostHold)
        .join(Message, Message.id == PostHold.message_id)
        .where(PostHold.settled_at.is_(None), theirs(person_id))
    )
    return session.scalars(query.order_by(PostHold.id)).all()


def asking(session: Session, person_id: int) -> Sequence[Delivery]:
    """Rows of a person's posts that only a person can settle, oldest first."""
    query = (
        select(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.incident_id.is_(None),
            Delivery.state.in_(("unknown", "by_hand")),
            theirs(person_id),
        )
        .options(joinedload(Delivery.account))
    )
    return session.scalars(query.order_by(Delivery.id)).all()


def unread(session: Session, incident_id: int) -> int:
    """How many texts handed over in an event nobody has read."""
    query = select(func.count(Suggestion.id)).where(
        Suggestion.incident_id == incident_id, Suggestion.read_at.is_(None)
    )
    return session.scalars(query).one()
