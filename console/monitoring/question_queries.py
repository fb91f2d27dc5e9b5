"""Which questions wait, for whom, and how long answering takes. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from console import listing
from console.accounts import charge, coverage
from console.accounts.models import AccountAdministrator
from console.listing import Part
from console.monitoring import check_queries, item_queries, question_rules
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import ItemState
from console.monitoring.question_models import Question
from console.people.models import Person, PersonRole
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
    """Answers of the person's own that they are to follow up (4.1-j); those of somebody who has
    left since, or looks after the account no more, fall to them as questions do."""
    sees = _sees(Question.answered_by_id, now)
    fallen = and_(
        or_(_has_left(Question.answered_by_id), ~sees),
        item_queries.falls_to(person, FeedItem.account_id, Question.opened_by_id, now),
    )
    query = (
        select(Question)
        .join(FeedItem, FeedItem.id == Question.item_id)
        .where(*_to_follow(), or_(and_(Question.answered_by_id == person.id, sees), fallen))
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


def _sees(person_id: InstrumentedAttribute[int | None], now: datetime) -> ColumnElement[bool]:
    """Condition: who that is still sees what stands on the account, as
    `item_queries.may_see_account` says of one person."""
    runs, stands = AccountAdministrator, charge.substitutes(coverage.today(now))
    return or_(
        FeedItem.account_id.is_(None),
        exists().where(
            PersonRole.person_id == person_id, PersonRole.role.in_(check_queries.LOOKS_AT_ALL)
        ),
        exists().where(runs.person_id == person_id, runs.account_id == FeedItem.account_id),
        exists().where(stands.c.person_id == person_id, stands.c.account_id == FeedItem.account_id),
    )


def _to_follow() -> tuple[ColumnElement[bool], ...]:
    return (Question.follow_up_on.is_not(None), Question.followed_up_at.is_(None))
