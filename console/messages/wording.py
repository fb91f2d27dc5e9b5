"""The sentences that the program itself puts into posts. Frozen in form at approval.

`language` is "sv" or "en". Clock times are Europe/Stockholm.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.phrases import sentence

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAYS = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
EXERCISE = {"sv": "ÖVNING.", "en": "EXERCISE."}


def clock(at: datetime) -> str:
    """E.g. 08.05."""
    return at.astimezone(STOCKHOLM).strftime("%H.%M")


def round_line(due: datetime, number: int, language: str) -> str:
    """The line that makes each repetition its own, and the marker to read back by."""
    if language == "en":
        return f"{clock(due)}, update {number}."
    return f"Kl {clock(due)}, uppdatering {number}."


def next_word(promise: datetime | None, due: datetime, language: str) -> str:
    """When the next word comes; empty where none is promised."""
    if promise is None:
        return ""
    local, today = promise.astimezone(STOCKHOLM), due.astimezone(STOCKHOLM).date()
    day = "" if local.date() == today else DAYS[language][local.weekday()] + " "
    if (local.date() - today).days > 6:
        day = f"{DAYS[language][local.weekday()]} {local.day}/{local.month} "
    if language == "en":
        return f"Next update {day}at {clock(promise)}."
    return f"Nytt besked {day}kl {clock(promise)}."


def longest_next_word(promise: datetime | None, earliest: datetime, language: str) -> str:
    """The longest form `next_word` takes in any round from `earliest` until the promise."""
    if promise is None:
        return ""
    moments = (promise, promise - timedelta(days=1), promise - timedelta(days=7))
    dues = [earliest] + [at for at in moments if at >= earliest]
    return max((next_word(promise, due, language) for due in dues), key=len)


def standing_line(headline: str, area: str, language: str) -> str:
    """What applies, as one line in a later message."""
    line = sentence(headline)
    if area and area.casefold() not in headline.casefold():
        line += f" Applies to {area}." if language == "en" else f" Gäller {area}."
    return line


def correction(wrong: str, right: str, thanks: str, language: str) -> str:
    """A correction in words, for channels that can't strike through."""
    said = sentence(wrong)
    if language == "en":
        text = f"Correction. Earlier we wrote: {said} That was wrong. {sentence(right)}"
    else:
        text = f"Rättelse. Tidigare skrev vi: {said} Rätt är: {sentence(right)}"
    return f"{text} {sentence(thanks)}" if thanks else text
