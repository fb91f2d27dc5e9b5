"""The inbox: whose items somebody sees, and the sources that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from channels.feeds import sources
from channels.feeds.sources import Authority
from console.accounts import charge, coverage
from console.accounts.models import Account, AccountAdministrator
from console.accounts.rules import IN_USE
from console.errors import NotFound
from console.incidents.models import Incident
from console.monitoring import check_queries, feed_rules, item_rules
from console.monitoring.feed_models import FeedItem, FeedSource
from console.monitoring.question_models import Question
from console.people.models import Person, PersonRole
from console.people.rules import Permission, Role, may, roles_that_may
from console.policy.queries import current


def one(session: Session, person: Person, item_id: int, now: datetime) -> FeedItem:
    """
    Raises:
        NotFound: there is none, or it isn't this person's to see.
    """
    item = session.get(FeedItem, item_id)
    if item is None or not may_see(session, person, item, now):
        raise NotFound(_("Det finns inte, eller är inte ditt att se."))
    return item


def may_see(session: Session, person: Person, item: FeedItem, now: datetime) -> bool:
    query = select(FeedItem.id).where(FeedItem.id == item.id, visible(person, now))
    return session.scalar(query) is not None


def may_see_account(
    session: Session, person: Person, account_id: int | None, now: datetime
) -> bool:
    """May the person see, and write down, what is said on an account? None: on none of ours."""
    if sees_all(person) or (account_id is None and may(person.roles, Permission.VIEW_INBOX)):
        return True
    return account_id is not None and check_queries.may_check(session, person, account_id, now)


def visible(person: Person, now: datetime) -> ColumnElement[bool]:
    """Condition: items of accounts that one looks after, of sources that are nobody's account, and
    what a colleague has sent on. What people wrote down of no account is for those who see all."""
    if sees_all(person):
        return true()
    sent = FeedItem.forwarded_to_id == person.id
    if not may(person.roles, Permission.VIEW_INBOX):
        return sent
    mine = check_queries.ids_of(person.id, coverage.today(now)).subquery()
    public = FeedItem.account_id.is_(None) & FeedItem.source_id.is_not(None)
    own = FeedItem.account_id.in_(select(mine.c[0]))
    written = FeedItem.account_id.is_(None) & (FeedItem.by_id == person.id)
    return or_(own, public, sent, written)


def falls_to(
    person: Person,
    account_id: InstrumentedAttribute[int | None],
    begun_by_id: InstrumentedAttribute[int],
    now: datetime,
) -> ColumnElement[bool]:
    """Condition: it is the person's own to see to. What stands on an account falls to those who
    look after that; what stands on none of ours to whoever began it, and to the information unit.

    Args:
        account_id, begun_by_id: columns of what it is about.
    """
    mine = check_queries.ids_of(person.id, coverage.today(now)).subquery()
    nobodys: ColumnElement[bool] = account_id.is_(None)
    if Role.INFORMATION_UNIT not in person.roles:
        nobodys = and_(nobodys, begun_by_id == person.id)
    return or_(account_id.in_(select(mine.c[0])), nobodys)


def can_see_to(
    person_id: InstrumentedAttribute[int | None],
    account_id: InstrumentedAttribute[int | None],
    now: datetime,
) -> ColumnElement[bool]:
    """Condition: whoever is named may still write down what is said on the account, and isn't away
    today. As `may_see_account`, of people in rows.

    Args:
        person_id, account_id: columns: who, and where.
    """
    day = coverage.today(now)
    who, runs = aliased(Person), aliased(AccountAdministrator)
    stands = charge.substitutes(day)

    def with_role(roles: Iterable[str]) -> ColumnElement[bool]:
        holders = select(PersonRole.person_id).where(PersonRole.role.in_(roles))
        return who.id.in_(holders)

    own = or_(
        account_id.is_(None),
        exists().where(runs.account_id == account_id, runs.person_id == who.id),
        exists().where(stands.c.account_id == account_id, stands.c.person_id == who.id),
    )
    checks = with_role(roles_that_may(Permission.CHECK_ACCOUNT))
    return exists().where(
        who.id == person_id,
        who.active,
        ~charge.away(who.id, day),
        or_(with_role(check_queries.LOOKS_AT_ALL), and_(checks, own)),
    )


def sees_all(person: Person) -> bool:
    return any(role in person.roles for role in check_queries.LOOKS_AT_ALL)


def accounts_of(session: Session, person: Person, now: datetime) -> Sequence[tuple[int, str, str]]:
    """Accounts in use that the inbox can be narrowed to, in board order: (id, name, platform).

    Whole accounts, with all that belongs to them, took most of a page's time.
    """
    query = select(Account.id, Account.name, Account.platform).where(Account.state.in_(IN_USE))
    if not sees_all(person):
        mine = check_queries.ids_of(person.id, coverage.today(now)).subquery()
        query = query.where(Account.id.in_(select(mine.c[0])))
    rows = session.execute(query.order_by(Account.position, Account.id))
    return [(row.id, row.name, row.platform) for row in rows]


def names(session: Session, items: Sequence[FeedItem]) -> dict[int, str]:
    """Account → its name, for those of the items."""
    ids = {item.account_id for item in items if item.account_id is not None}
    if not ids:
        return {}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    return {row.id: row.name for row in rows}


def sent_on_to(session: Session, person_id: int) -> list[tuple[FeedItem, datetime | None]]:
    """What colleagues have sent on to a person, and that waits; each with when a question is to be
    answered."""
    query = (
        select(FeedItem, Question.due_at)
        .outerjoin(Question, (Question.item_id == FeedItem.id) & Question.settled_at.is_(None))
        .where(
            FeedItem.forwarded_to_id == person_id, FeedItem.state == item_rules.ItemState.FORWARDED
        )
    )
    rows = session.execute(query.order_by(FeedItem.state_at, FeedItem.id))
    return [(row[0], row[1]) for row in rows]


def watched(session: Session, text: str) -> list[str]:
    """The profile's watch words that a text has."""
    return feed_rules.mentions(text, current(session).watch_words)


