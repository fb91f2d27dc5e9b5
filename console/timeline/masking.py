"""A masked copy of an entry, for handing out. Pure: what to look for is passed in.

The chain still holds: what is left out stands there as its digest, and without its salt nobody can
try out what it said. What people write beside the texts that were published may name anybody, and
no register knows whom: it is left out whole. In what was published, and in all else, known names
are looked for, and whatever has the form of a personal identity number, a telephone number or an
e-mail address.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

REASON = "masked for handing out"
WHOLE = ("rumour:logged",)
"""Tags of bodies that are withheld whatever they hold: they point at what private persons say."""
TEXTS = frozenset({"text", "envelope", "question"})
"""Facts that hold what a message or an answer says."""
FREE = frozenset({"reason", "narrowing_reason", "source", "seen_where", "detail", "label", "note"})
"""Facts that are running text of a person's own, or what a platform answered."""
SHORTEST = 5
"""Characters. A shorter word stands inside too many others."""
_CODE = re.compile(r"[a-z_]*")
"""A fact that the program chose: no running text, however it is called."""
_IDENTITY = re.compile(
    r"(?<![\w.-])(?:1[89]|20)?(\d\d)(0[1-9]|1[0-2])(\d\d)([-+–]| ?)(\d{4})(?![\w-])"
)
_PHONE = re.compile(
    r"(?<![\w.:-])(?:(?:\+|00)\d{1,3}[ \u00a0-]?(?:\(0\) ?)?|\(?0)\d{1,3}\)?"
    r"(?:[ \u00a0–-]{0,3}\d{2,3}){2,4}(?!\w)"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = range(7, 16)
"""How many a telephone number has."""


@dataclass(frozen=True)
class Mask:
    """What a copy must not hold."""

    words: tuple[str, ...] = ()
    """Names and the like, from `folded`."""
    ours: frozenset[str] = frozenset()
    """The municipality's own numbers and addresses, from `own`: they stay."""
    gone: frozenset[int] = frozenset()
    """Messages whose texts are shown to nobody."""
    unsaid: frozenset[tuple[str, str, int]] = frozenset()
    """(noun, fact, number) of what never reached the public: a version that was returned, an answer
    that nobody approved. It is nobody's to read outside the house."""

    def holds(self, text: str) -> bool:
        """Does the text hold personal data, as far as can be told?"""
        return self.names(text) or self.has_number(text)

    def names(self, text: str) -> bool:
        said = _folded(text)
        return any(word in said for word in self.words)

    def has_number(self, text: str) -> bool:
        """Is there anybody's number or address in the text?"""
        return any(_plain(found) not in self.ours for found in _formed(text))


def folded(words: Iterable[str | None]) -> tuple[str, ...]:
    """The words as `Mask` looks for them: folded, each once, without the too short."""
    found = {_folded(word) for word in words if word}
    return tuple(sorted(word for word in found if len(word) >= SHORTEST))


def _folded(text: str) -> str:
    """One spelling of what reads alike: a name may be broken over two lines, have a space that
    doesn't break, or come from a Mac, which spells å as a and a ring."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def own(values: Iterable[str]) -> frozenset[str]:
    """Numbers and addresses that aren't anybody's own."""
    return frozenset(map(_plain, values))


def _plain(found: str) -> str:
    """An address folded; a number as its digits, Swedish ones without the country's."""
    if "@" in found:
        return found.casefold()
    digits = re.sub(r"\D", "", found.replace("(0)", ""))
    return re.sub(r"^(?:00)?46", "0", digits) if found.strip()[0] in "+0" else digits


def _formed(text: str) -> Iterator[str]:
    """What has the form of a personal identity number, a telephone number or an address."""
    for number in _IDENTITY.finditer(text):
        year, month, day, between, last = number.groups()
        # Coordination numbers have 60 more. Bare digits may be any number: they must check.
        if 1 <= int(day) % 60 <= 31 and (between.strip() or _checks(year + month + day + last)):
            yield number[0]
    for phone in _PHONE.finditer(text):
        if len(re.sub(r"\D", "", phone[0])) in _DIGITS:
            yield phone[0]
    if "@" in text:
        yield from _EMAIL.findall(text)


def _checks(digits: str) -> bool:
    """The check digit of a personal identity number, by Luhn."""
    doubled = (int(one) * (2 - place % 2) for place, one in enumerate(digits))
    return sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0


def _strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a fact, with the name that it stands under."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, name)


def _is_withheld(canonical: str, mask: Mask) -> bool:
    body = json.loads(canonical) if canonical.startswith("{") else {}
    facts = body.get("facts", {})
    noun = body.get("tag", "").partition(":")[0]
    unsaid = any((noun, name, facts.get(name)) in mask.unsaid for name in ("version", "answer"))
    if (unsaid or facts.get("message") in mask.gone) and not TEXTS.isdisjoint(facts):
        return True
    said = list(_strings(facts))
    # Also as they were written: the body spells quotation marks and line ends with a backslash.
    names = mask.names(canonical) or mask.names("\n".join(text for _name, text in said))
    if body.get("tag") in WHOLE or names:
        return True
    if any(name in FREE and not _CODE.fullmatch(text) for name, text in said):
        return True
    return mask.has_number("\n".join(text for _name, text in said))


def masked_line(line: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """A line of an export (`console.timeline.export`) without personal data: a body that holds
    some is withheld whole."""
    if "withheld" in line:
        return line
    if _is_withheld(line["body"], mask):
        kept = {name: line[name] for name in ("n", "entry_hash", "body_digest")}
        return kept | {"withheld": REASON}
    personal = [
        {"field": one["field"], "withheld": one.get("withheld", REASON)} for one in line["personal"]
    ]
    return line | {"personal": personal}
