"""Which days are working days in Sweden. Pure.

Holidays: lag (1989:253) om allmänna helgdagar. The three eves are free in every municipality's
collective agreement (AB), so nobody is at work on them.
"""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter

_FIXED = {(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)}
_FROM_EASTER = (-2, 1, 39)
"""Days from Easter Sunday: Good Friday, Easter Monday, Ascension; the others are Sundays."""


def is_workday(day: date) -> bool:
    """Monday to Friday, and no holiday or free eve."""
    if day.isoweekday() > 5 or (day.month, day.day) in _FIXED:
        return False
    if day.month == 6 and 19 <= day.day <= 25 and day.isoweekday() == 5:
        return False  # Midsummer Eve
    return day - easter(day.year) not in [timedelta(days=n) for n in _FROM_EASTER]


def workdays(monday: date) -> list[date]:
    """Those of the week that begins on `monday`; none in a few weeks around a new year."""
    return [day for n in range(7) if is_workday(day := monday + timedelta(days=n))]
