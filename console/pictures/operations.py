"""A picture's life: asked for, drawn once, or given up. What it is drawn from never changes.

Whoever draws holds no transaction open meanwhile; a drawer that is killed is followed by another.
The first bytes count: every post and every attempt carries those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from console import live
from console.pictures import rules
from console.pictures.models import Image, Picture
from console.pictures.reencoding import Reencoded
from console.pictures.rules import Card

LEASE = timedelta(seconds=20)
"""Longer than one drawing may take (`drawing.SECONDS`)."""
MOST_ATTEMPTS = 3
LONGEST_WAIT = timedelta(seconds=60)
"""A picture that isn't there after so long, or after half of its posts' time, is gone without."""


def ask(
    session: Session, cards: Iterable[Card], now: datetime, expires_at: datetime | None = None
) -> dict[str, int]:
    """Have the cards drawn, if they aren't already; returns key → id of the picture.

    Args:
        expires_at: when their posts are too old to go out.
    """
    wait = LONGEST_WAIT
    if expires_at is not None:
        wait = min(wait, max((expires_at - now) / 2, timedelta()))
    wanted = {rules.key_of(card): card for card in cards}
    if not wanted:
        return {}
    rows = []
    for key, card in sorted(wanted.items()):
        size = rules.SIZES[card.size]
        rows.append(
            {
                "key": key,
                "content": rules.content_of(card),
                "alt": rules.spoken(card),
                "media_type": size.media_type,
                "width": size.width,
                "height": size.height,
                "state": "waiting",
                "asked_at": now,
                "until": now + wait,
                "not_before": now,
            }
        )
    session.execute(insert(Picture).values(rows).on_conflict_do_nothing(index_elements=["key"]))
    found = session.execute(select(Picture.key, Picture.id).where(Picture.key.in_(wanted)))
    return {row.key: row.id for row in found}


def due(session: Session, now: datetime) -> bool:
    """Is any picture to be drawn now?"""
    waits = select(Picture.id).where(Picture.state == "waiting", Picture.not_before <= now)
    return session.scalar(waits.limit(1)) is not None


def claim(session: Session, now: datetime) -> Picture | None:
    """The picture to draw now, nobody else's for `LEASE`."""
    picture = session.scalar(
        select(Picture)
        .where(Picture.state == "waiting", Picture.not_before <= now)
        .order_by(Picture.not_before, Picture.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if picture is not None:
        picture.attempts += 1
        picture.not_before = now + LEASE
    return picture


def drawn(session: Session, picture_id: int, data: bytes, now: datetime) -> bool:
    """Keep the bytes. False: somebody else's are kept already, or it was given up."""
    kept = session.scalar(
        update(Picture)
        .where(Picture.id == picture_id, Picture.state == "waiting")
        .values(state="drawn", data=data, digest=hashlib.sha256(data).hexdigest(), settled_at=now)
        .returning(Picture.id)
    )
    live.announce(session, live.WORK, live.SITE)
    return kept is not None


def failed(session: Session, picture_id: int, now: datetime) -> bool:
    """It couldn't be drawn this time. True: nor will it be; its posts go without."""
    row = session.get_one(Picture, picture_id, with_for_update=True, populate_existing=True)
    if row.state != "waiting" or row.attempts < MOST_ATTEMPTS:
        row.not_before = now
        return False
    row.state, row.settled_at = "failed", now
    return True


def overdue(session: Session, now: datetime) -> Sequence[int]:
    """Give up what has been waited for too long; returns the pictures' ids."""
    return session.scalars(
        update(Picture)
        .where(Picture.state == "waiting", Picture.until <= now)
        .values(state="failed", settled_at=now)
        .returning(Picture.id)
    ).all()


def failed_among(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the pictures that were given up."""
    if not ids:
        return set()
    query = select(Picture.id).where(Picture.id.in_(ids), Picture.state == "failed")
    return set(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that is drawn, as plain values."""

    id: int
    digest: str
    media_type: str
    alt: str
    width: int
    height: int
    data: bytes

    @property
    def name(self) -> str:
        """Its file's: nobody can guess it."""
        return rules.file_name(self.digest, self.media_type)


def drawn_among(session: Session, ids: Collection[int]) -> list[Drawn]:
    """Those of the pictures that are drawn, with their bytes."""
    p = Picture
    query = select(p.id, p.digest, p.media_type, p.alt, p.width, p.height, p.data)
    rows = session.execute(query.where(p.id.in_(ids), p.state == "drawn").order_by(p.id))
    return [Drawn(**row._mapping) for row in rows]


def keep(session: Session, made: Reencoded, now: datetime) -> Image:
    """Keep an uploaded picture; the same one is one row, however many carry it."""
    digest = hashlib.sha256(made.data).hexdigest()
    session.execute(
        insert(Image)
        .values(
            digest=digest,
            width=made.width,
            height=made.height,
            portrait_digest=hashlib.sha256(made.portrait).hexdigest(),
            added_at=now,
            data=made.data,
            portrait=made.portrait,
        )
        .on_conflict_do_nothing(index_elements=["digest"])
    )
    return session.scalars(select(Image).where(Image.digest == digest)).one()


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture that somebody has uploaded, as plain values."""

    id: int
    digest: str
    portrait_digest: str
    width: int
    height: int
    data: bytes
    portrait: bytes

    @property
    def portrait_name(self) -> str:
        """The file's of its portrait sheet."""
        return rules.file_name(self.portrait_digest, "image/jpeg")


def uploaded_among(session: Session, digests: Collection[str]) -> list[Uploaded]:
    """Those with their bytes."""
    if not digests:
        return []
    i = Image
    query = select(i.id, i.digest, i.portrait_digest, i.width, i.height, i.data, i.portrait).where(
        i.digest.in_(digests)
    )
    return [Uploaded(**row._mapping) for row in session.execute(query.order_by(i.id))]
