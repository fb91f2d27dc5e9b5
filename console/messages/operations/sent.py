"""Keeping each wording of what goes out, so that it is found again by its words (4.5-b)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console.messages.sent_models import SentText

_GAP = re.compile(" {2,}")


def wording_of(content: str, marker: str) -> str:
    """A post's text without the round's own line, and without the gap that it leaves."""
    if not marker:
        return content.strip()
    return _GAP.sub(" ", content.replace(marker, "")).strip()


def keep(session: Session, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Keep each wording that isn't kept yet, in one statement.

    Args:
        rows: of the outbox, as they are inserted: message_id, language, title, content, marker.
    """
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    for row in rows:
        content = wording_of(row["content"], row["marker"])
        digest = hashlib.sha256(content.encode()).hexdigest()
        found.setdefault(
            (row["message_id"], row["language"], digest),
            {
                "message_id": row["message_id"],
                "language": row["language"],
                "title": row["title"],
                "content": content,
                "content_hash": digest,
                "at": now,
            },
        )
    if found:
        # Sorted: two that write at once take the rows in the same order.
        values = [found[key] for key in sorted(found)]
        session.execute(insert(SentText).on_conflict_do_nothing(), values)
