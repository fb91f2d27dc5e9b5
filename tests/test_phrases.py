"""Times and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console import phrases

ONE = datetime(2026, 6, 11, 11, 0, 42, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


def left(**length: int) -> str:
    return phrases.time_left(ONE + timedelta(**length), ONE).replace(NBSP, " ")


def test_a_clock_shows_stockholm_time_with_a_full_stop() -> None:
    assert phrases.clock(ONE) == "13.00"
    assert phrases.clock_s(ONE) == "13.00.42"


def test_a_clock_follows_both_clock_changes() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [phrases.clock(before + timedelta(hours=h)) for h in (0, 1, 2)] == [
        "02.30",
        "02.30",
        "03.30",
    ]
    spring = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert phrases.clock(spring) == "01.59"
    assert phrases.clock(spring + timedelta(minutes=1)) == "03.00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        phrases.clock(datetime(2026, 6, 11, 13, 0))  # noqa: DTZ001


def test_dates_are_written_in_the_language_of_the_page() -> None:
    assert phrases.date_sv(ONE) == "torsdag 11 juni"
    assert phrases.date_sv(ONE, "en") == "Thursday 11 June"
    assert phrases.date_year(ONE) == "torsdag 11 juni 2026"
    assert phrases.date_short(ONE) == "11 juni"
    assert phrases.week(ONE) == "v 24"
    assert phrases.week(ONE, "en") == "week 24"


def test_the_date_is_that_of_stockholm_after_midnight_there() -> None:
    assert phrases.date_short(datetime(2026, 6, 11, 22, 30, tzinfo=UTC)) == "12 juni"


def test_within_the_day_only_the_clock_is_said() -> None:
    assert phrases.when(ONE + timedelta(minutes=14), ONE) == "kl 13.14"
    assert phrases.when(ONE + timedelta(hours=20), ONE) == "fredag 12 juni kl 09.00"
    assert phrases.when(ONE + timedelta(hours=20), ONE, "en") == "Friday 12 June at 09.00"


def test_time_left_is_words_and_never_looks_like_a_clock() -> None:
    assert left(minutes=14, seconds=18) == "14 min"
    assert left(hours=1, minutes=5) == "1 tim 5 min"
    assert left(hours=2) == "2 tim"
    assert left(seconds=48) == "48 s"
    assert left(days=2, hours=3) == "2 dygn 3 tim"
    assert left(seconds=0) == "0 s"


def test_time_past_due_is_counted_in_the_same_words() -> None:
    assert left(minutes=-2, seconds=-5) == "2 min"


def test_time_left_speaks_english() -> None:
    assert phrases.time_left(ONE + timedelta(days=1, hours=1), ONE, "en") == (
        f"1{NBSP}day 1{NBSP}h"
    )


def test_an_interval_is_said_as_people_say_it() -> None:
    said = {
        timedelta(seconds=5): "var 5:e sekund",
        timedelta(minutes=1): "varje minut",
        timedelta(minutes=2): "varannan minut",
        timedelta(minutes=30): "var 30:e minut",
        timedelta(minutes=90): "var 90:e minut",
        timedelta(minutes=21): "var 21:a minut",
        timedelta(hours=11): "var 11:e timme",
        timedelta(hours=24): "var 24:e timme",
    }
    assert {interval: phrases.every(interval) for interval in said} == said
    assert phrases.every(timedelta(minutes=30), "en") == "every 30 minutes"
    assert phrases.every(timedelta(hours=1), "en") == "every hour"


def test_thousands_are_parted_by_a_space_that_does_not_break() -> None:
    assert phrases.thousands(1412) == f"1{NBSP}412"
    assert phrases.thousands(20) == "20"
