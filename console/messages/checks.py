"""Checks of a text as it is written: reading ease and what must not be published.

Sources: LIX as in channels' facts (4-l, 7-c); personal identity numbers (4.5-c).
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
