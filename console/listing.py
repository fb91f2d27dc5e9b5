"""Long lists: one page of rows, in Swedish order, found whatever the case.

The database has no Swedish collation everywhere (design: no ICU), so that text is folded the same
way here and in SQL, and then compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Computed,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session, mapped_column

T = TypeVar("T")
PAGE_ROWS = 50
LAST_PAGE = 100_000
"""Whatever an address asks for beyond it is somebody's joke."""
_FROM = "ÅÄÖåäöÆæØøÉéÈèËëÜüÁáÀàÑñ"
_TO = "{|}{|}||}}eeeeeeyyaaaann"
"""Å, ä and ö come after z, in this order, as the three signs after z do in ASCII."""
_TABLE = str.maketrans(_FROM, _TO)
FOLDED = "ÅÄÖÆæØøÉéÈèÊêËëÁáÀàÂâÜüÚúÓóÔôÍíÎîÏïÇçÑñŠšŽž"
PLAIN = "åäöääööeeeeeeeeaaaaaauuuuooooiiiiiiccnnsszz"
"""How letters are compared in a search for words: å, ä and ö are letters, other signs above are
not. Capitals of ours too, for databases that know none beyond ASCII."""
APART = "/.-_@+<>"
"""Signs that stand between words, also where PostgreSQL would take the whole for an address."""


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One page of a list."""

    rows: list[T]
    total: int
    """Rows on all pages."""
    page: int
    """From 1; the last one there is, if a later one was asked for."""
    pages: int


def fold(text: str) -> str:
    """`text` as it is compared: for order and for finding."""
    return " ".join(text.translate(_TABLE).split()).lower()


def stored(*columns: str) -> Any:
    """A column that the database keeps folded, of others in its row that are never null.

    Folding thousands of names at every search took most of its time.
    """
    whole = " || ' ' || ".join(columns)
    return mapped_column(
        Text(collation="C"),
        Computed(f"lower(translate({whole}, '{_FROM}', '{_TO}'))", persisted=True),
        deferred=True,
    )


def terms(*columns: str) -> Any:
    """A column of the words in others of its row that are never null, without most endings, as the
    database keeps them (`console.monitoring.search_queries` asks for them)."""
    whole = " || ' ' || ".join(columns)
    folded = f"translate(normalize({whole}, NFC), '{FOLDED}{APART}', '{PLAIN}{' ' * len(APART)}')"
    return mapped_column(
        TSVECTOR, Computed(f"to_tsvector('swedish', {folded})", persisted=True), deferred=True
    )


def number(text: str | None) -> int:
    """A page's number as an address gives it; 1 if it gives none."""
    if not text or not text.isascii() or not text.isdigit():
        return 1
    return max(1, min(int(text[:7]), LAST_PAGE))


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Is the column's number one of these? One value for the database however many there are."""
    # Written out by us: the driver looks at each number for what would need quotes.
    numbers = literal("{" + ",".join(map(str, sorted(ids))) + "}", Text)
    found = select(func.unnest(cast(numbers, ARRAY(BigInteger))))
    return column.in_(found.scalar_subquery())  # type: ignore[no-any-return]


def slice_of(rows: Sequence[T], page: int, most: int = PAGE_ROWS) -> Part[T]:
    """One page of rows that have been read already."""
    pages = max(1, -(-len(rows) // most))
    page = min(page, pages)
    return Part(list(rows[(page - 1) * most : page * most]), len(rows), page, pages)


def part(
    session: Session,
    query: Select[T],
    page: int,
    rows: int = PAGE_ROWS,
    total: int | None = None,
) -> Part[T]:
    """One page of what a query finds, in two queries whatever there is.

    Args:
        query: ordered so that no two rows could change places.
        page: from 1.
        rows: on a page.
        total: how many the query finds, where that is known; it isn't counted then.
    """
    if total is None:
        count = select(func.count()).select_from(query.order_by(None).subquery())
        total = session.scalars(count).one()
    pages = max(1, -(-total // rows))
    page = min(page, pages)
    found = session.scalars(query.limit(rows).offset((page - 1) * rows)).all()
    return Part(list(found), total, page, pages)


def row_number(text: str | None) -> int:
    """A row's number as an address or a form gives it; 0, which no row has, if it gives none that
    could be one. (Python itself refuses to read a number of thousands of digits.)"""
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
