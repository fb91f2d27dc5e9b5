"""What is wrong with a value of a profile: one sentence in the reader's language, or None. Pure.

A check takes a value as it stands in a profile's content (JSON's types). What it says names no
field: who asks knows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from console.policy.values import CHAIN_MOST, CONSULTATION, DECISION, ROLES, SIGNERS

Check = Callable[[Any], str | None]
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What no text on one line may hold."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_CLOCK = re.compile(r"([01][0-9]|2[0-3])\.[0-5][0-9]")
_DAY = re.compile(r"([01][0-9])-([0-3][0-9])")
ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
LABEL = 60
"""Characters of a role's own name."""


def is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def whole(low: int, high: int) -> Check:
    def check(value: Any) -> str | None:
        if is_whole(value, low, high):
            return None
        return str(_("Skriv ett heltal från %(low)s till %(high)s.", low=low, high=high))

    return check


def whole_or_none(low: int, high: int) -> Check:
    def check(value: Any) -> str | None:
        if value is None or is_whole(value, low, high):
            return None
        return str(
            _("Skriv ett heltal från %(low)s till %(high)s, eller inget.", low=low, high=high)
        )

    return check


def text(most: int, *, empty: bool = False) -> Check:
    """One line of at most `most` characters."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or CONTROL.search(value):
            return str(_("Skriv en text på en rad."))
        if not value.strip() and not empty:
            return str(_("Skriv något här."))
        return None if len(value) <= most else str(_("Skriv högst %(n)s tecken.", n=most))

    return check


def address(value: Any) -> str | None:
    """A web address, or nothing."""
    fits = isinstance(value, str) and len(value) <= 500
    if value == "" or (fits and ADDRESS.fullmatch(value) and not CONTROL.search(value)):
        return None
    return str(_("Skriv en webbadress som börjar med https://, eller inget."))


def email(value: Any) -> str | None:
    fits = isinstance(value, str) and len(value) <= 254 and not CONTROL.search(value)
    if fits and EMAIL.fullmatch(value):
        return None
    return str(_("Skriv en e-postadress, till exempel namn@kommunen.se."))


def yes_or_no(value: Any) -> str | None:
    return None if isinstance(value, bool) else str(_("Svara ja eller nej."))


def one_of(choices: Sequence[str]) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, str) and value in choices:
            return None
        return str(_("Välj något av: %(choices)s.", choices=", ".join(choices)))

    return check


def some_of(choices: Sequence[Any], *, empty: bool = False) -> Check:
    """A list of different ones."""

    def check(value: Any) -> str | None:
        listed = isinstance(value, list | tuple) and (value or empty)
        if listed and all(_is_in(one, choices) for one in value) and _differ(value):
            return None
        words = ", ".join(str(one) for one in choices)
        return str(_("Välj något av: %(choices)s.", choices=words))

    return check


def words(value: Any) -> str | None:
    """Words to look for in what others write; none: nothing is marked."""
    listed = isinstance(value, list | tuple) and len(value) <= 40
    if listed and all(isinstance(one, str) and not text(40)(one) for one in value):
        return None if _differ(value) else str(_("Ett ord står två gånger."))
    return str(_("Skriv högst 40 ord, med komma emellan."))


def _is_in(one: Any, choices: Sequence[Any]) -> bool:
    return any(type(one) is type(choice) and one == choice for choice in choices)


def _differ(values: Sequence[Any]) -> bool:
    return len(set(values)) == len(values)


def clock(value: Any) -> str | None:
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return None
    return str(_("Skriv ett klockslag, som 22.00."))


def months(value: Any) -> str | None:
    """Numbers of months in a row within a year: a report opens with the first and is due at the
    end of the last (4.3-a)."""
    chosen = some_of(range(1, 13))(value)
    if chosen is None and list(value) == list(range(value[0], value[0] + len(value))):
        return None
    return str(_("Välj en eller flera månader i följd."))


def days(value: Any) -> str | None:
    """Days of the year, MM-DD (4.4-a); none: snapshots come at changes only."""
    listed = isinstance(value, list | tuple) and len(value) <= 12
    if listed and all(isinstance(one, str) and _is_day(one) for one in value) and _differ(value):
        return None
    return str(_("Skriv högst tolv dagar som månad-dag, till exempel 01-01."))


def _is_day(value: str) -> bool:
    found = _DAY.fullmatch(value)
    try:
        # 2023 has no 29 February: a day must come every year.
        return found is not None and bool(date(2023, int(found[1]), int(found[2])))
    except ValueError:
        return False


def labels(value: Any) -> str | None:
    """Role → what the municipality calls it; roles left out keep the console's name."""
    if not isinstance(value, Mapping) or not all(role in ROLES for role in value):
        return str(_("Skriv namn på roller som finns: %(roles)s.", roles=", ".join(ROLES)))
    check = text(LABEL)
    for role, label in value.items():
        said = check(label)
        if said:
            return f"{role}: {said}"
    return None


def rows(parts: Mapping[str, Check], least: int, most: int, different: str = "key") -> Check:
    """A list of objects with exactly these parts, of which one differs in every row."""

    def check(value: Any) -> str | None:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            return str(_("Ange %(least)s till %(most)s rader.", least=least, most=most))
        seen: set[str] = set()
        for place, row in enumerate(value, 1):
            said = _row_fault(row, parts, different, seen)
            if said:
                return str(_("Rad %(n)s: %(said)s", n=place, said=said))
        return None

    return check


def _row_fault(row: Any, parts: Mapping[str, Check], different: str, seen: set[str]) -> str | None:
    if not isinstance(row, Mapping) or set(row) != set(parts):
        return str(_("Ange %(parts)s.", parts=", ".join(parts)))
    for name, check in parts.items():
        said = check(row[name])
        if said:
            return f"{name}: {said}"
    mark = str(row[different]).casefold()
    if mark in seen:
        return str(_("%(what)s finns redan.", what=row[different]))
    seen.add(mark)
    return None


def key(value: Any) -> str | None:
    if isinstance(value, str) and KEY.fullmatch(value):
        return None
    return str(_("Skriv små bokstäver a–z, siffror och _."))


_STEPS = rows(
    {"role": one_of(SIGNERS), "kind": one_of((DECISION, CONSULTATION))}, 1, CHAIN_MOST, "role"
)


def chain(value: Any) -> str | None:
    """One to four steps, of different roles; somebody must decide."""
    said = _STEPS(value)
    if said is None and not any(step["kind"] == DECISION for step in value):
        return str(_("Minst ett steg måste vara ett beslut."))
    return said
