"""What the feeds process does with sources that are calm, moved, broken and hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from channels.feeds import reader
from channels.feeds.items import Trouble
from console import clock, db
from console.config import Settings
from console.incidents.models import Incident
from console.monitoring import feed_operations
from console.monitoring.feed_operations import Outcome
from simulators.feed_net import ITEMS
from tests.accounts.timeline import entries
from tests.cast import Cast
from tests.feeds.net import Net, items, source

MoveClock = Callable[[timedelta], None]
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def net(database: Settings, cast: Cast) -> Iterator[Net]:
    with Net(database, cast.lisa) as net:
        yield net


def test_a_source_is_read_once_and_then_only_asked_if_it_has_changed(
    net: Net, move_clock: MoveClock
) -> None:
    number = net.follow("changing")
    assert net.read() == 1 and len(items(number)) == ITEMS
    assert net.read() == 0, "not due yet"
    move_clock(HALF_HOUR)
    assert net.read() == 1 and len(items(number)) == ITEMS
    net.feeds.round = 1
    move_clock(2 * HALF_HOUR)
    assert net.read() == 1 and len(items(number)) == ITEMS + 1
    assert net.feeds.asked == {"/changing/ett": 3}
    assert net.feeds.agents == {f"Budkavle/0.1 (+{net.settings.public_url})"}
    one = source(number)
    assert (one.trouble, one.failures) == ("", 0) and one.etag


def test_text_is_plain_whatever_html_it_came_in(net: Net) -> None:
    number = net.follow("calm", "Sjön")
    net.read()
    one = items(number)[0]
    assert one.title == "Nytt från Sjön 15"
    assert one.content == "Vattnet i Sjön går att dricka igen. Läs mer på sidan, del 15."
    assert one.link == "https://Sjön.example/inlagg/15"


def test_the_same_words_under_other_ids_are_the_same_items(net: Net, move_clock: MoveClock) -> None:
    number = net.follow("renamed")
    net.read()
    net.feeds.round = 1
    move_clock(HALF_HOUR)
    net.read()
    found = items(number)
    assert len(found) == ITEMS and {one.guid[:2] for one in found} == {"1-"}


def test_a_source_that_moved_for_good_is_asked_there_from_then_on(
    net: Net, move_clock: MoveClock
) -> None:
    moved, lent = net.follow("moved", "a"), net.follow("lent", "b")
    net.read()
    move_clock(HALF_HOUR)
    net.read()
    assert net.feeds.asked == {
        "/moved/a": 1, "/calm/a": 2, "/lent/b": 2, "/calm/b": 2,
    }  # fmt: skip
    assert source(moved).address.endswith("/calm/a")
    assert source(lent).address.endswith("/lent/b")
    assert [one["facts"]["source"] for one in entries("feed:moved")] == [moved]


def test_a_source_that_moves_to_what_is_no_feed_is_asked_where_it_was(
    net: Net, move_clock: MoveClock
) -> None:
    number = net.follow("login", "a")
    net.read()
    assert source(number).trouble == Trouble.NOT_A_FEED
    net.feeds.round = 1
    move_clock(HALF_HOUR)
    net.read()
    assert source(number).address.endswith("/login/a") and entries("feed:moved") == []
    assert source(number).trouble == "" and len(items(number)) == ITEMS


BROKEN = {
    "html": Trouble.NOT_A_FEED,
    "cap": Trouble.NOT_A_FEED,
    "file": Trouble.NOT_A_FEED,
    "gone": Trouble.GONE,
    "error": Trouble.SERVER_ERROR,
    "wait": Trouble.BUSY,
    "refused": Trouble.FORBIDDEN,
    "half": Trouble.BROKEN,
    "mute": Trouble.NO_ANSWER,
    "endless": Trouble.TOO_LARGE,
    "laughs": Trouble.ENTITIES,
    "private": Trouble.PRIVATE,
    "circle": Trouble.REDIRECTS,
}


def test_every_broken_or_hostile_source_says_why_and_the_others_are_read(net: Net) -> None:
    numbers = {kind: net.follow(kind) for kind in BROKEN}
    calm = net.follow("calm")
    nowhere = net.follow("calm", "två")
    with db.unit_of_work() as session:
        session.get_one(type(source(nowhere)), nowhere).address = "http://127.0.0.1:9/x"
    assert net.read() == len(BROKEN) + 2
    assert {kind: source(number).trouble for kind, number in numbers.items()} == BROKEN
    assert source(nowhere).trouble == Trouble.PRIVATE, "another port than the open one"
    assert source(calm).trouble == "" and len(items(calm)) == ITEMS
    for number in numbers.values():
        one = source(number)
        assert one.failures == 1 and one.trouble_since is not None and one.read_at is None
    assert len(items(numbers["half"])) > 0, "what stood before the break is real"
    waits = source(numbers["wait"])
    assert waits.calm_at - clock.now() > timedelta(hours=1, minutes=58), "the server's own wait"
    said = {one["facts"]["trouble"] for one in entries("feed:broke")}
    assert said == {*BROKEN.values(), Trouble.PRIVATE}


def test_a_source_whose_marks_are_no_text_is_read_and_so_are_the_others(
    net: Net, move_clock: MoveClock
) -> None:
    sources = [net.follow("latin"), *(net.follow("calm", f"s{n}") for n in range(3))]
    for _round in range(2):
        assert net.read() == len(sources)
        for number in sources:
            one = source(number)
            assert (one.trouble, one.failures, len(items(number))) == ("", 0, ITEMS)
        move_clock(HALF_HOUR)


def test_one_source_that_cannot_be_written_down_costs_no_other(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, *others = (net.follow("calm", f"s{n}") for n in range(3))
    save = feed_operations.save

    def picky(session: Any, outcomes: Sequence[Outcome], now: datetime) -> int:
        if any(one.source_id == odd and not one.failed for one in outcomes):
            raise UnicodeEncodeError("utf-8", "\udce5", 0, 1, "surrogates not allowed")
        return save(session, outcomes, now)

    monkeypatch.setattr(feed_operations, "save", picky)
    assert net.read() == 3
    assert [len(items(number)) for number in others] == [ITEMS, ITEMS]
    assert (source(odd).trouble, source(odd).detail) == ("broken", "not saved")


def test_a_wrong_charset_and_a_clock_ahead_are_read_and_told(net: Net) -> None:
    charset, future = net.follow("charset", "Åsen"), net.follow("future")
    net.read()
    assert source(charset).trouble == Trouble.CHARSET
    assert items(charset)[0].title == "Nytt från Åsen 15"
    one = source(future)
    assert one.trouble == Trouble.FUTURE and one.failures == 0
    now = clock.now()
    assert all(item.at is None and item.sort_at <= now for item in items(future))


def test_a_body_that_takes_too_long_to_read_costs_only_itself() -> None:
    async def both() -> tuple[reader.Outcome, reader.Outcome]:
        deep = b'<rss version="2.0"><channel>' + b"<div>" * 300_000
        calm = b'<rss version="2.0"><channel><item><title>Hej</title></item></channel></rss>'
        async with reader.Reader(seconds=2.0) as one:
            return await one.read("feed", "", deep), await one.read("feed", "", calm)

    slow, after = asyncio.run(both())
    assert slow.trouble == Trouble.SLOW_TO_READ
    assert [item.title for item in after.items] == ["Hej"]


def test_a_failing_source_is_asked_less_and_less_and_mends_by_itself(
    net: Net, move_clock: MoveClock
) -> None:
    number = net.follow("error")
    passed = timedelta(0)
    waits = []
    for _reading in range(7):
        assert net.read() == 1
        wait = source(number).calm_at - clock.now()
        waits.append(round(wait.total_seconds() / 60))
        passed += wait + timedelta(seconds=5)
        move_clock(passed)
    assert waits == [15, 30, 60, 120, 240, 360, 360]
    with db.unit_of_work() as session:
        one = session.get_one(type(source(number)), number)
        one.address = one.address.replace("/error/", "/calm/")
    net.read()
    assert source(number).failures == 0 and source(number).trouble_since is None
    assert len(entries("feed:broke")) == 1 and len(entries("feed:mended")) == 1


def test_while_an_event_is_open_sources_are_read_every_minute(
    net: Net, cast: Cast, move_clock: MoveClock
) -> None:
    number = net.follow("calm")
    net.read()
    with db.unit_of_work() as session:
        now = clock.now()
        session.add(
            Incident(
                slug="vatten", name="Vatten", area="", exercise=False, state="open",
                stage="staff", stage_since=now, opened_at=now, opened_by_id=cast.lisa.id,
                reason="",
            )
        )  # fmt: skip
    move_clock(timedelta(seconds=50))
    assert net.read() == 0
    move_clock(timedelta(seconds=61))
    assert net.read() == 1
    with db.unit_of_work() as session:
        assert feed_operations.is_busy(session)
    assert source(number).read_at is not None


def test_two_readers_never_take_the_same_source(net: Net) -> None:
    for n in range(6):
        net.follow("calm", str(n))
    with db.unit_of_work() as session:
        first = {one.id for one in feed_operations.claim(session, clock.now(), 4)}
        with db.unit_of_work() as other:
            second = {one.id for one in feed_operations.claim(other, clock.now(), 4)}
    assert len(first) == 4 and len(second) == 2 and not first & second


def test_a_reader_that_died_gives_its_sources_back(net: Net, move_clock: MoveClock) -> None:
    net.follow("calm")
    with db.unit_of_work() as session:
        feed_operations.claim(session, clock.now(), 9)
    assert net.read() == 0
    move_clock(timedelta(minutes=4))
    assert net.read() == 1 and len(items()) == ITEMS
