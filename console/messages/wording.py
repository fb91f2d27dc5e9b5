"""The sentences that the program itself puts into posts. Frozen in form at approval.

`language` is "sv" or "en". Clock times are Europe/Stockholm.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from console.phrases import sentence, sentence_ends

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAYS = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
EXERCISE = {"sv": "ÖVNING.", "en": "EXERCISE."}
APPLIES = "Earlier instructions still apply."
"""In English, where there isn't room for them; the next where they have no English."""
APPLIES_IN_SWEDISH = f"{APPLIES} They exist only in Swedish."


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


def since_line(anchor: datetime, due: datetime, language: str) -> str:
    """Since when nothing is new: what a text says that goes out because it still applies."""
    local, today = anchor.astimezone(STOCKHOLM), due.astimezone(STOCKHOLM).date()
    day = "" if local.date() == today else DAYS[language][local.weekday()] + " "
    if (today - local.date()).days > 6:
        day = f"{DAYS[language][local.weekday()]} {local.day}/{local.month} "
    if language == "en":
        return f"Nothing new since {day}{clock(anchor)}."
    return f"Inget nytt sedan {day}kl {clock(anchor)}."


def longest_since(earliest: datetime, latest: datetime, language: str) -> str:
    """The longest form `since_line` takes for any anchor and round between two moments."""
    days = range(min(2 + (latest - earliest).days, 400))
    anchors = (latest - timedelta(days=one) for one in days)
    return max((since_line(at, latest, language) for at in anchors), key=len)


STILL = {
    "sv": ("Det här gäller fortfarande.", "Det vi skrev då gäller fortfarande."),
    "en": ("This still applies.", "What we wrote then still applies."),
}
"""Where an instruction stands in the same text, and where none does."""


def standing_line(headline: str, area: str, language: str) -> str:
    """What applies, as one line in a later message."""
    line = sentence(headline)
    if area and area.casefold() not in headline.casefold():
        line += f" Applies to {area}." if language == "en" else f" Gäller {area}."
    return line


def correction(wrong: str, right: str, thanks: str, language: str) -> str:
    """A correction in words, for channels that can't strike through.

    Args:
        right: "" in the preview of one that isn't written yet.
    """
    said = sentence(wrong)
    if language == "en":
        parts = [f"Correction. Earlier we wrote: {said} That was wrong.", right and sentence(right)]
    else:
        parts = [f"Rättelse. Tidigare skrev vi: {said}", right and f"Rätt är: {sentence(right)}"]
    return " ".join(filter(None, (*parts, thanks and sentence(thanks))))


def edited(
    content: str, wrong: str, right: str, thanks: str, at: datetime, language: str
) -> tuple[str, tuple[str, ...]]:
    """A post's text as it is after a correction: what was wrong stays, named as wrong (4-k).

    Where the channel can't strike through, the words alone must do; so the text itself says what
    is wrong. A post that doesn't have the sentence (a shorter one, say) is told what is right.

    Args:
        content: what the post says now.
        wrong: one or several sentences.
        at: when it is corrected.

    Returns:
        The new text, and the sentences in it to draw struck.
    """
    name, when = ("Wrong", "Corrected") if language == "en" else ("Fel", "Rättat kl")
    fixed = f"{when} {clock(at)}: {sentence(right)}" if right else ""  # one not written yet
    fix = " ".join(filter(None, (fixed, sentence(thanks))))
    found = [one for one in ([bare(wrong)], [bare(one) for one in sentences(wrong)])
             if all(part and _places(part, content) for part in one)]  # fmt: skip
    single = [one for one in map(bare, sentences(wrong)) if one and _places(one, content)]
    struck = found[0] if found else single
    if not struck:
        return f"{content} {fix}".rstrip(), ()
    places = sorted({place for one in struck for place in _places(one, content)}, reverse=True)
    end = max(stop for _start, stop in places)
    end = end + 1 if content[end : end + 1] in tuple(".!?…") else end
    text = f"{content[:end]} {fix}".rstrip() + content[end:]
    for start, _stop in places:
        if not text[:start].endswith(f"{name}: "):
            text = f"{text[:start]}{name}: {text[start:]}"
    return text, tuple(struck)


def _places(said: str, content: str) -> list[tuple[int, int]]:
    """Where a bare sentence stands whole, and not as the beginning of a longer one."""
    stop = r"\s|$" if said[-1] in "!?…" else r"[.!?…](?:\s|$)|$"
    return [found.span() for found in re.finditer(rf"(?<!\S){re.escape(said)}(?={stop})", content)]


def bare(text: str) -> str:
    """A sentence as it is looked for in texts: a stop may have been added, or left out."""
    return " ".join(text.split()).rstrip(".")


SHORTEST = 12
"""Characters; a shorter sentence says nothing about which message it came from."""


def tells(sentence: str) -> bool:
    """Whether a sentence is long enough to say which message it came from."""
    return len(bare(sentence)) >= SHORTEST


def sentences(text: str) -> list[str]:
    """`text` sentence by sentence."""
    ends = [0, *sentence_ends(text), len(text)]
    parts = (text[start:end].strip() for start, end in pairwise(ends))
    return [one for one in parts if one]


def original(link: str, language: str) -> str:
    """Where a corrected post stands."""
    return f"The post: {link}" if language == "en" else f"Inlägget: {link}"


LONGEST_ORIGINAL = original("https://" + "x" * 112, "sv")
"""Room kept for the link to the corrected post; a longer link is left out."""
