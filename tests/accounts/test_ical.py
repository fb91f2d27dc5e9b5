"""A calendar's file: what of it is days away, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.accounts import ical
from console.accounts.coverage_rules import Span
from console.errors import BadInput

TODAY = date(2026, 5, 1)


@pytest.fixture(autouse=True)
def _in_a_request(request: pytest.FixtureRequest):
    """Sentences are in somebody's language."""
    with request.getfixturevalue("app").test_request_context():
        yield


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    whole = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//prov//SV\n{body}END:VCALENDAR\n"
    return whole.replace("\n", "\r\n").encode()


def days(*numbers: int, month: int = 7) -> Span:
    return Span(date(2026, month, numbers[0]), date(2026, month, numbers[-1]))


def test_a_holiday_of_whole_days_ends_the_day_before_its_end() -> None:
    """3-c; RFC 5545 3.6.1"""
    found = ical.read(
        calendar("SUMMARY:Semester\nDTSTART;VALUE=DATE:20260706\nDTEND;VALUE=DATE:20260727"),
        TODAY,
    )
    assert [(one.span, one.title, one.away) for one in found.entries] == [
        (days(6, 26), "Semester", True)
    ]


@pytest.mark.parametrize(
    ("event", "span"),
    [
        ("DTSTART;VALUE=DATE:20260706", days(6)),
        ("DTSTART;VALUE=DATE:20260706\nDURATION:P2D", days(6, 7)),
        ("DTSTART:20260706T080000\nDTEND:20260710T170000", days(6, 10)),
        ("DTSTART:20260706T220000Z\nDTEND:20260708T220000Z", days(7, 8)),
        ("DTSTART;TZID=W. Europe Standard Time:20260706T000000\n"
         "DTEND;TZID=W. Europe Standard Time:20260707T000000", days(6)),
        ("DTSTART;TZID=Europe/Stockholm:20260706T080000\nDURATION:PT8H", days(6)),
    ],
)  # fmt: skip
def test_days_are_swedens_however_the_calendar_writes_its_times(event: str, span: Span) -> None:
    assert [one.span for one in ical.read(calendar(event), TODAY).entries] == [span]


def test_what_is_not_offered_is_counted_or_named() -> None:
    found = ical.read(
        calendar(
            "SUMMARY:Möte\nDTSTART:20260706T130000\nDTEND:20260706T140000",
            "SUMMARY:Förra semestern\nDTSTART;VALUE=DATE:20250706",
            "SUMMARY:Ledig fredag\nDTSTART;VALUE=DATE:20260703\nRRULE:FREQ=WEEKLY",
            "SUMMARY:Inställt\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260708",
            "SUMMARY:Utan dag",
            "SUMMARY:Midsommar\nTRANSP:TRANSPARENT\nDTSTART;VALUE=DATE:20260619",
            "SUMMARY:Dubbel\nDTSTART;VALUE=DATE:20260706",
            "SUMMARY:Dubbel\nDTSTART;VALUE=DATE:20260706",
        ),
        TODAY,
    )
    assert [(one.span, one.away) for one in found.entries] == [
        (days(19, month=6), False),
        (days(6), True),
    ]
    assert found.repeating == ("Ledig fredag",)
    assert (found.short, found.past, found.unreadable) == (1, 1, 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"  \n", b"\xff\xfe\x00", b"PK\x03\x04", "Semester 6–26 juli".encode(),
     b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", b"BEGIN:VEVENT\r\nDTSTART:20260706T080000\r\nEND:VEVENT",
     b"BEGIN:VCALENDAR\r\n" * 5000],
)  # fmt: skip
def test_a_file_that_is_no_calendar_gets_one_clear_error_naming_the_field(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        ical.read(data, TODAY)
    assert refused.value.field == "file"


def test_somebodys_whole_calendar_is_refused_with_the_number() -> None:
    events = [f"DTSTART;VALUE=DATE:2027{m:02}{d:02}" for m in range(1, 11) for d in range(1, 22)]
    with pytest.raises(BadInput, match="210"):
        ical.read(calendar(*events), TODAY)


LINES = st.sampled_from(
    ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "DTSTART:20260706",
     "DTSTART;VALUE=DATE:99999999", "DTEND;TZID=Ingen/Stans:20260706T0800", "RRULE:FREQ=X",
     "DURATION:-P9999999999D", "SUMMARY", "TRANSP:", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "\x00"]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=20), max_size=25))
def test_no_file_whatever_is_answered_by_anything_but_days_or_one_sentence(
    lines: list[str],
) -> None:
    try:
        found = ical.read("\r\n".join(lines).encode(errors="replace"), TODAY)
    except BadInput:
        return
    assert all(TODAY <= one.span.last >= one.span.first for one in found.entries)
