"""How looks are counted, week by week (4-f)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from console.monitoring import check_rules
from console.monitoring.check_rules import Asked, Progress
from console.phrases import STOCKHOLM
from console.policy.workday_rules import is_workday

MONDAY = date(2026, 6, 8)
TWICE = Asked(MONDAY, 2, "week")
DAILY = Asked(MONDAY, 1, "workday")


def at(day: int, clock: str = "09:00") -> datetime:
    """A moment of June 2026 in Sweden."""
    local = datetime.fromisoformat(f"2026-06-{day:02} {clock}")
    return local.replace(tzinfo=STOCKHOLM).astimezone(UTC)


def test_two_presses_within_an_hour_are_one_look() -> None:
    looks = [at(8), at(8, "09:59"), at(8, "10:01")]
    assert check_rules.progress(TWICE, looks[:2], date(2026, 6, 8)).made == 1
    assert check_rules.progress(TWICE, looks, date(2026, 6, 8)) == Progress(2, 2, True, False)


def test_a_week_begins_on_monday_in_sweden_also_around_the_changes_of_clocks() -> None:
    assert check_rules.monday_of(datetime(2026, 6, 7, 21, 59, tzinfo=UTC)) == date(2026, 6, 1)
    assert check_rules.monday_of(datetime(2026, 6, 7, 22, 0, tzinfo=UTC)) == MONDAY
    for monday, hours in ((date(2026, 3, 23), 167), (date(2026, 10, 19), 169)):
        length = check_rules.ends(monday).astimezone(UTC) - check_rules.starts(monday).astimezone(
            UTC
        )
        assert length == timedelta(hours=hours)
    assert check_rules.monday_of(datetime(2027, 1, 3, 12, tzinfo=UTC)) == date(2026, 12, 28)


def test_with_a_look_each_working_day_weekends_count_for_nothing() -> None:
    week = [at(day) for day in (8, 9, 10, 11, 12)]
    assert check_rules.progress(DAILY, week, date(2026, 6, 13)).kept
    with_sunday = [*week[:4], at(14)]
    found = check_rules.progress(DAILY, with_sunday, date(2026, 6, 14))
    assert (found.made, found.asked, found.behind, found.today) == (4, 5, True, True)
    assert check_rules.progress(DAILY, [at(8)], date(2026, 6, 9)) == Progress(1, 5, False, False)


def test_midsummer_eve_and_the_other_free_days_ask_nothing() -> None:
    free = [(4, 3), (4, 6), (5, 1), (5, 14), (6, 19), (12, 24), (12, 25), (12, 31), (6, 6)]
    assert not any(is_workday(date(2026, month, day)) for month, day in free)
    assert all(is_workday(date(2026, 6, day)) for day in (8, 15, 22, 26))
    asked = Asked(date(2026, 6, 15), 1, "workday")
    assert check_rules.progress(asked, [], date(2026, 6, 15)).asked == 4


def test_a_missed_week_deviates_until_this_one_is_kept() -> None:
    none = check_rules.progress(TWICE, [], date(2026, 6, 8))
    kept = check_rules.progress(TWICE, [at(8), at(9)], date(2026, 6, 9))
    assert check_rules.deviates(TWICE, none, True, date(2026, 6, 8))
    assert not check_rules.deviates(TWICE, none, False, date(2026, 6, 14))
    assert not check_rules.deviates(TWICE, kept, True, date(2026, 6, 9))


def test_the_last_day_is_sunday_or_with_working_days_today() -> None:
    sunday = check_rules.due(TWICE, MONDAY).astimezone(STOCKHOLM)
    assert (sunday.date(), sunday.hour) == (date(2026, 6, 14), 23)
    assert check_rules.due(DAILY, MONDAY).astimezone(STOCKHOLM).date() == MONDAY


def test_with_working_days_yesterday_is_what_deviates() -> None:
    tuesday = date(2026, 6, 9)
    lacking = check_rules.progress(DAILY, [], tuesday)
    seen_to = check_rules.progress(DAILY, [at(9)], tuesday)
    monday = check_rules.progress(DAILY, [], MONDAY)
    assert check_rules.deviates(DAILY, lacking, False, tuesday)
    assert not check_rules.deviates(DAILY, seen_to, False, tuesday)
    assert not check_rules.deviates(DAILY, monday, False, MONDAY)
    assert check_rules.deviates(DAILY, monday, True, MONDAY)
