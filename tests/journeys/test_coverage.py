"""Holidays: days from a calendar's file, the gap they leave, and the substitute who fills it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.conftest import Visit
from tests.journeys.visitor import PHONE

SOON = datetime.now(UTC).date() + timedelta(days=20)


def calendar() -> bytes:
    start, end = f"{SOON:%Y%m%d}", f"{SOON + timedelta(days=3):%Y%m%d}"
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//prov//SV\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        f"SUMMARY:Semester\r\nDTSTART;VALUE=DATE:{start}\r\nDTEND;VALUE=DATE:{end}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def test_a_holiday_from_a_calendar_leaves_a_gap_until_a_substitute_is_named(visit: Visit) -> None:
    """3-c, on a telephone"""
    anders = visit("Anders", PHONE)
    anders.go("/absences/import")
    anders.check("calendar-file")
    chosen = {"name": "semester.ics", "mimeType": "text/calendar", "buffer": calendar()}
    anders.field("Kalenderfil (.ics)").set_input_files(chosen)  # type: ignore[arg-type]
    anders.button("Visa vad som finns").click()
    anders.sees("Inget är sparat än.")
    anders.check("calendar-preview")
    anders.field("Vem ersätter?").select_option(label="Ingen än")
    anders.button("Spara de valda").click()
    anders.sees("1 frånvaro är inskriven.")

    anders.go("/")
    anders.page.get_by_role("link", name="Namnge ersättare").first.click()
    expect(anders.page.get_by_role("heading", level=1)).to_contain_text("obemanna")
    anders.check("coverage")
    anders.page.get_by_role("link", name="Namnge ersättare").first.click()
    anders.field("Vem ersätter?").select_option(label="Lisa Berg")
    anders.check("absence")
    anders.button("Spara ändringen").click()
    anders.sees("Lisa Berg ersätter.")
    anders.go("/coverage?show=mine")
    anders.sees("Dina konton är bemannade")
    anders.go("/absences")
    anders.check("absences")
    anders.page.get_by_role("link", name=re.compile("^Ändra")).first.click()
    anders.button("Ta bort frånvaron").click()
    anders.sees("Frånvaron är borttagen.")
