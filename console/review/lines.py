"""An export's lines as people read them. Everything that stands beside the chain in an export is
made from `timeline.jsonl`, so that it can show nothing that isn't there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.people.labels import role_labels
from console.people.models import Person
from console.people.rules import Role
from console.timeline import lines, masking
from console.timeline.queries import LoggedEntry

AT_A_TIME = 500


class Told(Protocol):
    """A sentence of the log."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def happened_at(self) -> datetime | None: ...


Tell = Callable[[Sequence[LoggedEntry], Mapping[int, str], Mapping[int, str]], Sequence[Told]]
"""Entries, accounts' names and people's names by id → a sentence for each. The words stand above
this noun, and are handed down."""


@dataclass(frozen=True)
class Names:
    accounts: Mapping[int, str]
    people: Mapping[int, str]
    """Of a masked copy: their roles."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the event."""

    n: int
    at: datetime | None
    """None: what it says is withheld."""
    tag: str
    kind: str
    text: str
    account: str
    who: str


def names(session: Session, *, masked: bool) -> Names:
    accounts = select(Account.id, Account.short_name, Account.platform)
    found = {r.id: f"{r.short_name} {platform_name(r.platform)}" for r in session.execute(accounts)}
    people = session.scalars(select(Person).order_by(Person.id)).all()
    if not masked:
        return Names(found, {one.id: one.name for one in people})
    labels = role_labels(session)
    return Names(
        found,
        {one.id: ", ".join(labels[r] for r in Role if r in one.roles) for one in people},
    )


def rows(folder: Path, tell: Tell, known: Names) -> Iterator[Row]:
    """The event's own entries in an export's folder, in order, a few at a time in memory.

    Entries of other events aren't among them.
    """
    with (folder / lines.JSONL).open(encoding="utf-8", newline="\n") as file:
        own = (entry for line in file if (entry := _entry(json.loads(line))) is not None)
        while some := list(islice(own, AT_A_TIME)):
            sentences = _sentences(some, tell, known)
            for entry, told in zip(some, sentences, strict=True):
                shown = entry.withheld is None
                left_out = entry.withheld == masking.REASON
                yield Row(
                    n=entry.n,
                    at=entry.at if shown else None,
                    tag=entry.tag,
                    kind=told.kind,
                    text=_("Utelämnad ur den maskerade kopian.") if left_out else told.text,
                    account=known.accounts.get(_account(entry.facts), ""),
                    who=known.people.get(entry.person_id or 0, "") if shown else "",
                )


def _sentences(some: Sequence[LoggedEntry], tell: Tell, known: Names) -> list[Told]:
    """The sentences; a tag stands for what there are no words for. A record must not fail on one
    entry that an older or newer version wrote otherwise."""
    try:
        return list(tell(some, known.accounts, known.people))
    except _UNTELLABLE:
        if len(some) == 1:
            return [Line(some[0].tag)]
        return [told for one in some for told in _sentences([one], tell, known)]


@dataclass(frozen=True)
class Line:
    text: str
    kind: str = ""
    happened_at: datetime | None = None


_UNTELLABLE = (KeyError, ValueError, TypeError, AttributeError)
NEVER = datetime.min.replace(tzinfo=UTC)
"""Stands where an entry that is withheld has no moment to show."""


def _entry(line: Mapping[str, Any]) -> LoggedEntry | None:
    if line.get("withheld") == "outside the event":
        return None
    if "withheld" in line:
        return LoggedEntry(line["n"], NEVER, "", None, None, {}, {}, line["withheld"])
    body = json.loads(line["body"])
    return LoggedEntry(
        n=line["n"],
        at=datetime.fromisoformat(body["at"]),
        tag=body["tag"],
        incident_id=body["incident"],
        person_id=body["person"],
        facts=body["facts"],
        personal={one["field"]: one.get("text") for one in line["personal"]},
        withheld=None,
    )


def _account(facts: Mapping[str, Any]) -> int:
    account = facts.get("account")
    if isinstance(account, dict):
        account = account.get("account")
    return account if isinstance(account, int) else 0
