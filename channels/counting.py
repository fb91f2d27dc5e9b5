"""How long a text is, the way each platform counts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import regex  # type: ignore[import-untyped]  # it ships no types


class Counting(StrEnum):
    """A way of counting. Sources: the platforms' own documentation, summarised per member."""

    POINTS = "points"
    """Unicode code points."""
    GRAPHEMES = "graphemes"
    """What a reader sees as one character (UAX 29)."""
    GRAPHEMES_LINKS_23 = "graphemes_links_23"
    """Mastodon: graphemes; every link counts 23, a mention only its local part."""
    WEIGHTED = "weighted"
    """X: NFC; every link counts 23, https:// or not; an emoji 2, other wide characters 2."""
    UTF16 = "utf16"
    """Telegram: UTF-16 code units."""
    BYTES = "bytes"
    """UTF-8 bytes."""
    POINTS_EMOJI_BYTES = "points_emoji_bytes"
    """Threads: code points, but an emoji as many as its UTF-8 bytes."""
    SEPTETS = "septets"
    """SMS: GSM-7 septets; a text outside that alphabet goes as UCS-2, counted as its septets."""


_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}']", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")
_LINK_LENGTH = 23

# GSM 03.38 (3GPP TS 23.038): the basic alphabet and its extension table, which costs an escape.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


def count(text: str, method: Counting) -> int:
    """The length of `text` in the unit of `method`."""
    match method:
        case Counting.POINTS:
            return len(text)
        case Counting.GRAPHEMES:
            return _graphemes(text)
        case Counting.GRAPHEMES_LINKS_23:
            short = _MENTION.sub(r"\1", _LINK.sub("x" * _LINK_LENGTH, text))
            return _graphemes(short)
        case Counting.WEIGHTED:
            from channels.weighted import weighted  # slow to load

            return weighted(text)
        case Counting.UTF16:
            return _utf16(text)
        case Counting.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case Counting.POINTS_EMOJI_BYTES:
            return _points_emoji_bytes(text)
        case Counting.SEPTETS:
            return _septets(text)


def sms_parts(text: str) -> int:
    """How many SMS the text becomes: 160/153 septets each, or 70/67 UCS-2 units."""
    if _is_gsm(text):
        return _parts(_septets(text), 160, 153)
    return _parts(_utf16(text), 70, 67)


def forcing_ucs2(text: str) -> list[str]:
    """The characters, each once and in order, for whose sake the whole SMS goes as UCS-2: then a
    part holds 67 of them instead of 153."""
    return list(dict.fromkeys(char for char in text if not _is_gsm(char)))


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be: `most` counted by `method`, and at most `most_bytes` in UTF-8."""

    most: int | None = None
    """None: no limit."""
    method: Counting = Counting.POINTS
    most_bytes: int | None = None

    def count(self, text: str) -> int:
        return count(text, self.method)

    def over(self, text: str) -> int:
        """How far past the limit, in the unit it breaks first; 0 when it fits."""
        if self.most is not None and (over := self.count(text) - self.most) > 0:
            return over
        if self.most_bytes is not None:
            return max(0, count(text, Counting.BYTES) - self.most_bytes)
        return 0


NO_LIMIT = Limit()


def _graphemes(text: str) -> int:
    return sum(1 for _ in _GRAPHEME.finditer(text))


def _utf16(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def _points_emoji_bytes(text: str) -> int:
    return sum(
        count(cluster, Counting.BYTES) if _EMOJI.search(cluster) else len(cluster)
        for cluster in _GRAPHEME.findall(text)
    )


def _is_gsm(text: str) -> bool:
    return all(char in _GSM or char in _GSM_EXTENSION for char in text)


def _septets(text: str) -> int:
    """One SMS carries 140 bytes: 160 septets or 70 units of 16 bits, hence the factor 16/7."""
    if _is_gsm(text):
        return len(text) + sum(1 for char in text if char in _GSM_EXTENSION)
    return _utf16(text) * 16 // 7


def _parts(length: int, alone: int, joined: int) -> int:
    if length <= alone:
        return 1 if length else 0
    return -(-length // joined)
