"""Accounts that publish less than the rules ask, and those that stand still."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from console import clock, db
from console.accounts.models import Account
from console.board import rows_activity
from console.board.worklist import first_rows
from console.config import Settings
from console.incidents.models import Lock
from console.messages.models import Delivery
from console.monitoring import activity_queries, check_rules
from console.monitoring.check_models import AccountCheck
from console.monitoring.feed_models import FeedItem, FeedSource
from console.people.models import Person
from console.policy.operations import set_profile
from console.review import yearly_operations, yearly_queries
from console.review.yearly_models import YearlyReport
from tests.posts.desk import Desk
from tests.web.test_long_lists import counted

WEEK = timedelta(days=7)


@pytest.fixture
def desk(database: Settings) -> Desk:
    return Desk(database)


def rules(desk: Desk, **changes: object) -> None:
    with db.unit_of_work() as session:
        keeper = session.get_one(Person, desk.lisa.id)
        set_profile(session, keeper, clock.now(), changes, reason="Så gör vi här.")


def since(days: int) -> None:
    """Every account has been in use for so long."""
    then = clock.now() - timedelta(days=days)
    with db.unit_of_work() as session:
        session.execute(update(Account).values(created_at=then, state_since=then))


def last_week() -> datetime:
    """The Wednesday of the week that is over."""
    monday = check_rules.monday_of(clock.now()) - WEEK
    return check_rules.starts(monday) + timedelta(days=2)


def posted(desk: Desk, account_id: int, at: datetime) -> None:
    """A post of Stina's that went out then."""
    message_id = desk.release(account_id)
    desk.tick()
    assert len(desk.send(message_id)) == 1
    with db.unit_of_work() as session:
        change = update(Delivery).where(Delivery.message_id == message_id)
        session.execute(change.values(settled_at=at))


def read(desk: Desk, account_id: int, at: datetime) -> None:
    """A post that was read in the account's own feed, and that the console hasn't sent."""
    with db.unit_of_work() as session:
        source = FeedSource(
            account_id=account_id, name="Flödet", form="feed", asked_address=f"https://x/{account_id}/{at}",
            address="https://x", added_at=at, added_by_id=desk.lisa.id, calm_at=at, busy_at=at,
        )  # fmt: skip
        session.add(source)
        session.flush()
        session.add(
            FeedItem(source_id=source.id, account_id=account_id, guid=str(at), content_hash="h",
                     came_at=at, sort_at=at, state="new", state_at=at)
        )  # fmt: skip


def few(desk: Desk, least: int) -> dict[int, int]:
    with db.unit_of_work() as session:
        return activity_queries.few_posts(session, least, clock.now())


def asked_of(app: Flask, person: Person) -> list[str]:
    with app.test_request_context(), db.unit_of_work() as session:
        reader = session.get_one(Person, person.id)
        return [one.rest for one in rows_activity.few_of_own(session, reader, clock.now())]


def said(app: Flask, source: object) -> list[tuple[str, str, str]]:
    """(account, what, where it is mended) of what deviates."""
    with app.test_request_context(), db.unit_of_work() as session:
        kinds = source(session, clock.now())  # type: ignore[operator]
        rows = [row for found in first_rows(session, kinds, 100) for row in found]
        return [(row.account, row.what, row.verb.url if row.verb else "") for row in rows]


def test_posts_of_the_week_that_is_over_are_counted_wherever_they_were_made(desk: Desk) -> None:
    since(30)
    posted(desk, desk.library, last_week())
    posted(desk, desk.library, clock.now())  # this week
    read(desk, desk.library, last_week())
    read(desk, desk.blog, last_week())
    assert few(desk, 1) == {desk.by_hand: 0, desk.other: 0}
    assert few(desk, 2) == {desk.blog: 1, desk.by_hand: 0, desk.other: 0}
    assert few(desk, 3)[desk.library] == 2


