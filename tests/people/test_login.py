from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from console import clock
from console.db import unit_of_work
from console.people import login, operations, passwords, queries
from console.people.login import Browser, LoggedIn, Refused
from console.people.models import LoginSession, Person
from console.timeline.models import Entry
from tests.cast import PASSWORD, Cast


def attempt(
    email: str,
    password: str = "Fel-lösen-123",
    *,
    now: datetime,
    address: str = "192.0.2.1",
    browser: Browser | None = None,
) -> LoggedIn | Refused:
    with unit_of_work() as session:
        return login.log_in(
            session, now, email=email, password=password, address=address, browser=browser
        )


def test_five_failures_make_the_right_password_wait_and_say_how_long(cast: Cast) -> None:
    now = clock.now()
    for n in range(5):
        refused = attempt(cast.lisa.email, now=now, address=f"192.0.2.{n}")
        assert isinstance(refused, Refused)
    assert refused.again_at == now + timedelta(seconds=30)
    early = attempt(cast.lisa.email, PASSWORD, now=now + timedelta(seconds=29))
    assert early == Refused(again_at=now + timedelta(seconds=30), looked=False)
    late = attempt(cast.lisa.email, PASSWORD, now=now + timedelta(seconds=31))
    assert isinstance(late, LoggedIn)


def test_somebody_elses_failures_do_not_make_one_wait(cast: Cast) -> None:
    now = clock.now()
    for _ in range(8):
        attempt(cast.lisa.email, now=now)
    assert isinstance(attempt(cast.karin.email, PASSWORD, now=now), LoggedIn)


def test_many_addresses_tried_from_one_place_make_that_place_wait(cast: Cast) -> None:
    now = clock.now()
    for n in range(20):
        attempt(f"nobody{n}@torsby.example", now=now)
    assert isinstance(attempt(cast.karin.email, PASSWORD, now=now), Refused)
    elsewhere = attempt(cast.karin.email, PASSWORD, now=now, address="192.0.2.9")
    assert isinstance(elsewhere, LoggedIn)


def test_a_login_forgives_the_failures_before_it(cast: Cast) -> None:
    now = clock.now()
    for _ in range(4):
        attempt(cast.lisa.email, now=now)
    assert isinstance(attempt(cast.lisa.email, PASSWORD, now=now), LoggedIn)
    refused = attempt(cast.lisa.email, now=now)
    assert isinstance(refused, Refused)
    assert refused.again_at is None


def test_failures_are_forgotten_after_an_hour(cast: Cast) -> None:
    now = clock.now()
    for _ in range(9):
        attempt(cast.lisa.email, now=now)
    later = now + timedelta(minutes=61)
    assert isinstance(attempt(cast.lisa.email, PASSWORD, now=later), LoggedIn)


