"""Everything that has been sent, found by its words, account, event, day and record number (4.5-b).

The record numbers are the order: a message gets the next one as it first goes out. A page begins
where another ended, so that none is reached by counting past those before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on
from sqlalchemy.orm import Session

from console.accounts.models import Account
from console.accounts.rules import platform_name
from console.incidents.models import Incident
from console.listing import PAGE_ROWS
from console.messages.models import Delivery, FaultMark, Message, Removal
from console.messages.sent_models import SentText
from console.monitoring import search_queries

POSTS = "posts"
"""Instead of an event: what was sent outside events."""
MOST_EVENTS = 500
"""Events offered to choose from, the newest."""
Key = tuple[int, int]
"""(year, number) of a record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """What the search is narrowed to; "", 0 and None let everything through."""

    words: str = ""
    account: int = 0
    event: str = ""
    """A slug, or POSTS."""
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""
    record: str = ""
    """2026:412, or 412 of any year."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One message."""

    message: Message
    text: str
    """A text that matches, the longest in Swedish if there is one; "": removed."""
    language: str
    first_at: datetime | None
    """When it was first put in the outbox."""
    accounts: Sequence[str]
    corrected: bool
    """Somebody has marked a fault in it that was not taken back."""
    removed: bool


@dataclass(frozen=True, slots=True)
class Found:
    rows: Sequence[Hit]
    newer: str
    """Where the page of newer ones ends; "": there is none."""
    older: str
    """Where the page of older ones begins; "": there is none."""


NOTHING = Found([], "", "")


def page_of(session: Session, sieve: Sieve, *, after: str = "", before: str = "") -> Found:
    """One page, the newest first.

    Args:
        after, before: a place that another page gave as `older` or `newer`; anything else, and
            none: the newest.

    Raises:
        BadInput: field `words`; there is nothing to search for in them.
    """
    words = _words(session, sieve.words)
    where = _where(sieve, words)
    here = tuple_(Message.record_year, Message.record_number)
    start, end = key_of(after), key_of(before)
    query = select(Message).where(*where)
    if end is not None:
        rows = session.scalars(
            query.where(here > tuple_(*end))
            .order_by(Message.record_year, Message.record_number)
            .limit(PAGE_ROWS + 1)
        ).all()
        if len(rows) <= PAGE_ROWS:  # hardly a page is newer: the newest, whole
            start = end = None
    if end is None:
        if start is not None:
            query = query.where(here < tuple_(*start))
        rows = session.scalars(
            query.order_by(Message.record_year.desc(), Message.record_number.desc()).limit(
                PAGE_ROWS + 1
            )
        ).all()
    beyond, shown = len(rows) > PAGE_ROWS, list(rows[:PAGE_ROWS])
    if end is not None:
        shown.reverse()
    newer = bool(shown) and (start is not None or end is not None)
    older = bool(shown) and (beyond or end is not None)
    return Found(
        _hits(session, shown, words),
        shown[0].record or "" if newer else "",
        shown[-1].record or "" if older else "",
    )


def key_of(record: str) -> Key | None:
    """A whole record number, as 2026:412; None: it is none."""
    found = re.fullmatch(r"([0-9]{4}):([0-9]{1,9})", record.strip(), re.ASCII)
    return None if found is None else (int(found[1]), int(found[2]))


def events(session: Session) -> Sequence[Incident]:
    """Events to choose from, the newest first."""
    query = select(Incident).order_by(Incident.opened_at.desc(), Incident.id.desc())
    return session.scalars(query.limit(MOST_EVENTS)).all()


def accounts(session: Session) -> list[tuple[int, str]]:
    """(id, name) of every account there has been, in the register's order."""
    columns = select(Account.id, Account.short_name, Account.platform)
    rows = session.execute(columns.order_by(Account.position, Account.id))
    return [(row.id, f"{row.short_name}, {platform_name(row.platform)}") for row in rows]


def _words(session: Session, sought: str) -> ColumnElement[bool] | None:
    if not sought.strip():
        return None
    asked = cast(search_queries.tsquery(session, sought), TSQUERY)
    return SentText.terms.op("@@", is_comparison=True)(asked)  # type: ignore[attr-defined, no-any-return]


def _where(sieve: Sieve, words: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    where = [Message.record_number.is_not(None)]
    said = [SentText.message_id == Message.id]
    if sieve.since is not None:
        said.append(SentText.at >= sieve.since)
    if sieve.until is not None:
        said.append(SentText.at < sieve.until)
    if words is not None:
        # What is removed is shown to nobody: nor does a search tell whether it holds a word.
        where.append(~_removed())
        said.append(words)
    if len(said) > 1:
        where.append(exists().where(*said))
    if sieve.account:
        where.append(
            exists().where(Delivery.message_id == Message.id, Delivery.account_id == sieve.account)
        )
    if sieve.event == POSTS:
        where.append(Message.incident_id.is_(None))
    elif sieve.event:
        chosen = select(Incident.id).where(Incident.slug == sieve.event).scalar_subquery()
        where.append(Message.incident_id == chosen)
    if sieve.record.strip():
        where.append(_numbered(sieve.record.strip()))
    return where


def _removed() -> ColumnElement[bool]:
    return exists().where(Removal.message_id == Message.id, Removal.state == "agreed")


def _numbered(record: str) -> ColumnElement[bool]:
    whole = key_of(record)
    if whole is not None:
        return and_(Message.record_year == whole[0], Message.record_number == whole[1])
    if re.fullmatch(r"[0-9]{1,9}", record, re.ASCII):
        return Message.record_number == int(record)
    return or_(False)


def _hits(
    session: Session, messages: Sequence[Message], words: ColumnElement[bool] | None
) -> list[Hit]:
    """In so many queries, however many messages."""
    ids = [one.id for one in messages]
    texts: dict[int, tuple[str, str]] = {}
    where = [SentText.message_id.in_(ids)] + ([] if words is None else [words])
    query = (
        select(SentText.message_id, SentText.language, SentText.content)
        .where(*where)
        .order_by(
            SentText.message_id, SentText.language != "sv",
            func.length(SentText.content).desc(), SentText.id,
        )
        .ext(distinct_on(SentText.message_id))
    )  # fmt: skip
    for row in session.execute(query):
        texts[row.message_id] = (row.content, row.language)
    first: Mapping[int, datetime] = {
        row[0]: row[1]
        for row in session.execute(
            select(SentText.message_id, func.min(SentText.at))
            .where(SentText.message_id.in_(ids))
            .group_by(SentText.message_id)
        )
    }
    names: dict[int, list[str]] = {}
    reached = (
        select(Delivery.message_id, Account.short_name, Account.platform)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.message_id.in_(ids))
        .group_by(Delivery.message_id, Account.id)
        .order_by(Delivery.message_id, Account.position, Account.id)
    )
    for message_id, name, platform in session.execute(reached):
        names.setdefault(message_id, []).append(f"{name} {platform_name(platform)}")
    gone = set(
        session.scalars(
            select(Removal.message_id).where(Removal.message_id.in_(ids), Removal.state == "agreed")
        )
    )
    faulty = set(
        session.scalars(
            select(FaultMark.message_id).where(
                FaultMark.message_id.in_(ids), FaultMark.withdrawn_at.is_(None)
            )
        )
    )
    found = []
    for one in messages:
        text, language = texts.get(one.id, ("", "sv"))
        found.append(
            Hit(
                message=one,
                text="" if one.id in gone else text,
                language=language,
                first_at=first.get(one.id),
                accounts=names.get(one.id, ()),
                corrected=one.id in faulty,
                removed=one.id in gone,
            )
        )
    return found
