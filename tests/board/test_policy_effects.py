"""What becomes late if a profile takes effect, counted on real rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from console import clock
from console.board.policy_effects import Effect, effects, per_week, report_due
from console.config import Settings
from console.db import unit_of_work
from console.people import login
from console.people.models import Person
from console.policy.rules import TORSBY_2011, Profile
from console.policy.values import RegistryAddress, Step
from tests.cast import Cast
from tests.incidents import cast as events

NOW = datetime(2026, 8, 10, 8, 0, tzinfo=UTC)


def looked(session: Session, now: datetime | None = None, **changes: object) -> dict[str, Effect]:
    after = replace(TORSBY_2011, **changes)  # type: ignore[arg-type]
    found = effects(session, TORSBY_2011, after, now or clock.now())
    assert [one.late for one in found] == sorted((one.late for one in found), reverse=True)
    return {one.key: one for one in found}


def test_accounts_that_get_too_few_administrators_are_counted_and_named(database: Settings) -> None:
    """Of five, only the active one with two is short of three; the others were short before,
    or rest."""
    with unit_of_work() as session:
        events.cast(session)
        found = looked(session, min_admins=3)["administrators"]
        assert (found.count, found.late) == (1, True)
        assert found.text == "1 konto får för få administratörer: Stjerneskolan Facebook."
        strict, eased = replace(TORSBY_2011, min_admins=3), TORSBY_2011
        back = {one.key: one for one in effects(session, strict, eased, clock.now())}
        assert back["administrators_eased"].count == 1 and not back["administrators_eased"].late


def test_an_administrator_who_is_shut_out_does_not_count(database: Settings) -> None:
    with unit_of_work() as session:
        everybody = events.cast(session)
        everybody.ali.active = False
        session.flush()
        assert "administrators" not in looked(session, min_admins=3)


def test_accounts_that_must_be_looked_at_oftener_are_counted(database: Settings) -> None:
    with unit_of_work() as session:
        events.cast(session)
        oftener = looked(session, check_times=1, check_period="workday")["checks"]
        assert (oftener.count, oftener.late) == (4, True)  # the paused one isn't in use
        assert "5 gånger i veckan, mot 2 nu" in oftener.text
        assert looked(session, check_times=1) == {}
    assert per_week(TORSBY_2011) == 2


def test_a_chain_that_nobody_can_finish_is_an_alarm(cast: Cast) -> None:
    chain = (Step("operations_manager", "decision"), Step("strategy", "decision"))
    with unit_of_work() as session:
        assert looked(session, chain=chain) == {}
        session.get_one(Person, cast.stina.id).active = False
        session.flush()
        labels = {"strategy": "Kommunikationschefen"}
        found = looked(session, chain=chain, role_labels=labels)
        assert found["nobody_strategy"].late
        assert "Kommunikationschefen" in found["nobody_strategy"].text


def test_plans_that_wait_for_signatures_are_named_when_the_chain_changes(cast: Cast) -> None:
    with unit_of_work() as session:
        events.account(session, "Ungdomsgården", 1, [], state="signing")
        found = looked(session, chain=(Step("operations_manager", "decision"),))
        assert found["signing"].count == 1 and "Ungdomsgården" in found["signing"].text


def test_more_approvals_than_there_are_approvers_is_an_alarm(cast: Cast) -> None:
    with unit_of_work() as session:
        assert looked(session, approvals_required=2) == {}
        assert looked(session, approvals_required=3)["approvers"].count == 2


def test_those_whom_shorter_idling_logs_out_are_counted(cast: Cast) -> None:
    now = clock.now()
    with unit_of_work() as session:
        login.start_session(session, session.merge(cast.lisa), now - timedelta(minutes=20))
        login.start_session(session, session.merge(cast.karin), now - timedelta(minutes=5))
        login.start_session(session, session.merge(cast.per), now - timedelta(minutes=50))
        found = looked(session, now, idle_minutes=10, idle_warning_minutes=5)
        assert found["sessions"].count == 1
        assert looked(session, now, idle_minutes=60) == {}


def test_notices_that_a_shorter_wait_makes_late_are_counted(database: Settings) -> None:
    with unit_of_work() as session:
        everybody = events.cast(session)
        event = events.event(session, everybody.unit)
        made = event.opened_at
        assert "reminders" not in looked(session, made + timedelta(minutes=4), reminder_minutes=5)
        late = looked(session, made + timedelta(minutes=6), reminder_minutes=5)["reminders"]
        assert late.count == 2 and late.late  # Karin's and Ali's


def test_committees_without_an_address_of_their_registry_are_named(database: Settings) -> None:
    with unit_of_work() as session:
        for place, committee in enumerate(("Kommunstyrelsen", "Bildningsnämnden", "")):
            account = events.account(session, f"Konto {place}", place, [])
            account.committee = committee
        session.flush()
        registry = (RegistryAddress("kommunstyrelsen", "ks@torsby.example"),)
        found = looked(session, registry=registry)["registry"]
        assert found.text == "1 nämnd saknar adress till sitt diarium: Bildningsnämnden."


@pytest.mark.parametrize(
    ("months", "due"),
    [((7, 8, 9), "2026-09-30"), ((2,), "2027-02-28"), ((7,), "2027-07-31"), ((8,), "2026-08-31")],
)
def test_a_report_is_due_on_the_last_day_of_its_last_month(
    months: tuple[int, ...], due: str
) -> None:
    assert report_due(replace(TORSBY_2011, report_months=months), NOW).isoformat() == due


def test_a_report_that_comes_sooner_is_said(database: Settings) -> None:
    with unit_of_work() as session:
        events.cast(session)
        found = looked(session, NOW, report_months=(8,))["report"]
        assert found.late and "2026-08-31, mot 2026-09-30 nu" in found.text
        assert not looked(session, NOW, report_months=(2,))["report"].late


def test_a_new_place_in_the_staff_is_empty_in_every_open_event(database: Settings) -> None:
    before = replace(TORSBY_2011, roster_places=("writer",))
    after: Profile = replace(TORSBY_2011, roster_places=("writer", "web"))
    with unit_of_work() as session:
        everybody = events.cast(session)
        assert effects(session, before, after, clock.now()) == []
        events.event(session, everybody.unit)
        assert [one.key for one in effects(session, before, after, clock.now())] == ["roster"]
