"""Checks of a text as it is written: reading ease and what must not be published.

Sources: LIX as in channels' facts (4-l, 7-c); personal identity numbers (4.5-c). A password that
has slipped into a post is found within minutes by others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LIX_AIM = 40
CERTAIN_FROM = 100
"""Words; LIX is uncertain under that."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+(?:[.,]\d+)*")
_SENTENCE_END = re.compile(r"[.!?:…]+(?=\s|$)")
_IDENTITY = re.compile(r"(?<!\d)(?:19|20)?(\d{2})(\d{2})(\d{2})[-+ ]?(\d{3})(\d)(?!\d)")
_NAMED_SECRET = re.compile(
    r"\b(?:lösenord(?:et)?|password|pin(?:kod(?:en)?)?|token|api[- ]?(?:key|nyckel))\b"
    r"\s*(?:[:=]\s*(?P<said>\S{4,})|(?:är|is)\s+(?P<told>(?=\S*\d)\S{4,}))",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?<![\w/.+=-])(?=[^\s]*\d)(?=[^\s]*[a-z])(?=[^\s]*[A-Z])[\w+/=-]{20,}(?![\w/.+=-])"
)


_CASE = re.compile(
    r"\b(?:dnr|diarienummer|diarienr|ärendenummer|ärende(?:nr)?)\b\.?:?\s*(?=\S*\d)\S+"
    r"|\b[A-ZÅÄÖ]{2,5}[ -]?(?:19|20)\d{2}[/:-]\d{1,6}\b",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"\b(?:diagnos\w*|sjukskriv\w*|sjukdom\w*|journal(?:en|er|anteckning\w*)?|patient(?:en|er)?"
    r"|läkarintyg\w*|medicinering\w*|funktionsnedsätt\w*|missbruk\w*|placering(?:en)? av barn"
    r"|skyddad(?:e)? (?:identitet|personuppgifter))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Lix:
    value: int
    words: int

    @property
    def certain(self) -> bool:
        return self.words >= CERTAIN_FROM

    @property
    def easy(self) -> bool:
        return self.value < LIX_AIM


def lix(text: str) -> Lix:
    """Words per sentence plus the share of words longer than six letters, in per cent."""
    words = _WORD.findall(text)
    if not words:
        return Lix(0, 0)
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    long_words = sum(1 for word in words if len(word) > 6)
    return Lix(round(len(words) / sentences + 100 * long_words / len(words)), len(words))


def identity_numbers(text: str) -> list[str]:
    """What looks like Swedish personal identity or coordination numbers (checksum included)."""
    found = []
    for match in _IDENTITY.finditer(text):
        year, month, day, serial, check = match.groups()
        if not (1 <= int(month) <= 12 and (1 <= int(day) <= 31 or 61 <= int(day) <= 91)):
            continue
        total = 0
        for place, digit in enumerate(year + month + day + serial):
            doubled = int(digit) * (2 - place % 2)
            total += doubled // 10 + doubled % 10
        if (10 - total % 10) % 10 == int(check):
            found.append(match.group())
    return found


def without_numbers(text: str) -> str:
    """`text` as lists show it: a word stands for each personal identity number (4-i)."""
    for number in identity_numbers(text):
        text = text.replace(number, "[personnummer]")
    return text


def secrets(text: str) -> list[str]:
    """What looks like passwords or keys: what is called so ("Lösenord: …"), and long strings of
    letters and digits mixed that are no address. Some are neither; it is for a person to say.
    """
    found = [match["said"] or match["told"] for match in _NAMED_SECRET.finditer(text)]
    tokens = (match.group() for match in _TOKEN.finditer(text))
    return [*found, *(one for one in tokens if one not in found)]


@dataclass(frozen=True)
class Suspicion:
    """Something that may be confidential; whether it is, a person says."""

    kind: str
    """identity | secret | case | health"""
    found: str


def suspicions(text: str) -> list[Suspicion]:
    """What in a text may be under secrecy (4.5-c): numbers of people and cases, logins, and words
    about somebody's health or protection."""
    found = [Suspicion("identity", one) for one in identity_numbers(text)]
    found += [Suspicion("secret", one) for one in secrets(text)]
    found += [Suspicion("case", match.group()) for match in _CASE.finditer(text)]
    found += [Suspicion("health", match.group()) for match in _HEALTH.finditer(text)]
    return list(dict.fromkeys(found))