def open_events(session: Session) -> Sequence[Incident]:
    """Events in which an item can become a rumour, live ones first."""
    query = select(Incident).where(Incident.state == "open")
    return session.scalars(query.order_by(Incident.exercise, Incident.id.desc())).all()


def is_read() -> ColumnElement[bool]:
    """Condition: the source is followed, and an account's own is in use."""
    used = select(Account.id).where(Account.state.in_(IN_USE))
    whose = or_(FeedSource.account_id.is_(None), FeedSource.account_id.in_(used))
    return and_(FeedSource.stopped_at.is_(None), whose)


def followed(session: Session) -> Sequence[FeedSource]:
    """Sources that are read: those in trouble first, then by name."""
    query = select(FeedSource).where(is_read())
    found = list(session.scalars(query.order_by(FeedSource.name, FeedSource.id)))
    return sorted(found, key=lambda one: (not one.failures, not one.trouble))


def failing(session: Session, now: datetime) -> Sequence[FeedSource]:
    """Sources that have failed for so long that somebody should see to them, or that nobody reads
    although they are due."""
    failed = (FeedSource.failures > 0) & (FeedSource.trouble_since <= now - feed_rules.ASK_AFTER)
    query = select(FeedSource).where(
        is_read(), or_(failed, FeedSource.calm_at < now - feed_rules.OVERDUE)
    )
    return session.scalars(query.order_by(FeedSource.trouble_since, FeedSource.id)).all()


def offered(session: Session) -> tuple[list[Authority], list[Account]]:
    """Authorities, and accounts in use with a feed of their own, that aren't followed yet."""
    taken = set(
        session.scalars(select(FeedSource.asked_address).where(FeedSource.stopped_at.is_(None)))
    )
    query: Select[Account] = select(Account).where(
        Account.state.in_(IN_USE),
        Account.platform.in_(("mastodon", "bluesky", "youtube", "blog", "wordpress")),
    )
    found = session.scalars(query.order_by(Account.position, Account.id)).all()
    with_feed = [
        one
        for one in found
        if (address := sources.of_account(one.platform, one.address, one.handle))
        and address not in taken
    ]
    return [one for one in sources.AUTHORITIES if one.address not in taken], with_feed
