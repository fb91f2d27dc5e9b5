"""Which items are on a page of the inbox, also when there are very many of them.

No page is reached by counting past those before it: each begins where another ended. For whoever
sees some accounts only, what they see is taken account by account, newest first, so that others'
items are never read through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    any_,
    asc,
    bindparam,
    cast,
    desc,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from console.accounts import coverage
from console.listing import PAGE_ROWS, among
from console.monitoring import check_queries, item_queries, search_queries
from console.monitoring.feed_models import FeedItem
from console.monitoring.item_rules import OPEN
from console.people.models import Person
from console.people.rules import Permission, may

COUNTED = 1000
"""Beyond so many, how many they are is no matter."""
LOOKED_THROUGH = 10_000
"""Items looked through for words that very many have, before the index of words is asked."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Key = tuple[datetime, int]
"""Where an item stands: (sort_at, id)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """What the inbox is narrowed to; "" and 0 let everything through."""

    show: str = "open"
    """open | all | watched | alerts"""
    words: str = ""
    account: int = 0
    source: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page of the inbox."""

    rows: Sequence[FeedItem]
    """Newest first."""
    total: int
    """Items on all pages, as far as they were counted."""
    more: bool
    """There are more than `total`."""
    newer: str
    """Where the page of newer ones ends; "": there is none."""
    older: str
    """Where the page of older ones begins; "": there is none."""


NOTHING = Stretch([], 0, False, "", "")


