"""Times and lengths as people enter them: Stockholm's clock in, UTC out. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from flask_babel import gettext as _

from console.errors import BadInput
from console.messages.wording import STOCKHOLM

_CLOCK = re.compile(r"(?:kl\.?\s*)?(\d{1,2})(?:[.:](\d{2}))?", re.IGNORECASE)
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}
_MOST_DIGITS = 9
_FAR = timedelta(days=366)


def moment(clock: str, day: str, now: datetime) -> datetime | None:
    """The moment that a clock time and a day name; None if no clock time was given.

    Args:
        clock: "9", "09.00", "9:05" or "kl 9.05".
        day: an ISO date, or "": the next time the clock shows it.
        now: aware.

    Raises:
        BadInput: not a time, a day more than a year away, a time that the clock skips in spring, or
            one that it shows twice in autumn: the sentence says which to write instead.
    """
    if not clock.strip():
        if day.strip():
            raise BadInput(_("Skriv också klockslag, till exempel 09.00."))
        return None
    match = _CLOCK.fullmatch(clock.strip())
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    if hour > 23 or minute > 59:
        raise BadInput(_("Skriv klockslaget så här: 09.00."))
    at, local = time(hour, minute), now.astimezone(STOCKHOLM)
    today = local.date()
    if day.strip():
        try:
            named = date.fromisoformat(day.strip())
        except ValueError:
            raise BadInput(_("Skriv dagen så här: 2026-06-12.")) from None
        if abs(named - today) > _FAR:
            raise BadInput(_("Välj en dag inom ett år."))
        return _instant(named, at)
    # By the clock on the wall: a time that has been is tomorrow's, also where today has none such.
    return _instant(today if at > local.time() else today + timedelta(days=1), at)


def whole(text: str) -> int | None:
    """The whole number in a text; None if it holds none, or one larger than anything asks for."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _instant(day: date, at: time) -> datetime:
    early = datetime.combine(day, at, STOCKHOLM)
    if early.astimezone(UTC).astimezone(STOCKHOLM).time() != at:
        raise BadInput(
            _("Klockan ställs fram den natten: %(at)s finns inte. Välj 03.00.", at=f"{at:%H.%M}")
        )
    if twice(early):
        raise BadInput(
            _(
                "Klockan ställs tillbaka den natten: %(at)s kommer två gånger. Välj före 02.00"
                " eller från 03.00.",
                at=f"{at:%H.%M}",
            )
        )
    return early.astimezone(UTC)


def twice(local: datetime) -> bool:
    """Does Stockholm's clock show this time twice, in autumn? (One that it skips differs, too.)"""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def shown(text: str) -> tuple[str, str]:
    """(clock, day) that a stored moment is edited as; what can't be read is given back as it is."""
    if not text:
        return "", ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        clock, _break, day = text.partition("\n")
        return clock, day
    local = at.astimezone(STOCKHOLM)
    return f"{local:%H.%M}", local.date().isoformat()


def seconds(number: str, unit: str) -> int | None:
    """A length in whole seconds; None if nothing was entered.

    Raises:
        BadInput: not a whole number above 0, or no such unit.
    """
    if not number.strip():
        return None
    length = whole(number)
    if not length or unit not in UNITS:
        raise BadInput(_("Skriv ett heltal, till exempel 30."))
    return length * UNITS[unit]


def shown_seconds(value: object) -> tuple[str, str]:
    """(number, unit) that a stored length is edited as, in the largest unit that fits evenly."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        return ("" if value is None else str(value)), "minutes"
    for unit in ("hours", "minutes"):
        if value % UNITS[unit] == 0:
            return str(value // UNITS[unit]), unit
    return str(value), "seconds"
