"""Taking personal text out of the timeline afterwards. The chain still holds: digests stay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import cast, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from console.timeline.models import Body, Entry, Personal


def mask_about(
    session: Session,
    nouns: Collection[str],
    fact: str,
    value: int,
    reason: str,
    now: datetime,
    *,
    bodies: bool = False,
) -> None:
    """Mask the personal texts of entries whose facts name something, with their salts, so that
    nobody can try out what they said. What the unit of work has recorded itself isn't touched.

    Args:
        nouns: first words of the entries' tags.
        fact, value: e.g. "item", 12.
        reason: shown where the text stood.
        bodies: the bodies too, where the facts themselves say too much.
    """
    named = (
        select(Entry.n)
        .join(Body, Body.n == Entry.n)
        .where(
            Entry.tag.regexp_match(f"^({'|'.join(sorted(nouns))}):"),
            Body.canonical.is_not(None),
            cast(Body.canonical, JSONB)["facts"][fact].as_integer() == value,
        )
    )
    numbers = list(session.scalars(named))
    masked = {"salt": b"", "masked_at": now, "masked_reason": reason}
    if not numbers:
        return
    session.execute(
        update(Personal)
        .where(Personal.n.in_(numbers), Personal.content.is_not(None))
        .values(content=None, **masked)
    )
    if bodies:
        session.execute(update(Body).where(Body.n.in_(numbers)).values(canonical=None, **masked))
