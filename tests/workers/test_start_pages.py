"""The municipality's own start page, on a real server: seen, behind, mended, left over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from console import clock, db
from console.accounts.models import Account
from console.accounts.start_page_models import StartPage
from console.config import Settings
from console.incidents import operations as incidents
from console.incidents.models import Incident, Notice
from console.site import queries
from console.site import start_page_operations as operations
from console.site.start_page_models import StartPageEvent
from console.site.start_page_rules import PATIENCE as START_PAGE_PATIENCE
from console.timeline.models import Body, Entry
from simulators.base import Effect
from simulators.start_page import StartPageServer
from tests.site.test_apart import another
from tests.stage import Stage
from workers.site import SiteProcess
from workers.start_pages import look_at_start_pages

Move = Callable[[timedelta], None]
SECONDS, MINUTES = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[StartPageServer]:
    with StartPageServer() as running:
        yield running


class Town:
    """A stage with a website account that names a start page, and time that can be moved."""

    def __init__(
        self, settings: Settings, server: StartPageServer, move: Move, *, exercise: bool = False
    ) -> None:
        self.server, self._move, self._moved = server, move, timedelta()
        self.settings = replace(settings, allow_hosts=(f"127.0.0.1:{server.port}",))
        self.stage = Stage(self.settings, accounts=0, exercise=exercise)
        self.account_id = self.stage.account_ids[0]
        self.name(f"{server.url}/")
        self.process = SiteProcess(self.settings)

    def name(self, address: str) -> None:
        with db.unit_of_work() as session:
            session.get_one(Account, self.account_id).settings = {"start_page": address}

    def later(self, span: timedelta) -> None:
        self._moved += span
        self._move(self._moved)

    def say(self, kind: str = "first", **fields: object) -> None:
        self.stage.release(kind, **fields)
        self.publish()

    def publish(self) -> None:
        self.stage.tick()
        self.process.pull()

    def fragment(self) -> str:
        return (self.settings.site_folder / "current" / "nu.html").read_text()

    def include(self) -> None:
        """The CMS puts in the fragment as it is right now, and keeps that."""
        now = self.fragment()
        self.server.inside = lambda: now

    def look(self) -> int:
        with db.unit_of_work() as session:
            operations.look_now(session, clock.now())
        return look_at_start_pages(self.settings)

    @property
    def page(self) -> StartPage:
        with db.unit_of_work() as session:
            return session.scalars(select(StartPage)).one()

    @property
    def event(self) -> StartPageEvent:
        with db.unit_of_work() as session:
            return session.scalars(select(StartPageEvent)).one()


@pytest.fixture
def town(database: Settings, server: StartPageServer, move_clock: Move) -> Town:
    return Town(database, server, move_clock)


def told(tag: str) -> list[str]:
    """What the timeline holds with this tag, as written."""
    with db.unit_of_work() as session:
        return list(
            session.scalars(
                select(Body.canonical).join(Entry, Entry.n == Body.n).where(Entry.tag == tag)
                .order_by(Entry.n)
            )
        )  # fmt: skip


def alarms() -> list[Notice]:
    with db.unit_of_work() as session:
        query = select(Notice).where(Notice.about.startswith("start page")).order_by(Notice.id)
        return list(session.scalars(query))


def test_what_applies_is_seen_once_and_its_time_stands_in_the_timeline(town: Town) -> None:
    """2.3-b: what the public can read is what counts."""
    town.say(interval=600)
    town.include()
    town.look()
    assert town.event.shows == "current" and town.event.seen_at is not None
    (entry,) = told("start_page:seen")
    assert '"number":1' in entry and f'"account":{town.account_id}' in entry
    town.later(601 * SECONDS)
    town.publish()
    town.look()
    assert town.event.shows == "current" and town.event.number == 2
    assert len(told("start_page:seen")) == 1, "a repetition of the same words is no news"
    assert not alarms()


def test_a_page_that_stays_behind_raises_one_alarm_which_is_gone_when_it_is_mended(
    town: Town,
) -> None:
    town.say()
    town.include()
    town.look()
    town.say("update")
    town.look()
    assert (town.event.shows, town.event.shown_number, town.event.number) == ("older", 1, 2)
    assert not alarms()
    town.later(6 * MINUTES)
    for _again in range(3):
        town.look()
    assert town.event.alarmed_at is not None
    assert [one.subject for one in alarms()] == ["Startsidan visar inte det som gäller"] * 2
    assert "Startsidan visar fortfarande uppdatering 1. Nu gäller 2." in alarms()[0].content
    assert len(told("start_page:behind")) == 1
    town.include()
    town.look()
    assert town.event.alarmed_at is None and town.event.behind_since is None
    assert len(told("start_page:seen")) == 2
    town.server.inside = str
    town.look()
    town.later(12 * MINUTES)
    town.look()
    assert len(told("start_page:behind")) == 2, "a second time is a second alarm"


def test_new_words_while_it_is_behind_do_not_put_the_alarm_off(town: Town) -> None:
    town.say()
    town.look()
    town.later(3 * MINUTES)
    town.say("update")
    town.look()
    town.later(3 * MINUTES)
    town.look()
    assert len(told("start_page:behind")) == 1


def test_a_page_that_is_away_is_its_own_fault_and_keeps_nothing_from_being_seen_after(
    town: Town,
) -> None:
    town.say()
    town.include()
    town.server.status = 500
    town.look()
    assert (town.event.shows, town.page.fault, town.page.detail) == ("unreachable", "status", "500")
    town.later(6 * MINUTES)
    town.look()
    assert "Startsidan går inte att nå." in alarms()[0].content
    town.server.status = 200
    town.look()
    assert (town.event.shows, town.page.fault) == ("current", "")


@pytest.mark.parametrize(
    ("effect", "fault"),
    [(Effect.LOSE_ANSWER, "no_answer"), (Effect.TRUNCATED, "partial"), (Effect.ENDLESS, "partial"),
     (Effect.LIMIT, "busy")],
)  # fmt: skip
def test_whatever_the_server_does_something_is_written_and_the_job_ends(
    town: Town, effect: Effect, fault: str
) -> None:
    town.say()
    town.server.fault(effect, "GET")
    assert town.look() == 1
    assert (town.event.shows, town.page.fault) == ("unreachable", fault)


def test_a_server_that_asks_for_time_gets_it(town: Town) -> None:
    town.server.status, town.server.headers = 503, {"Retry-After": "1800"}
    town.look()
    assert town.page.next_at - town.page.asked_at >= 1790 * SECONDS


def test_a_server_that_asks_for_a_long_time_in_a_crisis_puts_the_alarm_off_by_nothing(
    town: Town,
) -> None:
    """A site that a crowd has brought down says "come back in an hour", just then."""
    town.say()
    town.server.status, town.server.headers = 503, {"Retry-After": "3600"}
    town.look()
    assert town.event.shows == "unreachable" and not alarms()
    town.later(START_PAGE_PATIENCE + SECONDS)
    assert look_at_start_pages(town.settings) == 1
    assert "Startsidan går inte att nå." in alarms()[0].content
    town.server.status, town.server.headers = 200, {}
    town.include()
    town.later(2 * (START_PAGE_PATIENCE + SECONDS))
    assert look_at_start_pages(town.settings) == 1, "what is mended is seen within as long"
    assert town.event.shows == "current"


def test_an_event_that_cannot_be_drawn_keeps_no_others_from_being_judged(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.say()
    town.include()
    failing = another(town.stage, exercise=False).id
    town.say()
    real = queries._marks

    def fail(session: Session, incident_id: int) -> object:
        if incident_id == failing:
            session.execute(text("SELECT 1 / 0"))
        return real(session, incident_id)

    monkeypatch.setattr(queries, "_marks", fail)
    assert town.look() == 1
    assert town.event.shows == "current" and len(told("start_page:seen")) == 1
    town.server.inside = str
    town.look()
    town.later(START_PAGE_PATIENCE + SECONDS)
    town.look()
    assert town.event.alarmed_at is not None
    monkeypatch.setattr(queries, "_marks", real)
    town.look()
    with db.unit_of_work() as session:
        assert session.get(StartPageEvent, (town.account_id, failing)) is not None


def test_a_page_that_has_not_changed_is_not_sent_again_and_still_counts(town: Town) -> None:
    town.say()
    town.include()
    town.look()
    town.look()
    assert town.server.unchanged == 1 and town.event.shows == "current"
    town.say("update")
    town.look()
    assert town.server.unchanged == 1, "what applies is new: the whole page is asked for"
    assert town.event.shows == "older"
    town.later(6 * MINUTES)
    town.look()
    assert town.server.unchanged == 2 and len(alarms()) == 2, "unchanged is behind too"


def test_by_hand_it_is_known_by_headline_and_round(town: Town) -> None:
    town.say()
    town.server.inside = lambda: (
        "<h2>Koka ditt kranvatten om du bor i Torsby tätort</h2><p>Kl 08.00, uppdatering 1.</p>"
    )
    town.look()
    assert town.event.shows == "current"


def test_a_page_that_fetches_it_by_a_script_is_judged_by_what_the_script_would_get(
    town: Town,
) -> None:
    town.settings = replace(town.settings, public_url=town.server.url)
    town.say()
    town.server.inside = lambda: f'<div data-budkavle-src="{town.server.url}/nu.html"></div>'
    town.server.fragment = town.fragment
    town.look()
    assert town.event.shows == "current" and town.page.by_script
    town.server.inside = lambda: '<div data-budkavle-src="http://127.0.0.1:9/nu.html"></div>'
    town.look()
    assert town.event.shows == "nothing"


def test_redirects_are_followed_but_not_in_a_ring(town: Town) -> None:
    town.name(f"{town.server.url}/hem")
    town.look()
    assert town.page.fault == "" and town.page.answered_at is not None
    town.name(f"{town.server.url}/runt")
    town.look()
    assert (town.page.fault, town.page.detail) == ("status", "redirects")


def test_an_answer_of_odd_signs_ends_in_something_that_is_known(town: Town) -> None:
    town.say()
    town.include()
    town.name(f"{town.server.url}/vilse")
    town.look()
    assert (town.event.shows, town.page.fault, town.page.detail) == ("unreachable", "status", "302")
    town.name(f"{town.server.url}/latin")
    for _look in range(2):
        town.look()
        assert (town.event.shows, town.page.fault, town.page.etag) == ("current", "", "")


def test_a_private_address_is_never_knocked_on(town: Town) -> None:
    town.settings = replace(town.settings, allow_hosts=())
    town.look()
    assert town.page.fault == "address" and not town.server.requests


def test_an_exercise_is_neither_looked_for_nor_taken_for_the_truth(
    database: Settings, server: StartPageServer, move_clock: Move
) -> None:
    """Hawaii 2018: a drill that citizens take for true."""
    town = Town(database, server, move_clock, exercise=True)
    town.say()
    town.include()
    assert "Koka" not in server.inside()
    town.look()
    with db.unit_of_work() as session:
        assert session.scalars(select(StartPageEvent)).all() == []
    own = town.settings.exercise_folder(town.stage.incident.slug) / "current" / "index.html"
    assert "Koka" in own.read_text() and town.page.left_over == ""


def test_what_is_left_after_the_event_is_said_and_taken_away_when_it_is_gone(town: Town) -> None:
    town.say()
    town.include()
    town.look()
    with db.unit_of_work() as session:
        incident = session.get_one(Incident, town.stage.incident.id)
        incidents.close(session, town.stage.lisa, incident, clock.now(), mail=False)
    town.process.pull()
    town.look()
    assert town.page.left_over == "Koka vattnet" and not told("start_page:left")
    town.later(11 * MINUTES)
    town.look()
    town.look()
    assert len(told("start_page:left")) == 1
    town.include()
    town.look()
    assert town.page.left_over == "" and town.page.included


def test_it_is_looked_at_when_the_site_says_something_new_and_else_at_intervals(
    town: Town,
) -> None:
    town.look()
    assert look_at_start_pages(town.settings) == 0
    town.say()
    assert look_at_start_pages(town.settings) == 1, "at once after the release"
    assert look_at_start_pages(town.settings) == 0
    town.later(21 * SECONDS)
    assert look_at_start_pages(town.settings) == 1, "behind: looked at closely"
    town.include()
    town.later(42 * SECONDS)
    assert look_at_start_pages(town.settings) == 1
    town.later(50 * SECONDS)
    assert look_at_start_pages(town.settings) == 0
    town.later(62 * SECONDS)
    assert look_at_start_pages(town.settings) == 1, "once a minute while the event is open"


def test_a_look_that_was_killed_is_made_again(town: Town) -> None:
    with db.unit_of_work() as session:
        assert operations.claim(session, 4, clock.now())
        assert operations.claim(session, 4, clock.now()) == []
    town.later(61 * SECONDS)
    assert look_at_start_pages(town.settings) == 1


def test_another_address_is_seen_and_behind_in_its_own_time(town: Town) -> None:
    """What stood at the old one is no word of what a visitor of the new one could read."""
    town.say()
    town.include()
    town.look()
    first = town.event.seen_at
    town.later(10 * MINUTES)
    town.name(f"{town.server.url}/?ny")
    town.server.inside = str
    town.look()
    behind = town.event.behind_since
    assert first is not None and behind is not None and behind - first >= 10 * MINUTES
    assert town.event.seen_at is None
    town.later(11 * MINUTES)
    town.include()
    town.look()
    assert len(told("start_page:seen")) == 2
    assert town.event.seen_at is not None and town.event.seen_at > behind


def test_what_was_seen_at_an_address_that_is_no_longer_named_counts_for_nothing(
    town: Town,
) -> None:
    with db.unit_of_work() as session:
        (old,) = operations.claim(session, 4, clock.now())
    town.name(f"{town.server.url}/hem")
    with db.unit_of_work() as session:
        operations.claim(session, 4, clock.now())
        operations.keep(session, old, operations.Seen(fault="status"), clock.now(), mail=False)
    assert town.page.fault == "" and town.page.address.endswith("/hem")
