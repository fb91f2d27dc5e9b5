"""Items that were disposed of, which their feeds may still carry (4.4-b)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import listing
from console.monitoring.feed_models import DisposedItem, FeedItem


def put_down(session: Session, items: Sequence[tuple[int, str, str]]) -> None:
    """Remember items that are about to go, by (source, guid, link), as digests: feeds give items
    new ids, too. A link that several of a source's items have doesn't say which of them it was."""
    links = {link for _source, _guid, link in items if link}
    shared = session.execute(
        select(FeedItem.source_id, FeedItem.link)
        .where(
            listing.among(FeedItem.source_id, {source for source, _guid, _link in items}),
            FeedItem.link == any_(literal(sorted(links), ARRAY(Text))),
        )
        .group_by(FeedItem.source_id, FeedItem.link)
        .having(func.count() > 1)
    )
    several = {(row.source_id, row.link) for row in shared}
    rows = [
        {"source_id": source, "digest": digest}
        for source, guid, link in items
        for digest in _digests(guid, "" if (source, link) in several else link)
    ]
    if rows:
        session.execute(insert(DisposedItem).on_conflict_do_nothing(), rows)


def without(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """New items but those that were disposed of.

    Args:
        rows: with source_id, guid and link.
    """
    if not rows:
        return []
    known = [(row, _digests(row["guid"], row["link"])) for row in rows]
    found = session.execute(
        select(DisposedItem.source_id, DisposedItem.digest).where(
            listing.among(DisposedItem.source_id, {row["source_id"] for row in rows}),
            DisposedItem.digest.in_({digest for _row, several in known for digest in several}),
        )
    )
    gone = {(row.source_id, row.digest) for row in found}
    return [
        row
        for row, several in known
        if not any((row["source_id"], digest) in gone for digest in several)
    ]


def _digests(guid: str, link: str) -> set[str]:
    """SHA-256 in hex of what an item is known by in its feed."""
    return {hashlib.sha256(one.encode()).hexdigest() for one in (guid, link) if one}
