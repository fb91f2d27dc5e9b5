"""What is published on accounts and what is said there, as far as the console knows.

A post is one that the console has sent or that somebody has confirmed by hand, or one that was read
in the account's own feed and isn't ours. What was posted in a platform's own app, on an account
whose feed nobody reads, isn't known; whoever warns of too few posts says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import State
from console.incidents.models import Lock
from console.messages.models import Delivery
from console.monitoring import check_rules
from console.monitoring.check_models import AccountCheck
from console.monitoring.feed_models import FeedItem
from console.monitoring.question_models import Question

WEEK = timedelta(days=7)
SHOWS_EVENTS_ONLY = "website"
"""The kind whose account nobody posts to by themselves."""
_ZONE = "Europe/Stockholm"


def few_posts(session: Session, least: int, now: datetime, among: Any = None) -> dict[int, int]:
    """Accounts with fewer than `least` posts in the ISO week that is over → how many there were.

    Only those that were in use all of it, and that no live event held meanwhile.

    Args:
        least: the profile's posts_per_week; 0 finds nothing, without asking.
        among: a select of account ids; None: all.
    """
    if least == 0:
        return {}
    monday = check_rules.monday_of(now)
    first, after = check_rules.starts(monday - WEEK), check_rules.starts(monday)
    made = union_all(
        select(Delivery.account_id.label("account_id")).where(*_sent(first, after)),
        select(FeedItem.account_id).where(*_read(first, after)),
    ).subquery()
    have = select(made.c.account_id, func.count().label("n")).group_by(made.c.account_id).subquery()
    number = func.coalesce(have.c.n, 0)
    locked = exists().where(
        Lock.account_id == Account.id,
        Lock.exercise.is_(False),
        Lock.since < after,
        or_(Lock.released_at.is_(None), Lock.released_at > first),
    )
    query = (
        _used_since(first)
        .with_only_columns(Account.id, number)
        .outerjoin(have, have.c.account_id == Account.id)
        .where(number < least, ~locked)
    )
    if among is not None:
        query = query.where(Account.id.in_(among))
    return {row[0]: row[1] for row in session.execute(query)}


def standing_still(session: Session, since: datetime) -> dict[int, datetime | None]:
    """Accounts in use all the time since then, without an ordinary post and without a look: when
    somebody last looked, None: nobody has."""
    last = (
        select(func.max(AccountCheck.at))
        .where(AccountCheck.account_id == Account.id)
        .scalar_subquery()
    )
    posted = exists().where(
        Delivery.account_id == Account.id,
        Delivery.incident_id.is_(None),
        *_sent(since, None),
    )
    seen = exists().where(FeedItem.account_id == Account.id, *_read(since, None))
    query = (
        _used_since(since)
        .with_only_columns(Account.id, last)
        .where(or_(last.is_(None), last < since), ~posted, ~seen)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def posts_by_month(
    session: Session, account_id: int, first: datetime, after: datetime
) -> Mapping[str, int]:
    """YYYY-MM in Sweden → posts on an account, from `first` until before `after`."""
    found = Counter(
        _months(
            session, Delivery.settled_at, Delivery.account_id == account_id, *_sent(first, after)
        )
    )
    found.update(
        _months(session, FeedItem.sort_at, FeedItem.account_id == account_id, *_read(first, after))
    )
    return found


def comments_by_month(
    session: Session, account_id: int, first: datetime, after: datetime
) -> Mapping[str, int]:
    """The same of what others have said there, as somebody has written it down."""
    return _months(
        session, FeedItem.sort_at, FeedItem.account_id == account_id, FeedItem.source_id.is_(None),
        FeedItem.test.is_(False), FeedItem.sort_at >= first, FeedItem.sort_at < after,
    )  # fmt: skip


def answers_by_month(
    session: Session, account_id: int, first: datetime, after: datetime
) -> Mapping[str, int]:
    """The same of questions that were answered then."""
    return _months(
        session, Question.answered_at, Question.item_id == FeedItem.id,
        FeedItem.account_id == account_id, Question.answered_at >= first,
        Question.answered_at < after,
    )  # fmt: skip


def half_answered_within(
    session: Session, account_id: int, first: datetime, after: datetime
) -> int | None:
    """Whole seconds within which half of the questions answered then had their answer; None: none
    was answered."""
    took = func.extract("epoch", Question.answered_at - Question.received_at)
    found = session.scalar(
        select(func.percentile_cont(0.5).within_group(took))
        .join(FeedItem, FeedItem.id == Question.item_id)
        .where(
            FeedItem.account_id == account_id,
            Question.answered_at >= first,
            Question.answered_at < after,
        )
    )
    return None if found is None else int(found)


def _months(session: Session, at: Any, *conditions: ColumnElement[bool]) -> Mapping[str, int]:
    month = func.to_char(func.timezone(_ZONE, at), "YYYY-MM").label("month")
    query = select(month, func.count()).where(and_(*conditions)).group_by("month").order_by("month")
    return {row[0]: row[1] for row in session.execute(query)}


def _sent(first: datetime, after: datetime | None) -> tuple[ColumnElement[bool], ...]:
    found: tuple[ColumnElement[bool], ...] = (
        Delivery.act == "post",
        Delivery.exercise.is_(False),
        Delivery.state.in_(("sent", "confirmed")),
        Delivery.settled_at >= first,
    )
    return found if after is None else (*found, Delivery.settled_at < after)


def _read(first: datetime, after: datetime | None) -> tuple[ColumnElement[bool], ...]:
    found: tuple[ColumnElement[bool], ...] = (
        FeedItem.source_id.is_not(None),
        FeedItem.account_id.is_not(None),
        FeedItem.delivery_id.is_(None),
        # On a locked account it is known to be a delivery; elsewhere it is told by its name.
        ~_named(and_(FeedItem.link != "", Delivery.remote_link == FeedItem.link), first),
        ~_named(Delivery.remote_id == FeedItem.guid, first),
        FeedItem.test.is_(False),
        FeedItem.sort_at >= first,
    )
    return found if after is None else (*found, FeedItem.sort_at < after)


def _named(name: ColumnElement[bool], first: datetime) -> ColumnElement[bool]:
    """Condition: the item's platform calls it as it calls a post of the console's.

    Args:
        first: from when on items are looked at; their posts may have gone out just before.
    """
    sent = _sent(first - timedelta(days=1), None)
    return exists().where(Delivery.account_id == FeedItem.account_id, name, *sent)


def _used_since(first: datetime) -> Select[Any]:
    """Active accounts that people post to, and that have been so since; in board order."""
    return (
        select(Account)
        .where(
            Account.state == State.ACTIVE,
            Account.kind != SHOWS_EVENTS_ONLY,
            func.coalesce(Account.state_since, Account.created_at) <= first,
        )
        .order_by(Account.position, Account.id)
    )