@pytest.mark.parametrize("known_by", ["link", "guid"])
def test_a_post_of_the_consoles_that_is_read_in_its_accounts_feed_counts_once(
    desk: Desk, known_by: str
) -> None:
    since(30)
    posted(desk, desk.library, last_week())
    read(desk, desk.library, last_week() + timedelta(seconds=2))
    with db.unit_of_work() as session:
        sent = session.query(Delivery).one()
        sent.remote_link, sent.remote_id = "https://x.example/@bibliotek/7", "at://x/7"
        item = session.query(FeedItem).one()
        name = sent.remote_link if known_by == "link" else sent.remote_id
        setattr(item, known_by, name)
    assert few(desk, 2)[desk.library] == 1
    with db.unit_of_work() as session:
        months = activity_queries.posts_by_month(
            session, desk.library, last_week() - WEEK, clock.now()
        )
    assert sum(months.values()) == 1


def test_without_a_number_in_the_rules_nothing_is_asked(app: Flask, desk: Desk) -> None:
    since(30)
    with counted() as queries:
        assert few(desk, 0) == {}
    assert [one for one in queries if "deliveries" in one] == []
    assert asked_of(app, desk.stina) == [] == said(app, rows_activity.few)


def test_too_few_posts_ask_the_administrators_and_deviate(app: Flask, desk: Desk) -> None:
    since(30)
    rules(desk, posts_per_week=2)
    posted(desk, desk.library, last_week())
    read(desk, desk.blog, last_week())
    read(desk, desk.blog, last_week() + timedelta(hours=1))
    assert asked_of(app, desk.stina) == [
        "på Konto 1 Facebook: 1 inlägg förra veckan, minst 2 krävs",
        "på Konto 3 Instagram: 0 inlägg förra veckan, minst 2 krävs",
    ]
    found = said(app, rows_activity.few)
    assert [(account, what) for account, what, _url in found] == [
        ("Konto 1", "Bara 1 inlägg förra veckan"),
        ("Konto 3", "Inget inlägg förra veckan"),
        ("Konto 4", "Inget inlägg förra veckan"),
    ]


def test_an_account_that_is_new_paused_or_held_by_an_event_owes_no_posts(desk: Desk) -> None:
    since(30)
    with db.unit_of_work() as session:
        session.get_one(Account, desk.library).state_since = last_week()
        session.get_one(Account, desk.blog).state = "paused"
    desk.open(desk.by_hand)
    with db.unit_of_work() as session:
        session.execute(update(Lock).values(since=last_week()))
    assert few(desk, 1) == {desk.other: 0}


def test_an_account_that_stands_still_is_proposed_for_ending(app: Flask, desk: Desk) -> None:
    since(100)
    posted(desk, desk.library, clock.now() - timedelta(days=89))
    posted(desk, desk.blog, clock.now() - timedelta(days=91))
    read(desk, desk.by_hand, clock.now() - timedelta(days=10))
    assert said(app, rows_activity.dormant) == [], "the rules don't close it"
    rules(desk, close_dormant=True)
    proposed = "Står stilla: föreslås avslutas"
    assert said(app, rows_activity.dormant) == [
        ("Konto 2", proposed, f"/accounts/{desk.blog}/end"),
        ("Konto 4", proposed, f"/accounts/{desk.other}/end"),
    ]
    with db.unit_of_work() as session:
        session.add(
            AccountCheck(account_id=desk.blog, at=clock.now() - timedelta(days=2),
                         by_id=desk.stina.id, how="pressed")
        )  # fmt: skip
    assert [one[0] for one in said(app, rows_activity.dormant)] == ["Konto 4"]
    rules(desk, dormant_days=120)
    assert said(app, rows_activity.dormant) == [], "none has been in use for so long"


def test_the_yearly_report_counts_the_same_posts(desk: Desk) -> None:
    """4.3-b"""
    since(30)
    posted(desk, desk.library, last_week())
    read(desk, desk.library, last_week())
    read(desk, desk.blog, last_week())
    with db.unit_of_work() as session:
        stina = session.get_one(Person, desk.stina.id)
        report = yearly_operations.begin(session, stina, desk.library, clock.now()).id
    with db.unit_of_work() as session:
        found = yearly_queries.figures(session, session.get_one(YearlyReport, report))
    assert found.posts == 2 == sum(posts for _month, posts, *_rest in found.months)
