"""Choosing one person among many: from a list while they fit in one, else by what is typed.

A list of thousands is half a megabyte that nobody finds anything in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from console import listing
from console.errors import BadInput
from console.people.models import Person

MOST = 200
"""People in a list."""
NAMED = 5
"""People that a sentence names."""


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name}, {self.email}"


@dataclass(frozen=True, slots=True)
class Offer:
    """Whom one may choose among."""

    people: tuple[Choice, ...]
    """By name. Where there are too many: those who are chosen now."""
    many: bool
    """More than a list has room for: one is typed."""

    def but(self, person_id: int) -> Offer:
        return replace(self, people=tuple(one for one in self.people if one.id != person_id))


def everybody() -> Select[Any]:
    """All who have a login."""
    return select(Person).where(Person.active)


def offer(session: Session, query: Select[Any], now: Collection[int] = ()) -> Offer:
    """
    Args:
        query: of people, in no order.
        now: ids of those who are chosen, whether the query finds them or not.
    """
    rows = query.order_by(Person.name_key, Person.id).limit(MOST + 1)
    found = _choices(session, rows)
    many = len(found) > MOST
    there = {one.id for one in found} if not many else set[int]()
    missing = set(now) - there
    others = _choices(session, select(Person).where(Person.id.in_(missing))) if missing else []
    return Offer((*others, *(() if many else found)), many)


def chosen(session: Session, raw: str, field: str) -> int | None:
    """Whom a form names: by number from a list, or as typed by name or e-mail; None: nobody.

    Whether they may be chosen is the operation's question.

    Raises:
        BadInput: nobody is called that, or several are.
    """
    raw = " ".join(raw.split())
    if not raw:
        return None
    if raw.isascii() and raw.isdigit():
        return int(raw[:18])
    email = raw.rpartition(",")[2].strip()
    if "@" in email:
        found = _active(session, func.lower(Person.email) == email.lower())
    else:
        found = _active(session, Person.name_key == listing.fold(raw))
    if len(found) == 1:
        return found[0].id
    if found:
        names = "; ".join(map(str, found))
        raise BadInput(_("Flera heter så: %(people)s. Skriv e-postadressen.", people=names), field)
    words = listing.fold(raw).split()
    near = _active(session, *(Person.searched.contains(w, autoescape=True) for w in words))
    if near:
        names = "; ".join(map(str, near))
        raise BadInput(_("Ingen heter precis så. Menar du %(people)s?", people=names), field)
    raise BadInput(_("Ingen heter så. Skriv hela namnet eller e-postadressen."), field)


def _active(session: Session, *tests: ColumnElement[bool]) -> list[Choice]:
    query = everybody().where(*tests).order_by(Person.name_key, Person.id).limit(NAMED)
    return _choices(session, query)


def _choices(session: Session, query: Select[Any]) -> list[Choice]:
    columns = query.with_only_columns(Person.id, Person.name, Person.email)
    return [Choice(*row) for row in session.execute(columns)]
