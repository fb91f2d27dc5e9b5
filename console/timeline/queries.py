"""Reading the timeline for the console's own pages."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import Select, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import Session

from console.timeline import rules
from console.timeline.models import Body, Entry, Head, Personal

Columns = TypeVarTuple("Columns")


class HeadAt(NamedTuple):
    """Where the chain ends: how many entries, and the last one's hash (32 bytes)."""

    n: int
    entry_hash: bytes


@dataclass(frozen=True)
class LoggedEntry:
    """An entry as the log shows it."""

    n: int
    at: datetime
    tag: str
    incident_id: int | None
    person_id: int | None
    facts: dict[str, Any]
    """Empty when the body is withheld."""
    personal: dict[str, str | None]
    """field → text; None when masked."""
    withheld: str | None
    """Why the body isn't shown, if it isn't."""


def head(session: Session) -> HeadAt:
    """The chain's end as committed; (0, 32 zero bytes) before the first entry."""
    row = session.execute(select(Head.n, Head.entry_hash)).one_or_none()
    return HeadAt(0, rules.START) if row is None else HeadAt(row.n, row.entry_hash)


@dataclass(frozen=True)
class Sieve:
    """What narrows a list of entries; what isn't given lets all through."""

    nouns: Collection[str] = ()
    """First words of tags."""
    person_id: int | None = None
    account_id: int | None = None
    """Entries whose facts name the account, by itself or among others."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""


EVERYTHING = Sieve()
ABOUT_ACCOUNT = "$.facts.**.account ? (@ == $id)"
AMONG_ACCOUNTS = "$.facts.accounts[*] ? (@ == $id)"


def entries_of(
    session: Session,
    incident_id: int | None,
    limit: int = 100,
    before: int | None = None,
    without: Collection[str] = (),
    sieve: Sieve = EVERYTHING,
) -> list[LoggedEntry]:
    """The newest entries of an event (None: those outside events), newest first.

    Args:
        limit: at most so many.
        before: only entries with a lower number, for turning the page.
        without: tags to leave out.
        sieve: only entries that it lets through.
    """
    query = (
        select(Entry, Body)
        .join(Body, Body.n == Entry.n)
        .where(Entry.incident_id.is_not_distinct_from(incident_id))
        .order_by(Entry.n.desc())
        .limit(limit)
    )
    if before is not None:
        # An address may ask for more than a number that the database can hold.
        query = query.where(Entry.n < max(0, min(before, rules.LARGEST_INTEGER)))
    if without:
        query = query.where(Entry.tag.not_in(without))
    query = narrowed(query, sieve)
    return _logged(session, query)


def entry_of(session: Session, incident_id: int, n: int) -> LoggedEntry | None:
    """An event's entry by its number; None: it has none of that number."""
    found = entries_of(session, incident_id, limit=1, before=n + 1)
    return found[0] if found and found[0].n == n else None


def entries_about(
    session: Session, noun: str, fact: str, value: int, limit: int = 100
) -> list[LoggedEntry]:
    """The newest entries whose tag begins with `noun` and whose facts name something, newest first.

    Args:
        noun: written into the statement, so that an index of that noun's entries is found.
        fact, value: e.g. "moderation", 12.
    """
    rules.check_tag(f"{noun}:seen")
    of_noun = Entry.tag.like(literal_column(f"'{noun}:%'"))
    named = cast(Body.canonical, JSONB)["facts"][fact].as_integer() == value
    query = (
        select(Entry, Body)
        .join(Body, Body.n == Entry.n)
        .where(of_noun, named)
        .order_by(Entry.n.desc())
        .limit(limit)
    )
    return _logged(session, query)


def _logged(session: Session, query: Select[Entry, Body]) -> list[LoggedEntry]:
    """Entries and bodies that a query finds, with their personal texts."""
    rows = session.execute(query).all()
    personal: dict[int, dict[str, str | None]] = {}
    for row in session.scalars(select(Personal).where(Personal.n.in_([e.n for e, _ in rows]))):
        personal.setdefault(row.n, {})[row.field] = row.content
    return [
        LoggedEntry(
            n=entry.n,
            at=entry.at,
            tag=entry.tag,
            incident_id=entry.incident_id,
            person_id=entry.person_id,
            facts={} if body.canonical is None else json.loads(body.canonical)["facts"],
            personal=personal.get(entry.n, {}) if body.canonical is not None else {},
            withheld=None if body.canonical is not None else (body.masked_reason or "masked"),
        )
        for entry, body in rows
    ]


def narrowed(query: Select[*Columns], sieve: Sieve) -> Select[*Columns]:
    """A query of `Entry` and its `Body`, of what the sieve lets through."""
    if sieve.nouns:
        query = query.where(func.split_part(Entry.tag, ":", 1).in_(sieve.nouns))
    if sieve.person_id is not None:
        query = query.where(Entry.person_id == sieve.person_id)
    if sieve.since is not None:
        query = query.where(Entry.at >= sieve.since)
    if sieve.until is not None:
        query = query.where(Entry.at < sieve.until)
    if sieve.account_id is not None:
        body, sought = cast(Body.canonical, JSONB), func.jsonb_build_object("id", sieve.account_id)
        query = query.where(
            or_(
                *(
                    func.jsonb_path_exists(body, cast(path, JSONPATH), sought)
                    for path in (ABOUT_ACCOUNT, AMONG_ACCOUNTS)
                )
            )
        )
    return query


def former_keys(session: Session) -> list[str]:
    """Fingerprints of the keys that signed before this one, as the timeline says, newest first."""
    query = (
        select(cast(Body.canonical, JSONB)["facts"]["before"].astext)
        .join(Entry, Entry.n == Body.n)
        .where(Entry.tag == "timeline:key_replaced", Body.canonical.is_not(None))
        .order_by(Entry.n.desc())
    )
    return [one for one in session.scalars(query) if one]


def people_of(session: Session, incident_id: int) -> list[int]:
    """Ids of everybody who has done something that stands in an event's entries."""
    query = select(Entry.person_id).where(
        Entry.incident_id == incident_id, Entry.person_id.is_not(None)
    )
    return sorted(one for one in session.scalars(query.distinct()) if one is not None)


def tags_count(session: Session, incident_id: int | None = None) -> dict[str, int]:
    """Tag → number of entries, of one event or (None) of the whole timeline, by tag."""
    query = select(Entry.tag, func.count()).group_by(Entry.tag).order_by(Entry.tag)
    if incident_id is not None:
        query = query.where(Entry.incident_id == incident_id)
    return {row.tag: row[1] for row in session.execute(query)}
