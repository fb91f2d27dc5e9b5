"""Days away, read from a calendar's file (RFC 5545). Pure: nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
from flask_babel import gettext as _

from console.accounts.coverage_rules import DAY, WORKING_DAY_HOURS, Span
from console.errors import BadInput
from console.phrases import STOCKHOLM

MOST = 200
"""Entries to choose among: more is somebody's whole calendar, not their absences."""
_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
               RecursionError)  # fmt: skip
"""What the library raises at files that aren't calendars, or are broken on purpose."""


@dataclass(frozen=True)
class CalendarEntry:
    """Something that lasts a day or more."""

    span: Span
    title: str
    away: bool
    """It isn't marked as free time (TRANSP:TRANSPARENT), or is marked as out of office."""


@dataclass(frozen=True)
class Found:
    """What a file has, and what of it isn't offered, so that nothing goes missing unseen."""

    entries: tuple[CalendarEntry, ...]
    """By day, each span once."""
    repeating: tuple[str, ...]
    """Titles of entries that repeat: their days must be written by hand."""
    short: int
    """Meetings and the like."""
    past: int
    unreadable: int


def read(data: bytes, today: date) -> Found:
    """
    Args:
        data: the file, as it was sent.
        today: the day in Sweden; what is over is left out.

    Raises:
        BadInput: it can't be read as a calendar, or holds nothing or too much (`file`).
    """
    if not data.strip():
        raise BadInput(_("Välj en kalenderfil (.ics)."), "file")
    try:
        calendars = icalendar.Calendar.from_ical(data, multiple=True)
        events = list(_events(calendars))
    except _UNREADABLE as error:
        raise BadInput(_not_a_calendar(), "file") from error
    if not any(one.name == "VCALENDAR" for one in calendars):
        raise BadInput(_not_a_calendar(), "file")
    entries: dict[Span, CalendarEntry] = {}
    repeating: dict[str, None] = {}
    short = past = unreadable = 0
    for event in events:
        try:
            span = _span(event)
        except _UNREADABLE:
            unreadable += 1
            continue
        title = " ".join(str(event.get("SUMMARY", "")).split())[:80] or _("Utan rubrik")
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        if span is None:
            short += 1
        elif "RRULE" in event or "RDATE" in event:
            repeating[title] = None
        elif span.last < today:
            past += 1
        else:
            known = entries.get(span)
            if known is None or not known.away:
                entries[span] = CalendarEntry(span, title, _is_away(event))
    if len(entries) > MOST:
        raise BadInput(
            _("Filen har %(n)s händelser på en dag eller mer. Exportera bara din frånvaro,"
              " högst %(most)s åt gången.", n=len(entries), most=MOST), "file",
        )  # fmt: skip
    ordered = tuple(entries[span] for span in sorted(entries))
    return Found(ordered, tuple(repeating), short, past, unreadable)


def _not_a_calendar() -> str:
    return str(
        _(
            "Filen går inte att läsa som kalender. Exportera kalendern som iCalendar (.ics) och"
            " välj den filen."
        )
    )


def _events(calendars: list[Any]) -> Iterator[Any]:
    for calendar in calendars:
        yield from calendar.walk("VEVENT")


def _is_away(event: Any) -> bool:
    # Outlook marks holidays as "out of office" in a field of its own.
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in ("OOF", "BUSY"):
        return True
    return str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"


def _span(event: Any) -> Span | None:
    """The days of an event in Sweden; None: shorter than a working day.

    RFC 5545 3.6.1: a date without an end is that day; an end that is a date isn't included.
    """
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = start + event["DURATION"].dt
    else:
        end = start if isinstance(start, datetime) else start + DAY
    if not isinstance(start, datetime):
        if isinstance(end, datetime):
            raise ValueError("an entry that begins with a day and ends with a moment")
        return Span(start, max(start, end - DAY))
    first, last = _local(start), _local(end)
    if last < first:
        raise ValueError("an entry that ends before it begins")
    if last - first < timedelta(hours=WORKING_DAY_HOURS):
        return None
    # Until midnight is until the day before.
    return Span(first.date(), max(first.date(), (last - timedelta(microseconds=1)).date()))


def _local(moment: Any) -> datetime:
    """Aware, in Sweden; a floating time is Sweden's."""
    if not isinstance(moment, datetime):
        raise ValueError("an entry that begins with a moment and ends with a day")
    if moment.tzinfo is None:
        return moment.replace(tzinfo=STOCKHOLM)
    return moment.astimezone(STOCKHOLM)
