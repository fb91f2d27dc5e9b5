"""Which questions wait, for whom, and how long answering takes. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from console import listing
from console.listing import Part
from console.monitoring import item_queries, question_rules
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import ItemState
from console.monitoring.question_models import Question
from console.people.models import Person
from console.people.rules import Permission, may

MOST = 50
"""Rows that a person's start page asks for."""


@dataclass(frozen=True)
class Figures:
    """Of the questions that somebody may see."""

    open: int
    overdue: int
    answered: int
    """Within `question_rules.COUNTED`."""
    half: timedelta | None
    """Within how long half of those were answered; None: there are none."""


def page_of(
    session: Session, person: Person, show: str, page: int, now: datetime
) -> Part[Question]:
    """One page of what the person may see.

    Args:
        show: open (what is most overdue first), follow (by day) or answered (newest first).
    """
    query = _seen(person, now)
    match show:
        case "follow":
            query = query.where(*_to_follow()).order_by(Question.follow_up_on, Question.id)
        case "answered":
            query = query.where(Question.answered_at.is_not(None)).order_by(
                Question.answered_at.desc(), Question.id.desc()
            )
        case _:
            query = query.where(Question.settled_at.is_(None)).order_by(*_OLDEST)
    return listing.part(session, query, page)


_OLDEST = (Question.due_at.asc().nulls_last(), Question.received_at, Question.id)


def figures(session: Session, person: Person, now: datetime) -> Figures:
    waits = Question.settled_at.is_(None)
    took = func.extract("epoch", Question.answered_at - Question.received_at)
    lately = Question.answered_at > now - question_rules.COUNTED
    row = session.execute(
        _seen(person, now).with_only_columns(
            func.count().filter(waits),
            func.count().filter(waits & (Question.due_at < now)),
            func.count().filter(lately),
            func.percentile_cont(0.5).within_group(took).filter(lately),
        )
    ).one()
    half = None if row[3] is None else timedelta(seconds=int(row[3]))
    return Figures(row[0], row[1], row[2], half)


def of_item(session: Session, item_id: int) -> Sequence[Question]:
    """An item's questions, newest first."""
    query = select(Question).where(Question.item_id == item_id)
    return session.scalars(query.order_by(Question.id.desc())).all()


def to_answer(session: Session, person: Person, now: datetime) -> Sequence[Question]:
    """Those that wait for the person's answer where they were asked: on accounts that they look
    after, and of no account, those that they opened; the information unit has all of these. What
    was sent on to a colleague who has left since waits for them again."""
    if not may(person.roles, Permission.VIEW_INBOX):
        return ()
    waits = or_(
        FeedItem.state == ItemState.QUESTION,
        and_(FeedItem.state == ItemState.FORWARDED, _has_left(FeedItem.forwarded_to_id)),
    )
    query = (
        _seen(person, now)
        .where(Question.settled_at.is_(None), waits)
        .where(item_queries.falls_to(person, FeedItem.account_id, Question.opened_by_id, now))
    )
    return session.scalars(query.order_by(*_OLDEST).limit(MOST)).all()


def to_follow_up(session: Session, person: Person, now: datetime) -> Sequence[Question]:
    """Answers that the person is to follow up (4.1-j): their own, while they may see to the
    account; and as questions do, those of somebody who has left, has lost it, or is away."""
    whose = Question.answered_by_id
    falls = item_queries.falls_to(person, FeedItem.account_id, Question.opened_by_id, now)
    own = whose == person.id
    if not item_queries.sees_all(person):
        own = and_(own, or_(falls, FeedItem.account_id.is_(None)))
    fallen = and_(falls, ~item_queries.can_see_to(whose, FeedItem.account_id, now))
    query = (
        select(Question)
        .join(FeedItem, FeedItem.id == Question.item_id)
        .where(*_to_follow(), or_(own, fallen))
    )
    return session.scalars(query.order_by(Question.follow_up_on, Question.id).limit(MOST)).all()


def _seen(person: Person, now: datetime) -> Select[Question]:
    return (
        select(Question)
        .join(FeedItem, FeedItem.id == Question.item_id)
        .where(item_queries.visible(person, now))
    )


def _has_left(person_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    return person_id.in_(select(Person.id).where(~Person.active))


def _to_follow() -> tuple[ColumnElement[bool], ...]:
    return (Question.follow_up_on.is_not(None), Question.followed_up_at.is_(None))
