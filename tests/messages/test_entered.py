"""Times as people enter them, on Stockholm's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from console.errors import BadInput
from console.messages.entered import moment, seconds, shown, shown_seconds

NOON = datetime(2026, 6, 11, 10, 0, tzinfo=UTC)
"""12.00 in Stockholm, a summer Thursday."""


@pytest.fixture(autouse=True)
def _words() -> object:
    from flask_babel import Babel

    app = Flask("words")
    Babel(app, default_locale="sv")
    with app.test_request_context():
        yield


@pytest.mark.parametrize("clock", ["13.15", "13:15", " kl 13.15 ", "kl. 13:15"])
def test_a_clock_time_is_the_next_time_the_clock_shows_it(clock: str) -> None:
    assert moment(clock, "", NOON) == datetime(2026, 6, 11, 11, 15, tzinfo=UTC)


def test_a_clock_time_that_has_passed_today_is_tomorrow() -> None:
    assert moment("9", "", NOON) == datetime(2026, 6, 12, 7, 0, tzinfo=UTC)


def test_a_day_says_which_and_winter_has_its_own_offset() -> None:
    assert moment("09.00", "2026-12-24", NOON) == datetime(2026, 12, 24, 8, 0, tzinfo=UTC)


def test_nothing_entered_is_no_moment() -> None:
    assert moment("", "", NOON) is None


@pytest.mark.parametrize(
    ("clock", "day"),
    [("25.00", ""), ("9.60", ""), ("soon", ""), ("9.0", ""), ("", "2026-06-12"), ("9", "12 juni")],
)
def test_what_is_no_time_is_refused_with_a_sentence(clock: str, day: str) -> None:
    with pytest.raises(BadInput):
        moment(clock, day, NOON)


def test_a_time_that_comes_twice_in_autumn_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="två gånger"):
        moment("02.30", "2026-10-25", NOON)
    assert moment("03.00", "2026-10-25", NOON) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
    assert moment("01.59", "2026-10-25", NOON) == datetime(2026, 10, 24, 23, 59, tzinfo=UTC)


def test_a_time_that_the_clock_skips_in_spring_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="finns inte"):
        moment("02.30", "2027-03-28", NOON)
    assert moment("03.00", "2027-03-28", NOON) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        # 10.00 on the day without 02.30, and on the day that had it twice.
        (datetime(2027, 3, 28, 8, 0, tzinfo=UTC), datetime(2027, 3, 29, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, 0, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_of_the_coming_night_is_not_refused_for_what_the_clock_did_last_night(
    now: datetime, then: datetime
) -> None:
    assert moment("02.30", "", now) == then


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2027-06-13", "2025-06-09"])
def test_a_day_more_than_a_year_away_is_refused(day: str) -> None:
    with pytest.raises(BadInput, match="inom ett år"):
        moment("23.59", day, NOON)


def test_what_is_stored_is_shown_as_it_was_entered() -> None:
    assert shown("2026-06-11T11:15:00+00:00") == ("13.15", "2026-06-11")
    assert shown("") == ("", "")


def test_what_could_not_be_read_is_given_back_as_typed() -> None:
    assert shown("kvart över nio") == ("kvart över nio", "")


def test_a_length_is_whole_seconds_and_shown_in_the_largest_even_unit() -> None:
    assert seconds("30", "minutes") == 1800
    assert seconds("", "minutes") is None
    assert shown_seconds(1800) == ("30", "minutes")
    assert shown_seconds(7200) == ("2", "hours")
    assert shown_seconds(90) == ("90", "seconds")


@pytest.mark.parametrize(("number", "unit"), [("0", "minutes"), ("-1", "hours"), ("½", "hours"),
                                              ("1.5", "hours"), ("30", "years")])  # fmt: skip
def test_what_is_no_length_is_refused(number: str, unit: str) -> None:
    with pytest.raises(BadInput):
        seconds(number, unit)
