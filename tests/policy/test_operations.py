from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from console import clock, sealing
from console.config import Settings
from console.db import unit_of_work
from console.errors import WrongState
from console.people.models import Person, SecondFactor
from console.people.operations import add_person
from console.policy import operations, queries
from console.policy.models import LiveUse, ProfileVersion
from console.policy.rules import TORSBY_2011, to_content
from console.timeline.models import Entry
from tests.cast import Cast
from tests.ready import OWN, make_ready


@pytest.fixture
def ready(database: Settings, cast: Cast) -> Settings:
    return make_ready(database)


def add_example() -> Person:
    with unit_of_work() as session:
        return add_person(
            session,
            None,
            clock.now(),
            name="Exempel Person",
            email="exempel@torsby.example",
            roles=["approver"],
            example=True,
        )


def test_the_newest_profile_is_in_force(cast: Cast) -> None:
    with unit_of_work() as session:
        operations.set_profile(session, cast.siv, clock.now(), {"idle_minutes": 20})
        assert queries.current(session).idle_minutes == 20
    with unit_of_work() as session:
        assert queries.current(session).idle_minutes == 20
        operations.set_profile(session, None, clock.now(), {"idle_minutes": 45})
    with unit_of_work() as session:
        assert queries.current(session).idle_minutes == 45
        tags = session.scalars(select(Entry.tag)).all()
    assert tags.count("policy:changed") == 2


def test_live_use_with_example_people_is_refused(cast: Cast, ready: Settings) -> None:
    add_example()
    with unit_of_work() as session, pytest.raises(WrongState) as refusal:
        operations.go_live(session, cast.siv, clock.now(), ready)
    assert "Exempelpersoner" in refusal.value.message
    with unit_of_work() as session:
        assert not queries.live_use_is_on(session)
        assert queries.LIVE_USE not in session.scalars(select(LiveUse.condition))


def test_a_deactivated_example_person_still_stands_in_the_way(cast: Cast, ready: Settings) -> None:
    example = add_example()
    with unit_of_work() as session:
        session.get_one(Person, example.id).active = False
    with unit_of_work() as session, pytest.raises(WrongState):
        operations.go_live(session, cast.siv, clock.now(), ready)


def test_live_use_without_an_administrator_who_can_log_in_is_refused(
    cast: Cast, ready: Settings
) -> None:
    with unit_of_work() as session:
        session.get_one(Person, cast.siv.id).password_hash = None
    with unit_of_work() as session, pytest.raises(WrongState) as refusal:
        operations.go_live(session, cast.siv, clock.now(), ready)
    assert "systemadministratör" in refusal.value.message


def test_going_live_keeps_evidence_for_each_condition_and_happens_once(
    cast: Cast, ready: Settings
) -> None:
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now(), ready)
    with unit_of_work() as session:
        assert queries.live_use_is_on(session)
        kept = {row.condition for row in session.scalars(select(LiveUse))}
        names = {c.name for c in operations.CONDITIONS}
        assert kept == names | {queries.LIVE_USE, queries.RESTORED, queries.PAGE_SEEN}
        with pytest.raises(WrongState):
            operations.go_live(session, cast.siv, clock.now(), ready)


def test_example_people_are_refused_in_live_use(cast: Cast, ready: Settings) -> None:
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now(), ready)
    with pytest.raises(WrongState):
        add_example()


def test_an_example_person_cannot_slip_in_while_live_use_begins(
    cast: Cast, ready: Settings
) -> None:
    started, refused = threading.Event(), []

    def slip_in() -> None:
        started.set()
        try:
            add_example()
        except WrongState:
            refused.append(True)

    other = threading.Thread(target=slip_in)
    with unit_of_work() as session:
        operations.go_live(session, cast.siv, clock.now(), ready)
        other.start()
        started.wait(5)
        other.join(0.3)
        assert other.is_alive()
    other.join(10)
    assert refused == [True]


def missing(settings: Settings) -> list[str]:
    with unit_of_work() as session:
        return [one.name for one in operations.missing_for_live_use(session, settings)]


def test_nothing_is_missing_of_what_is_ready(cast: Cast, ready: Settings) -> None:
    assert missing(ready) == []


@pytest.mark.parametrize("left", [{}, *({name: mine} for name, mine in OWN.items())])
def test_a_number_or_address_of_fiction_stands_in_the_way(
    cast: Cast, ready: Settings, left: dict[str, object]
) -> None:
    """A new municipality's public pages must not name what reaches nobody, or somebody else's."""
    with unit_of_work() as session:
        content = to_content(TORSBY_2011) | {k: v for k, v in OWN.items() if k not in left}
        session.add(ProfileVersion(key="x", content=content, at=clock.now()))
    assert missing(ready) == (["the_municipalitys_own_addresses"] if left else [])


def test_one_approver_is_too_few(cast: Cast, ready: Settings) -> None:
    with unit_of_work() as session:
        session.get_one(Person, cast.per.id).active = False
    assert missing(ready) == ["two_approvers"]


def test_one_approver_or_writer_without_an_app_is_one_too_many(cast: Cast, ready: Settings) -> None:
    for person in (cast.lisa, cast.per):
        with unit_of_work() as session:
            factor = session.scalars(
                select(SecondFactor).where(SecondFactor.person_id == person.id)
            ).one()
            factor.confirmed_at = None
        assert missing(ready) == ["a_second_factor"]
        with unit_of_work() as session:
            session.merge(factor).confirmed_at = clock.now()


def test_a_backup_must_have_been_restored_once(cast: Cast, ready: Settings) -> None:
    with unit_of_work() as session:
        session.execute(delete(LiveUse).where(LiveUse.condition == queries.RESTORED))
    assert missing(ready) == ["a_backup_that_was_restored"]


def test_the_public_address_must_have_shown_our_page_a_moment_ago(
    cast: Cast, ready: Settings, move_clock: Callable[[timedelta], None]
) -> None:
    assert missing(replace(ready, public_url="https://annan.torsby.se")) == [
        "a_public_page_that_is_ours"
    ]
    move_clock(timedelta(seconds=110))
    assert missing(ready) == []
    move_clock(timedelta(seconds=130))
    assert missing(ready) == ["a_public_page_that_is_ours"]
    with unit_of_work() as session:
        operations.page_seen(session, ready.public_url, "1" * 16, clock.now())
    assert missing(ready) == []
    with unit_of_work() as session:
        rows = session.scalars(select(LiveUse).where(LiveUse.condition == queries.PAGE_SEEN)).all()
        assert len(rows) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://kris.torsby.se",
        "https://127.0.0.1:8001",
        "https://10.0.0.7",
        "https://localhost",
        "https://kris.local",
        "https://konsol",
    ],
)
def test_a_public_address_is_one_that_citizens_reach(cast: Cast, ready: Settings, url: str) -> None:
    assert missing(replace(ready, public_url=url)) == ["a_public_address"]


def test_the_sealing_key_is_there_and_its_owners_alone(cast: Cast, ready: Settings) -> None:
    key = ready.keys / sealing.FILE
    key.chmod(0o644)
    assert missing(ready) == ["a_sealing_key_of_its_own"]
    key.unlink()
    assert missing(ready) == ["a_sealing_key_of_its_own"]
