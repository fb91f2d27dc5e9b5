"""The inbox with very much in it: page after page, counted so far, and by indexes only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select, text

from console import clock, db
from console.monitoring import inbox_queries, item_queries
from console.monitoring.feed_models import FeedItem
from console.monitoring.inbox_queries import Sieve, Stretch
from console.people.models import Person
from tests.cast import Cast
from tests.feeds.test_inbox import follow
from tests.upkeep import acts as upkeep

ClientFor = Callable[[Person | None], FlaskClient]
SHOWN = ("open", "all", "watched", "alerts")
MANY = 50_000


def write(number: int, source: int | None, account: int | None = None, **values: object) -> None:
    """Items, three by three at the same moment."""
    now = clock.now()
    with db.unit_of_work() as session:
        session.execute(
            insert(FeedItem),
            [
                {
                    "source_id": source, "account_id": account, "guid": f"{account} {n} {values}",
                    "title": f"Rad {n}", "content": "Vattnet", "content_hash": "",
                    "came_at": now, "sort_at": now - timedelta(minutes=n // 3), "state": "new",
                    "state_at": now, "alert": n % 5 == 0,
                    "watched": ["vatten"] if n % 3 == 0 else [], **values,
                }
                for n in range(number)
            ],
        )  # fmt: skip


def page(person: Person, sieve: Sieve, **place: str) -> Stretch:
    with db.unit_of_work() as session:
        actor = session.get_one(Person, person.id)
        return inbox_queries.page_of(session, actor, sieve, clock.now(), **place)


def walked(person: Person, sieve: Sieve) -> list[int]:
    """Items of every page, forwards; and backwards they are the same."""
    pages = [page(person, sieve)]
    while pages[-1].older:
        pages.append(page(person, sieve, after=pages[-1].older))
    back = [pages[-1]]
    while back[-1].newer:
        back.append(page(person, sieve, before=back[-1].newer))
    there = [one.id for part in pages for one in part.rows]
    again = {one.id for part in back for one in part.rows}
    assert again == set(there) and len(there) == len(set(there))
    return there


def test_page_after_page_shows_every_item_once_both_ways(cast: Cast) -> None:
    write(157, follow(cast.lisa))
    with db.unit_of_work() as session:
        order = (FeedItem.sort_at.desc(), FeedItem.id.desc())
        everything = list(session.scalars(select(FeedItem.id).order_by(*order)))
    assert walked(cast.lisa, Sieve(show="all")) == everything


@pytest.mark.parametrize(
    ("counted", "looked_through"), [(1000, 10_000), (20, 10_000), (20, 60), (20, 1)]
)
def test_a_search_shows_every_item_once_however_common_its_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, counted: int, looked_through: int
) -> None:
    monkeypatch.setattr(inbox_queries, "COUNTED", counted)
    monkeypatch.setattr(inbox_queries, "LOOKED_THROUGH", looked_through)
    source = follow(cast.lisa)
    write(80, source)
    write(40, source, content="Annat")
    write(77, source, title="Till")
    with db.unit_of_work() as session:
        order = (FeedItem.sort_at.desc(), FeedItem.id.desc())
        query = select(FeedItem.id).where(FeedItem.content == "Vattnet").order_by(*order)
        everything = list(session.scalars(query))
    assert walked(cast.lisa, Sieve(show="all", words="vatten")) == everything


def test_far_in_a_search_never_counts_fewer_than_its_page_shows(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = follow(cast.lisa)
    write(60, source, content="Annat")
    now = clock.now()
    write(200, source, title="Äldre", sort_at=now - timedelta(days=1))
    monkeypatch.setattr(inbox_queries, "LOOKED_THROUGH", 60)
    place = inbox_queries.name_of((now - timedelta(hours=1), 1))
    found = page(cast.lisa, Sieve(show="all", words="vatten"), after=place)
    assert len(found.rows) == 50 and (found.total, found.more) == (50, True)


def test_what_comes_meanwhile_moves_nothing_from_one_page_to_another(cast: Cast) -> None:
    source = follow(cast.lisa)
    write(120, source)
    first = page(cast.lisa, Sieve())
    write(60, source, title="Nyare", sort_at=clock.now() + timedelta(seconds=1))
    second = page(cast.lisa, Sieve(), after=first.older)
    assert len(second.rows) == 50
    assert not {one.id for one in first.rows} & {one.id for one in second.rows}
    assert all(one.title != "Nyare" for one in second.rows)
    assert page(cast.lisa, Sieve(), before=second.newer).newer, "the new ones are before it"


def test_a_place_that_is_none_gives_the_newest(cast: Cast, client_for: ClientFor) -> None:
    write(60, follow(cast.lisa))
    lisa = client_for(cast.lisa)
    newest = lisa.get("/inbox").text
    assert "Äldre" in newest and "Nyare" not in newest
    for place in ("x", "1", "-", "9" * 17 + "-1", "1-" + "9" * 30, "1-2;", "٣-١"):
        for name in ("after", "before"):
            answer = lisa.get("/inbox", query_string={name: place})
            assert answer.status_code == 200, place


def test_the_list_leads_to_its_older_and_newer_pages_as_it_is_narrowed(
    cast: Cast, client_for: ClientFor
) -> None:
    write(60, follow(cast.lisa))
    lisa = client_for(cast.lisa)
    (older,) = re.findall(
        r'href="(/inbox\?[^"]*after=[^"]*)"', lisa.get("/inbox?words=vatten").text
    )
    second = lisa.get(older.replace("&amp;", "&")).text
    assert "words=vatten" in older and second.count("data-row=") == 10 and "Äldre" not in second
    (newer,) = re.findall(r'href="(/inbox\?[^"]*before=[^"]*)"', second)
    first = lisa.get(newer.replace("&amp;", "&")).text
    assert "after=" not in newer and first.count("data-row=") == 50 and "Nyare" not in first


def test_beyond_a_thousand_nobody_is_made_to_wait_for_the_count(
    cast: Cast, client_for: ClientFor
) -> None:
    source = follow(cast.lisa)
    write(1000, source)
    assert page(cast.lisa, Sieve()).total == 1000 and not page(cast.lisa, Sieve()).more
    write(1, source, title="En till")
    assert page(cast.lisa, Sieve()).more
    assert "fler än 1\N{NO-BREAK SPACE}000" in client_for(cast.lisa).get("/inbox").text


@pytest.fixture
def mixed(cast: Cast) -> int:
    """Items of one's own account, another's, of nobody's, written down, and sent on. Returns
    Olle's account."""
    accounts = upkeep.register()
    school, other = accounts["@skola"], next(n for key, n in accounts.items() if key != "@skola")
    source = follow(cast.lisa)
    write(9, follow(cast.lisa, school), school)
    write(9, follow(cast.lisa, other), other)
    write(9, source)
    write(4, None, by_id=cast.olle.id)
    write(4, None, by_id=cast.lisa.id)
    for account in (school, other):
        write(3, None, account, forwarded_to_id=cast.olle.id, state="forwarded")
    write(3, source, forwarded_to_id=cast.olle.id, state="forwarded", title="Sänt")
    write(2, None, by_id=cast.lisa.id, forwarded_to_id=cast.olle.id, state="seen")
    return school


