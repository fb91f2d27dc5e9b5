from __future__ import annotations

import stat

import pytest
from sqlalchemy import select

from console import clock, db, example
from console.accounts import queries as accounts
from console.accounts.rules import State
from console.config import Settings
from console.errors import WrongState
from console.guideline import queries as guideline
from console.people import passwords
from console.people.models import Person
from console.people.rules import Role
from console.policy.models import LiveUse
from console.policy.queries import LIVE_USE


def loaded(settings: Settings) -> list[example.Login]:
    with db.unit_of_work() as session:
        return example.load(session, clock.now(), settings)


def test_the_example_has_25_accounts_and_somebody_for_every_role(database: Settings) -> None:
    logins = loaded(database)
    with db.unit_of_work() as session:
        register = accounts.all_accounts(session)
        assert len(register) == 25
        assert {role for login in logins for role in login.roles} == set(Role)
        states = {a.handle: a.state for a in register if a.state != State.ACTIVE}
        assert states == {
            "@torsbykommun": State.PAUSED,
            "aldretorsby": State.SIGNING,
            "nyatorget.example": State.ENDED,
        }
        assert [a.short_name for a in register if a.official] == ["Torsby.se", "Torsby.se/kris"]


def test_every_example_account_has_two_administrators_but_the_one_that_says_so(
    database: Settings,
) -> None:
    loaded(database)
    with db.unit_of_work() as session:
        alone = [a for a in accounts.all_accounts(session) if len(a.administrators) < 2]
        assert [a.short_name for a in alone] == ["Vatten och avlopp"]
        assert alone[0].deviations == [], "it is a fact, not a remark"


def test_the_example_has_a_guideline_that_most_have_pledged_to_follow(database: Settings) -> None:
    loaded(database)
    with db.unit_of_work() as session:
        book = guideline.book(session, clock.now())
        assert book.current is not None and book.current.number == 3
        assert guideline.counts(session, book) == {
            "pledge": 0, "reading": 1, "training": 1,
        }  # fmt: skip
        found = guideline.page_of(session, book, guideline.Sieve(), 1)
        assert found.total == 18
        assert len(guideline.open_directives(session)) == 1


def test_every_example_person_can_log_in_with_the_password_given(database: Settings) -> None:
    logins = loaded(database)
    with db.unit_of_work() as session:
        people = {p.email: p for p in session.scalars(select(Person))}
        assert len(people) == len(logins) == 31
        assert all(p.example for p in people.values())
        one = logins[0]
        assert passwords.matches(people[one.email].password_hash, one.password)
    assert len({login.password for login in logins}) == 31


def test_loading_a_second_time_changes_nothing(database: Settings) -> None:
    loaded(database)
    assert loaded(database) == []
    with db.unit_of_work() as session:
        assert len(accounts.all_accounts(session)) == 25
        assert len(session.scalars(select(Person)).all()) == 31


def test_the_example_is_refused_where_live_use_is_on(database: Settings) -> None:
    with db.unit_of_work() as session:
        session.add(LiveUse(condition=LIVE_USE, evidence={}, at=clock.now()))
    with pytest.raises(WrongState):
        loaded(database)
    with db.unit_of_work() as session:
        assert accounts.all_accounts(session) == []


def test_only_the_installations_own_user_can_read_the_logins(database: Settings) -> None:
    logins = loaded(database)
    path = example.write_logins(database, logins)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = path.read_text().splitlines()
    assert len(lines) == len(logins)
    assert logins[3].email in lines[3] and logins[3].password in lines[3]
    assert logins[3].password not in repr(logins[3])
