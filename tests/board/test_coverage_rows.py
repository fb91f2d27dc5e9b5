"""What the start page says of days that nobody looks after an account, before they come."""

from __future__ import annotations

from datetime import date

import pytest

from console import clock, db
from console.accounts import absences, coverage
from console.accounts.absences import Wanted
from console.accounts.coverage_rules import DAY, WARN_DAYS
from console.accounts.models import Account, AccountAdministrator
from console.people.models import Person, PersonRole
from tests.stage import Stage


@pytest.fixture
def stage(database, app):
    """Olle alone looks after the website and two accounts; Maria keeps the register."""
    stage = Stage(database)
    with db.unit_of_work() as session:
        maria = Person(name="Maria Ek", email="maria@torsby.example", created_at=clock.now())
        maria.role_rows = [PersonRole(role="strategy")]
        session.add(maria)
    stage.maria = maria
    return stage


def day(n: int) -> date:
    return coverage.today(clock.now()) + n * DAY


def away(person: Person, first: int, last: int, substitute: int | None = None) -> None:
    with db.unit_of_work() as session:
        wanted = [Wanted(day(first), day(last), substitute)]
        absences.add(session, person, person.id, wanted, clock.now())


def test_two_months_before_the_administrators_and_the_strategy_department_are_asked(
    stage, client_for
):
    """3-c"""
    away(stage.olle, WARN_DAYS, WARN_DAYS + 20)
    for person in (stage.olle, stage.maria):
        page = client_for(person).get("/").text
        assert page.count("Namnge ersättare") == 3, person.name
    assert "Ingen ersättare" in client_for(stage.maria).get("/").text
    assert "Namnge ersättare" not in client_for(stage.lisa).get("/").text


def test_nothing_is_said_earlier_or_when_somebody_stands_in(stage, client_for):
    """3-c"""
    away(stage.olle, WARN_DAYS + 1, WARN_DAYS + 20)
    away(stage.olle, 1, 5, stage.lisa.id)
    for person in (stage.olle, stage.maria):
        assert "Namnge ersättare" not in client_for(person).get("/").text, person.name


def test_an_account_nobody_looks_after_today_says_so(stage, client_for):
    """3-c"""
    away(stage.olle, 0, 2)
    page = client_for(stage.maria).get("/").text
    assert page.count("Obemannat i dag") == 3
    assert "3 konton behöver åtgärd" in page


def test_an_administrator_sees_the_next_weeks_of_their_own_accounts(stage, client_for):
    """3-c"""
    away(stage.olle, 7, 7)
    page = client_for(stage.olle).get("/").text
    assert "Bemanning v " in page
    assert page.count('class="uncovered"') == 3
    assert page.count('class="covered"') == 3 * 8
    assert "Bemanning v " not in client_for(stage.lisa).get("/").text


def test_accounts_of_one_name_are_told_apart_in_the_small_calendar(stage, client_for):
    with db.unit_of_work() as session:
        one, other = session.query(Account).order_by(Account.position)[1:3]
        other.short_name, other.platform, one.platform = one.short_name, "x", "facebook"
    page = client_for(stage.olle).get("/").text
    for platform in ("Facebook", "X"):
        assert f'{one.short_name} <span class="quiet">{platform}</span></th>' in page


def test_of_many_accounts_the_first_are_listed_and_one_press_shows_them_all(stage, client_for):
    with db.unit_of_work() as session:
        for n in range(12):
            account = Account(
                name=f"Konto {n}", short_name=f"Konto {n}", platform="facebook", handle=f"k{n}",
                kind="manual", repeat_rule="every", state="active", position=n + 10,
                created_at=clock.now(),
            )  # fmt: skip
            account.administrators = [AccountAdministrator(person_id=stage.olle.id, position=0)]
            session.add(account)
    away(stage.olle, 3, 4)
    page = client_for(stage.maria).get("/").text
    assert page.count("Namnge ersättare") == 10
    assert "Visa alla 15: ingen ersättare" in page
    assert "15 konton behöver åtgärd" in page