@pytest.mark.parametrize("counted", [1000, 20])
def test_the_pages_hold_just_what_one_may_see(
    cast: Cast, mixed: int, monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    monkeypatch.setattr(inbox_queries, "COUNTED", counted)
    monkeypatch.setattr(inbox_queries, "PAGE_ROWS", min(counted, inbox_queries.PAGE_ROWS))
    for person, show, account, words in product(
        (cast.lisa, cast.olle, cast.anders), SHOWN, (0, mixed), ("", "vatten")
    ):
        sieve = Sieve(show=show, account=account, words=words)
        with db.unit_of_work() as session:
            actor = session.get_one(Person, person.id)
            query = select(FeedItem).where(item_queries.visible(actor, clock.now()))
            allowed = session.scalars(query).all()
        kept = {
            "open": lambda one: one.state in ("new", "question", "forwarded"),
            "all": lambda one: True,
            "watched": lambda one: bool(one.watched),
            "alerts": lambda one: one.alert,
        }[show]
        expected = {
            one.id for one in allowed if kept(one) and (not account or one.account_id == account)
        }
        found = walked(person, sieve)
        assert set(found) == expected, sieve
        assert page(person, sieve).total == min(len(expected), counted)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the inbox's table meanwhile."""
    kept: list[tuple[str, Any]] = []

    def keep(_c: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        if "FROM feed_items" in statement:
            kept.append((statement, given))

    event.listen(db.engine(), "before_cursor_execute", keep)
    try:
        yield kept
    finally:
        event.remove(db.engine(), "before_cursor_execute", keep)


def scans(plan: dict[str, Any], over: str = "") -> Iterator[str]:
    """How the table is read; as far as a limit goes isn't through."""
    if plan.get("Relation Name") == "feed_items" and over != "Limit":
        yield plan["Node Type"]
    for part in plan.get("Plans", ()):
        yield from scans(part, plan["Node Type"])


def test_no_page_reads_the_whole_inbox_through(cast: Cast) -> None:
    accounts = sorted(upkeep.register().values())
    source = follow(cast.lisa)
    with db.unit_of_work() as session:
        # A fiftieth is open, and of words one is in every item and one in each thousandth.
        session.execute(
            text("""
                INSERT INTO feed_items (source_id, account_id, guid, title, content, content_hash,
                    came_at, sort_at, state, state_at, alert, watched)
                SELECT CASE WHEN n % 5 = 0 THEN :source END,
                    CASE WHEN n % 5 > 0 THEN (CAST(:accounts AS bigint[]))[1 + n % :several] END,
                    n::text, 'Rad ' || n, 'Vattnet ' || CASE WHEN n % 1000 = 0 THEN 'böckerna'
                    ELSE 'väg' || n END, '', now(), now() - n * interval '1 minute',
                    CASE WHEN n % 50 = 0 THEN 'new' ELSE 'seen' END, now(), n % 100 = 0,
                    CASE WHEN n % 40 = 0 THEN '["vatten"]' ELSE '[]' END::jsonb
                FROM generate_series(1, :many) AS n
            """),
            {"source": source, "accounts": accounts, "several": len(accounts), "many": MANY},
        )
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        alone.execute(text("VACUUM ANALYZE feed_items"))
    deep = page(cast.lisa, Sieve(show="all", words="böcker")).rows[-1]
    places = ({}, {"after": inbox_queries.name_of((deep.sort_at, deep.id))})
    for person, show, account, words, place in product(
        (cast.lisa, cast.olle), SHOWN, (0, accounts[0]), ("", "vatten", "böcker", "bäver"), places
    ):
        with statements() as asked:
            page(person, Sieve(show=show, account=account, words=words), **place)
        assert 2 <= len(asked) <= 5
        with db.engine().connect() as connection:
            for statement, given in asked:
                plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given)
                (answer,) = plan.scalars()
                found = answer if isinstance(answer, list) else json.loads(answer)
                kinds = set(scans(found[0]["Plan"]))
                assert "Seq Scan" not in kinds, (show, account, words, place, statement)
