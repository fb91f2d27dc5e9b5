"""The staff of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console import kavel
from console.kavel import Moment

NOW = datetime(2026, 6, 11, 11, 0, tzinfo=UTC)
START, END = NOW - timedelta(minutes=30), NOW + timedelta(minutes=90)


def test_moments_stand_at_per_cent_of_the_staff_and_what_has_been_is_past() -> None:
    moments = (
        Moment("round", NOW + timedelta(minutes=30), "13.30"),
        Moment("round", NOW, "13.00"),
        Moment("missed", START, "12.30"),
    )
    drawn = kavel.draw(moments, NOW, START, END, "Nu 13.00")
    assert drawn.now_at == 25.0
    assert [(m.label, m.at, m.past) for m in drawn.marks] == [
        ("12.30", 0.0, True),
        ("13.00", 25.0, True),
        ("13.30", 50.0, False),
    ]


def test_moments_outside_the_staff_are_left_out_of_picture_and_words() -> None:
    drawn = kavel.draw((Moment("round", END + timedelta(1), "sen"),), NOW, START, END, "Nu 13.00")
    assert drawn.marks == ()
    assert drawn.text == "Nu 13.00."


def test_a_waiting_text_is_set_in_bold() -> None:
    drawn = kavel.draw((Moment("waiting", NOW, "13.00 väntar"),), NOW, START, END, "Nu 13.00")
    assert drawn.marks[0].strong
    assert drawn.text == "Nu 13.00. 13.00 väntar."


def test_the_window_spans_four_intervals_and_holds_the_last_round_and_the_next_two() -> None:
    interval = timedelta(minutes=30)
    start, end = kavel.window(NOW, interval)
    assert abs((end - start) - 4 * interval) < timedelta(seconds=1)
    assert start < NOW - interval
    assert end > NOW + 2 * interval
