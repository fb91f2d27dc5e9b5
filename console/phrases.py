"""How times and numbers are written for people. Pure: the language and "now" are passed in.

Moments are aware datetimes in any zone and are shown in Europe/Stockholm. A clock is written 13.00
and a time left always in words, so that the two can't be taken for each other (the look: Words).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

STOCKHOLM = ZoneInfo("Europe/Stockholm")

UNITS = {
    "sv": {"day": "dygn", "days": "dygn", "hour": "tim", "minute": "min", "second": "s"},
    "en": {"day": "day", "days": "days", "hour": "h", "minute": "min", "second": "s"},
}
"""Units of time; the browser ticks with the same words."""


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone can't be shown")
    return at.astimezone(STOCKHOLM)


def clock(at: datetime) -> str:
    """13.00"""
    return f"{_local(at):%H.%M}"


def clock_s(at: datetime) -> str:
    """13.00.42: receipts and the clock in the band only."""
    return f"{_local(at):%H.%M.%S}"


def clock_fine(at: datetime, interval: timedelta) -> str:
    """The clock as finely as a staff of such intervals needs it: seconds only under a minute."""
    return clock_s(at) if interval < timedelta(minutes=1) else clock(at)


def date_sv(at: datetime, lang: str = "sv") -> str:
    """fredag 12 juni | Friday 12 June"""
    return format_date(_local(at).date(), "EEEE d MMMM", locale=lang)


def date_year(at: datetime, lang: str = "sv") -> str:
    """måndag 8 juni 2026 | Monday 8 June 2026"""
    return format_date(_local(at).date(), "EEEE d MMMM y", locale=lang)


def date_short(at: datetime, lang: str = "sv") -> str:
    """12 juni | 12 June"""
    return format_date(_local(at).date(), "d MMMM", locale=lang)


def dated_short(at: datetime, lang: str = "sv") -> str:
    """12 jun 09.00 | 12 Jun 09.00: in tables, where dates stand close."""
    month = format_date(_local(at).date(), "d MMM", locale=lang).rstrip(".")
    return f"{month} {clock(at)}"


def day(of: date, lang: str = "sv") -> str:
    """8 juni 2026 | 8 June 2026; a moment's day is the one in Sweden."""
    if isinstance(of, datetime):
        of = _local(of).date()
    return format_date(of, "d MMMM y", locale=lang)


def week(at: datetime, lang: str = "sv") -> str:
    """v 29 | week 29"""
    number = _local(at).isocalendar().week
    return f"v {number}" if lang == "sv" else f"week {number}"


def when(at: datetime, now: datetime, lang: str = "sv") -> str:
    """kl 13.15 within the day, else fredag 12 juni kl 09.00 (in English: at 13.15)."""
    if _local(at).date() == _local(now).date():
        return f"{_at(lang)} {clock(at)}"
    return dated(at, lang)


def dated(at: datetime, lang: str = "sv") -> str:
    """fredag 12 juni kl 09.00: for what may be read on another day."""
    return f"{date_sv(at, lang)} {_at(lang)} {clock(at)}"


def _at(lang: str) -> str:
    return "kl" if lang == "sv" else "at"


def time_left_parts(due: datetime, now: datetime, lang: str = "sv") -> list[tuple[str, str]]:
    """Numbers and units, largest first, two at most: [("1", "tim"), ("5", "min")].

    Counts whole units, rounded down, and the distance after `due` in the same words: whether it is
    late is for the words around it to say.
    """
    return span_parts(abs(due - now), lang)


def span_parts(span: timedelta, lang: str = "sv") -> list[tuple[str, str]]:
    """A length of time (not negative) as numbers and units; see `time_left_parts`."""
    words = UNITS["sv" if lang == "sv" else "en"]
    seconds = int(span.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes == 0:
        return [(str(seconds), words["second"])]
    if hours == 0:
        return [(str(minutes), words["minute"])]
    if days == 0:
        parts = [(hours, words["hour"]), (minutes % 60, words["minute"])]
    else:
        parts = [(days, words["day" if days == 1 else "days"]), (hours % 24, words["hour"])]
    return [(str(n), unit) for n, unit in parts if n]


def time_left(due: datetime, now: datetime, lang: str = "sv") -> str:
    """14 min | 1 tim 5 min | 48 s | 2 dygn 3 tim"""
    return _joined(time_left_parts(due, now, lang))


def span(length: timedelta, lang: str = "sv") -> str:
    """A length of time in words: 30 min, 1 tim 30 min."""
    return _joined(span_parts(length, lang))


def every(interval: timedelta, lang: str = "sv") -> str:
    """How often: varje minut, var 30:e minut, varannan timme | every 30 minutes, every hour."""
    seconds = int(interval.total_seconds())
    if seconds % 3600 == 0:
        number, sv, en = seconds // 3600, "timme", "hour"
    elif seconds % 60 == 0:
        number, sv, en = seconds // 60, "minut", "minute"
    else:
        number, sv, en = seconds, "sekund", "second"
    if lang != "sv":
        return f"every {en}" if number == 1 else f"every {number} {en}s"
    if number <= 2:
        return f"{'varje' if number == 1 else 'varannan'} {sv}"
    ending = "a" if number % 10 in (1, 2) and number % 100 not in (11, 12) else "e"
    return f"var {number}:{ending} {sv}"


def thousands(number: int) -> str:
    """1 412, with a space that doesn't break."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _joined(parts: list[tuple[str, str]]) -> str:
    return " ".join(f"{n}\N{NO-BREAK SPACE}{unit}" for n, unit in parts)


def sentence(text: str) -> str:
    """Trimmed, and ended by a full stop unless it ends by itself."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?…" else text + "."


_STOP = re.compile(r"[.!?…](?=\s|$)")
_LEADS_ON = re.compile(
    r"(?<!\w)(?:approx|bl\.\s?a|ca|dvs|e\.g|ex|exkl|fr\.\s?o\.\s?m|i\.e|inkl|kl|nr|resp|s\.\s?k"
    r"|t\.\s?ex|tel|tfn|t\.\s?o\.\s?m)\.$",
    re.IGNORECASE,
)
"""Abbreviations that something always follows."""
_LONGEST_ABBREVIATION = 12


def sentence_ends(text: str) -> list[int]:
    """Where the sentences of a text end, each after its stop.

    Not after an abbreviation that leads on, nor before a small letter: "kl. 18" is one sentence.
    """
    found = []
    for match in _STOP.finditer(text):
        end = match.end()
        before, rest = text[max(0, end - _LONGEST_ABBREVIATION) : end], text[end:].lstrip()
        if not _LEADS_ON.search(before) and not rest[:1].islower():
            found.append(end)
    return found


def strike(text: str, struck: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """`text` in pieces, each with whether it is struck.

    Args:
        struck: sentences as they stand in `text`; one that doesn't is passed over.
    """
    found = sorted((text.find(one), len(one)) for one in set(struck) if one and one in text)
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, length in found:
        if start < at:
            continue
        pieces += [(text[at:start], False), (text[start : start + length], True)]
        at = start + length
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])


def masked(address: str) -> str:
    """An address as lists show it: ma***@torsby.example, +46701***00."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"
    return f"{address[:6]}***{address[-2:]}"


_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def for_xml(text: str, instead: str = "") -> str:
    """The text with `instead` for each sign that no XML may hold (XML 1.0, section 2.2): a single
    one, pasted out of a PDF, makes the whole file unreadable."""
    return _NOT_IN_XML.sub(instead, text)