def page_of(
    session: Session,
    person: Person,
    sieve: Sieve,
    now: datetime,
    *,
    after: str = "",
    before: str = "",
) -> Stretch:
    """One page of what the person may see, newest first.

    Args:
        after, before: a place that another page gave as `older` or `newer`; anything else, and
            none: the newest.

    Raises:
        BadInput: field `words`; there is nothing to search for in them.
    """
    # Each plan fits what is asked for: one that was made for all cost up to three times as much.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    seen = _seen(session, person, sieve, now)
    found = _Listed(session, seen) if seen.has is None else _Sought(session, seen, seen.has)
    start, end = _place(after), _place(before)
    if end is not None:
        keys = found.keys(end, backwards=True)
        if len(keys) <= PAGE_ROWS:  # hardly a page is newer: the newest, whole
            start = end = None
    if end is None:
        keys = found.keys(start)
    beyond, keys = len(keys) > PAGE_ROWS, keys[:PAGE_ROWS]
    if end is not None:
        keys.reverse()
    newer = bool(keys) and (start is not None or end is not None)
    older = bool(keys) and (beyond or end is not None)
    total, more = found.counted()
    return Stretch(
        _read(session, keys),
        total,
        more,
        name_of(keys[0]) if newer else "",
        name_of(keys[-1]) if older else "",
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a page chooses from: no item is in two of the branches."""

    all_of: list[ColumnElement[bool]]
    branches: list[ColumnElement[bool]]
    each: Subquery | None = None
    """Accounts, whose items are a branch each."""
    own: ColumnElement[bool] | None = None
    """The same items in one condition: for whoever needs no order among them."""
    has: ColumnElement[bool] | None = None
    """It has the words that are sought, if any are."""
    visible: ColumnElement[bool] | None = None
    """All branches in one; None: everything."""


def _seen(session: Session, person: Person, sieve: Sieve, now: datetime) -> _Seen:
    all_of: list[ColumnElement[bool]] = []
    match sieve.show:
        case "open":
            # Written out, so that the database knows its index of them again.
            all_of.append(FeedItem.state.in_([literal_column(f"'{one}'") for one in OPEN]))
        case "watched":
            all_of.append(FeedItem.watched != literal_column("'[]'::jsonb"))
        case "alerts":
            all_of.append(and_(FeedItem.alert))
    if sieve.account:
        all_of.append(FeedItem.account_id == sieve.account)
    if sieve.source:
        all_of.append(FeedItem.source_id == sieve.source)
    has = None
    if sought := sieve.words.strip():
        words = cast(_written(search_queries.tsquery(session, sought)), TSQUERY)
        has = FeedItem.terms.op("@@", is_comparison=True)(words)
    if item_queries.sees_all(person):
        return _Seen(all_of, [true()], has=has)
    visible = item_queries.visible(person, now)
    if sieve.account or sieve.source:
        return _Seen(all_of, [visible], has=has, visible=visible)
    mine = check_queries.ids_of(person.id, coverage.today(now)).subquery()
    own = FeedItem.account_id.in_(select(mine.c[0]))
    public = FeedItem.account_id.is_(None) & FeedItem.source_id.is_not(None)
    written = FeedItem.account_id.is_(None) & FeedItem.source_id.is_(None)
    written &= FeedItem.by_id == person.id
    sent = FeedItem.forwarded_to_id == person.id
    if not may(person.roles, Permission.VIEW_INBOX):
        return _Seen(all_of, [sent], has=has, visible=visible)
    sent &= or_(own, public, written).is_not(true())
    each = select(mine.c[0].label("id")).distinct().subquery()
    # Written out, so that the database can look them up beside the words.
    ids = ",".join(map(str, session.scalars(select(mine.c[0]))))
    listed = FeedItem.account_id == any_(cast(_written(f"{{{ids}}}"), ARRAY(BigInteger)))
    return _Seen(all_of, [public, written, sent], each, listed, has, visible)


def _written(value: str) -> ColumnElement[str]:
    """A value that stands in the statement itself: how the database goes about it depends on it."""
    return bindparam(None, value, literal_execute=True)


class _Listed:
    """Items that nothing is sought in."""

    def __init__(self, session: Session, seen: _Seen) -> None:
        self._session, self._seen = session, seen
        self._newest: list[Key] | None = None

    def keys(self, place: Key | None, *, backwards: bool = False) -> list[Key]:
        """A page from there on, and one more."""
        if place is None:
            return self._counted()[: PAGE_ROWS + 1]
        query = _chosen(self._seen, place, PAGE_ROWS + 1, backwards=backwards)
        return _keys(self._session, query)

    def counted(self) -> tuple[int, bool]:
        """How many there are, as far as that is counted, and whether there are more."""
        number = len(self._counted())
        return min(number, COUNTED), number > COUNTED

    def _counted(self) -> list[Key]:
        """The newest, one more than is counted: no dearer than their number."""
        if self._newest is None:
            self._newest = _keys(self._session, _chosen(self._seen, None, COUNTED + 1))
        return self._newest


class _Sought:
    """Items that have some words.

    How common words are among the newest is nothing that the database could know. So the newest are
    looked through, but so many only; and if the page isn't full then, all that has the words is
    gathered by their index.
    """

    def __init__(self, session: Session, seen: _Seen, has: ColumnElement[bool]) -> None:
        self._session, self._seen, self._has = session, seen, has
        self._newest, whole = self._walked(None, COUNTED + 1)
        self._all = self._newest if whole else None
        self._known = min(len(self._newest), COUNTED)

    def keys(self, place: Key | None, *, backwards: bool = False) -> list[Key]:
        """A page from there on, and one more."""
        if self._all is None:
            keys = self._newest[: PAGE_ROWS + 1]
            if place is not None:
                keys, _whole = self._walked(place, PAGE_ROWS + 1, backwards)
            if len(keys) > PAGE_ROWS:
                self._known = max(self._known, PAGE_ROWS)  # far in, it may be more than the newest
                return keys
            if len(self._newest) <= COUNTED:
                self._all = self._few()
        if self._all is None:
            self._known = COUNTED
            return self._gathered(place, backwards)
        return _part(self._all, place, backwards)

    def counted(self) -> tuple[int, bool]:
        """How many are known, and whether there are more: to count them all took longer than to
        find a page of them."""
        return (self._known, True) if self._all is None else (len(self._all), False)

    def _walked(
        self, place: Key | None, most: int, backwards: bool = False
    ) -> tuple[list[Key], bool]:
        """Up to `most` that have the words, and whether that is all from there on."""
        turned, visible = (asc if backwards else desc), self._seen.visible
        # In this order: whose it is costs less to tell than what words it has.
        hit = self._has if visible is None else and_(visible, self._has)
        order = [turned(FeedItem.sort_at), turned(FeedItem.id)]
        nth = func.row_number().over(order_by=order)
        near = (
            Select[Any](FeedItem.sort_at, FeedItem.id, hit.label("hit"), nth.label("nth"))
            .where(*self._seen.all_of, *_beyond(place, backwards))
            .order_by(*order)
            .limit(LOOKED_THROUGH)
            .subquery()
        )
        walk = select(near).where(or_(near.c.hit, near.c.nth == LOOKED_THROUGH))
        rows = self._session.execute(walk.limit(most)).all()  # in the order of what is within
        whole = len(rows) < most and all(row.nth < LOOKED_THROUGH for row in rows)
        return [(row[0], row[1]) for row in rows if row.hit], whole

    def _few(self) -> list[Key] | None:
        """All that has the words, newest first; None: more than COUNTED has.

        Whoever's they are: few words are in so many items, and their index says at once which those
        are. Only of words in more is it asked what of it is theirs; since nothing is in order here,
        their accounts are one branch, looked up in an index beside the words.
        """
        most, seen = COUNTED + 1, self._seen
        theirs = true() if seen.visible is None else seen.visible
        query = Select[Any](FeedItem.sort_at, FeedItem.id, theirs.label("theirs"))
        rows = self._session.execute(query.where(*seen.all_of, self._has).limit(most)).all()
        keys: list[Key] = [(row[0], row[1]) for row in rows if row.theirs]
        if len(rows) > COUNTED and seen.visible is not None:
            if seen.own is not None:
                seen = replace(seen, branches=[*seen.branches, seen.own], each=None)
            found = _all(seen, [*seen.all_of, self._has], lambda query: query.limit(most))
            keys = _keys(self._session, found.limit(most))
        return None if len(keys) > COUNTED else sorted(keys, reverse=True)

    def _gathered(self, place: Key | None, backwards: bool) -> list[Key]:
        turned = asc if backwards else desc
        where = [*self._seen.all_of, self._has, *_beyond(place, backwards)]
        gathered = _all(self._seen, where, lambda query: query).cte("gathered")
        gathered = gathered.prefix_with("MATERIALIZED")
        order = [turned(gathered.c.sort_at), turned(gathered.c.id)]
        return _keys(self._session, select(gathered).order_by(*order).limit(PAGE_ROWS + 1))


def _part(few: list[Key], place: Key | None, backwards: bool) -> list[Key]:
    if backwards:
        return [key for key in reversed(few) if place is None or key > place][: PAGE_ROWS + 1]
    return [key for key in few if place is None or key < place][: PAGE_ROWS + 1]


def _beyond(place: Key | None, backwards: bool) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    here, there = tuple_(FeedItem.sort_at, FeedItem.id), tuple_(*map(literal, place))
    return [here > there if backwards else here < there]


def _chosen(seen: _Seen, place: Key | None, most: int, *, backwards: bool = False) -> Select[Any]:
    """Up to `most` keys from a place on, in order."""
    turned = asc if backwards else desc
    order = [turned(FeedItem.sort_at), turned(FeedItem.id)]
    where = [*seen.all_of, *_beyond(place, backwards)]
    found = _all(seen, where, lambda query: query.order_by(*order).limit(most))
    return found.order_by(*map(turned, found.selected_columns)).limit(most)


def _all(
    seen: _Seen,
    where: Sequence[ColumnElement[bool]],
    narrow: Callable[[Select[Any]], Select[Any]],
) -> Select[Any]:
    """(sort_at, id) of every branch, each narrowed by itself."""
    columns = Select[Any](FeedItem.sort_at, FeedItem.id)
    parts = [narrow(columns.where(*where, branch)).subquery() for branch in seen.branches]
    found = [select(part) for part in parts]
    if seen.each is not None:
        account = narrow(columns.where(*where, FeedItem.account_id == seen.each.c.id)).lateral()
        found.append(select(account).select_from(seen.each.join(account, true())))
    return select(union_all(*found).subquery())


def _keys(session: Session, query: Select[Any]) -> list[Key]:
    return [(row[0], row[1]) for row in session.execute(query)]


def _read(session: Session, keys: Sequence[Key]) -> list[FeedItem]:
    rows = session.scalars(select(FeedItem).where(among(FeedItem.id, {key[1] for key in keys})))
    return sorted(rows, key=lambda item: (item.sort_at, item.id), reverse=True)


def name_of(place: Key) -> str:
    """A place as an address has it."""
    return f"{(place[0] - _EPOCH) // _MICROSECOND}-{place[1]}"


def _place(name: str) -> Key | None:
    found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,18})", name, re.ASCII)
    return found and (_EPOCH + int(found[1]) * _MICROSECOND, int(found[2]))