@pytest.mark.parametrize("who", ["known", "unknown", "inactive", "invited"])
def test_every_refusal_sounds_the_same_and_compares_a_password(
    cast: Cast, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither words nor time tell whether an address is somebody's: argon2 runs every time."""
    email = "nobody@torsby.example" if who == "unknown" else cast.lisa.email
    with unit_of_work() as session:
        lisa = queries.get(session, cast.lisa.id)
        lisa.active = who != "inactive"
        lisa.password_hash = None if who == "invited" else lisa.password_hash
    compared = []
    argon2 = passwords._hasher
    spy = SimpleNamespace(verify=lambda *a: compared.append(a) or argon2.verify(*a))
    monkeypatch.setattr(passwords, "_hasher", spy)
    assert attempt(email, now=clock.now()) == Refused(again_at=None, looked=True)
    assert len(compared) == 1


def test_only_one_attempt_per_address_is_compared_at_a_time(cast: Cast) -> None:
    with unit_of_work() as holding:
        login.log_in(holding, clock.now(), email=cast.lisa.email, password="x", address="::1")
        beside = attempt(cast.lisa.email, PASSWORD, now=clock.now())
        assert beside == Refused(again_at=None, looked=False)


@pytest.mark.parametrize("weak", [False, True])
def test_a_password_that_is_changed_while_the_old_one_is_compared_lets_nobody_in(
    cast: Cast, weak: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changing it ends all other sessions: none may begin after it with the old one, and no digest
    of the old one, made anew, may take its place."""
    new, compare = "Xq9-mvkr7-wtPz", passwords.matches

    def change_meanwhile(password_hash: str | None, password: str) -> bool:
        fits = compare(password_hash, password)
        monkeypatch.setattr(passwords, "matches", compare)
        with unit_of_work() as session:
            lisa = queries.get(session, cast.lisa.id)
            operations.change_own_password(
                session, lisa, clock.now(), old=PASSWORD, new=new, keep_token=None
            )
        return fits

    monkeypatch.setattr(passwords, "matches", change_meanwhile)
    monkeypatch.setattr(passwords, "needs_new_digest", lambda _hash: weak)
    assert isinstance(attempt(cast.lisa.email, PASSWORD, now=clock.now()), Refused)
    with unit_of_work() as session:
        assert queries.sessions_of(session, cast.lisa, clock.now()) == []
    assert isinstance(attempt(cast.lisa.email, new, now=clock.now()), LoggedIn)


def test_a_failed_login_is_written_down_although_it_was_refused(cast: Cast) -> None:
    attempt(cast.lisa.email, now=clock.now())
    with unit_of_work() as session:
        tags = session.scalars(select(Entry.tag)).all()
    assert tags.count("person:login:refused") == 1


def test_a_session_is_seen_at_most_once_a_minute_and_ends_when_idle(cast: Cast) -> None:
    now = clock.now()
    with unit_of_work() as session:
        token = login.start_session(session, cast.lisa, now)

    def use(at: datetime) -> datetime:
        with unit_of_work() as session:
            found = queries.login_of(session, token, at)
            assert found is not None
            assert not found.over
            login.touch(session, found, at)
        with unit_of_work() as session:
            return session.scalars(select(LoginSession.seen_at)).one()

    assert use(now + timedelta(seconds=59)) == now
    assert use(now + timedelta(seconds=60)) == now + timedelta(seconds=60)
    with unit_of_work() as session:
        found = queries.login_of(session, token, now + timedelta(minutes=33))
        assert found is not None
        assert found.over


def test_the_secret_itself_is_not_stored(cast: Cast) -> None:
    with unit_of_work() as session:
        token = login.start_session(session, cast.lisa, clock.now())
    with unit_of_work() as session:
        assert session.scalars(select(LoginSession.token_digest)).one() == queries.digest_of(token)


def own(person: Person) -> Browser:
    return Browser("name-of-a-browser", frozenset({person.id}))


def test_colleagues_failures_hold_up_nobody_in_a_browser_of_their_own(cast: Cast) -> None:
    now = clock.now()
    for n in range(20):
        attempt(f"nobody{n}@torsby.example", now=now)
    assert isinstance(attempt(cast.karin.email, PASSWORD, now=now), Refused)
    entered = attempt(cast.karin.email, PASSWORD, now=now, browser=own(cast.karin))
    assert isinstance(entered, LoggedIn)


def test_whoever_guesses_with_ones_address_elsewhere_holds_up_nobody_in_their_own_browser(
    cast: Cast,
) -> None:
    now = clock.now()
    for n in range(8):
        attempt(cast.karin.email, now=now, address=f"192.0.2.{n}")
    entered = attempt(cast.karin.email, PASSWORD, now=now, browser=own(cast.karin))
    assert isinstance(entered, LoggedIn)
    still = attempt(cast.karin.email, PASSWORD, now=now)
    assert isinstance(still, Refused), "the stranger's guesses aren't forgiven by it"


def test_ones_own_browser_waits_after_five_failures_too_and_is_no_way_to_others(
    cast: Cast,
) -> None:
    now = clock.now()
    browser = own(cast.karin)
    for _ in range(5):
        refused = attempt(cast.karin.email, now=now, browser=browser)
    assert isinstance(refused, Refused)
    assert refused.again_at == now + timedelta(seconds=30)
    assert isinstance(attempt(cast.karin.email, PASSWORD, now=now, browser=browser), Refused)
    for n in range(20):
        attempt(f"nobody{n}@torsby.example", now=now, browser=browser)
    assert isinstance(attempt(cast.lisa.email, PASSWORD, now=now, browser=browser), Refused)


def test_failures_in_ones_own_browser_hold_up_no_colleague(cast: Cast) -> None:
    now = clock.now()
    for n in range(25):
        attempt(cast.karin.email, now=now + timedelta(minutes=n), browser=own(cast.karin))
    last = now + timedelta(minutes=25)
    assert isinstance(attempt(cast.lisa.email, PASSWORD, now=last), LoggedIn)


def test_a_new_password_forgives_the_failures_in_ones_own_browser(cast: Cast) -> None:
    now = clock.now()
    for _ in range(5):
        attempt(cast.karin.email, now=now, browser=own(cast.karin))
    with unit_of_work() as session:
        login.forgive(session, session.get_one(Person, cast.karin.id))
    entered = attempt(cast.karin.email, PASSWORD, now=now, browser=own(cast.karin))
    assert isinstance(entered, LoggedIn)
